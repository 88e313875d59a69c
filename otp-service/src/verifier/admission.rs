//! Budgets of callers and number blocks, spent before a recipient's records are touched.

use std::net::IpAddr;

use otp_core::{Admission, Meter, Quota, Recipient, Refusal, Timestamp};

use super::{Inner, StartError, StartRequest};
use crate::{
    events::EventKind,
    records::{Keys, Records},
    store::StoreExt,
};

/// Digits of a phone number that vary within one block.
const BLOCK_DIGITS: usize = 4;

impl Inner {
    /// Spends one start of the caller's address and of the number's block, or neither.
    pub(super) async fn admit(&self, request: &StartRequest, now: Timestamp) -> Result<(), StartError> {
        let meters: Vec<_> = self.meters(request).collect();
        if meters.is_empty() {
            return Ok(());
        }
        let keys = Keys { meters: meters.iter().map(|(_, key, _)| *key).collect(), ..Keys::default() };
        let step = move |records: &mut Records| {
            let mut spent = Vec::with_capacity(meters.len());
            for (by, key, quota) in &meters {
                let mut meter = records.meters.find(key).cloned().unwrap_or_else(|| Meter::new(*key));
                match meter.admit(*quota, now) {
                    Admission::Admitted => spent.push(meter),
                    Admission::Refused { retry_after } => return Err((*by, retry_after)),
                }
            }
            spent.into_iter().for_each(|meter| records.meters.put(meter));
            Ok(())
        };
        self.store.run(keys, step).await?.map_err(|(by, retry_after)| {
            self.record(&request.purpose, EventKind::Limited { by });
            StartError::Refused(Refusal::Throttled { retry_after })
        })
    }

    fn meters(
        &self,
        request: &StartRequest,
    ) -> impl Iterator<Item = (&'static str, otp_core::MeterKey, Quota)> + use<'_> {
        let caller = request.caller.map(|address| {
            let key = self.keyring.meter_key(&self.namespace, "caller", &network(address));
            ("caller", key, self.policy.caller_quota())
        });
        let block = block(&request.recipient).map(|block| {
            let key = self.keyring.meter_key(&self.namespace, "block", block);
            ("block", key, self.policy.block_quota())
        });
        caller.into_iter().chain(block)
    }
}

/// What one caller holds: an IPv4 address, or an IPv6 /64 (what one customer gets; RFC 6177).
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn block(recipient: &Recipient) -> Option<&str> {
    let Recipient::Phone(number) = recipient else { return None };
    let digits = number.as_str();
    digits.get(..digits.len().saturating_sub(BLOCK_DIGITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_networks() {
        let network = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1", "an IPv4 caller on an IPv6 socket");
        assert_eq!(network("2001:db8:1:2:aaaa::1"), network("2001:db8:1:2:bbbb::2"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
