//! Budgets of callers and number blocks, spent before a recipient's records are touched.

use std::{net::IpAddr, time::Duration};

use otp_core::{Admission, Meter, MeterKey, Quota, Recipient, Timestamp, transition::SendKind};

use super::Inner;
use crate::{
    records::{Keys, Records},
    store::{StoreError, StoreExt},
};

/// Digits of a phone number that vary within one block.
const BLOCK_DIGITS: usize = 4;

/// The budgets one start is taken from.
#[derive(Debug, Clone, Default)]
pub(super) struct Budgets(Vec<(Subject, MeterKey, Quota)>);

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// The caller's address: spent by whatever it asks for.
    Caller,
    /// The number's block: spent by messages only, or one number's refused requests would lock its neighbours out.
    Block,
}

impl Subject {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Block => "block",
        }
    }
}

/// A budget that is used up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limited {
    /// Whose it is.
    pub(super) by: &'static str,
    pub(super) retry_after: Duration,
}

impl Budgets {
    pub(super) fn keys(&self) -> impl Iterator<Item = MeterKey> {
        self.0.iter().map(|(_, key, _)| *key)
    }

    /// Takes one start from each, or from none.
    pub(super) fn spend(&self, records: &mut Records, now: Timestamp) -> Result<(), Limited> {
        let mut spent = Vec::with_capacity(self.0.len());
        for (by, key, quota) in &self.0 {
            let mut meter = records.meters.find(key).cloned().unwrap_or_else(|| Meter::new(*key));
            match meter.admit(*quota, now) {
                Admission::Admitted => spent.push(meter),
                Admission::Refused { retry_after } => return Err(Limited { by: by.as_str(), retry_after }),
            }
        }
        spent.into_iter().for_each(|meter| records.meters.put(meter));
        Ok(())
    }

    /// Gives back what a refused request does not use up.
    pub(super) fn refund(&self, records: &mut Records) {
        for (_, key, quota) in self.0.iter().filter(|(by, ..)| *by == Subject::Block) {
            if let Some(mut meter) = records.meters.find(key).cloned() {
                meter.refund(*quota);
                records.meters.put(meter);
            }
        }
    }
}

impl Inner {
    /// The budgets of the caller's address and, where a message may leave, of the number's block.
    pub(super) fn budgets(&self, caller: Option<IpAddr>, recipient: &Recipient, send: SendKind) -> Budgets {
        let caller = caller.map(|address| {
            let key = self.keyring.meter_key(&self.namespace, "caller", &network(address));
            (Subject::Caller, key, self.policy.caller_quota())
        });
        let block = block(recipient).filter(|_| send != SendKind::Exempt).map(|block| {
            let key = self.keyring.meter_key(&self.namespace, "block", block);
            (Subject::Block, key, self.policy.block_quota())
        });
        Budgets(caller.into_iter().chain(block).collect())
    }

    /// Takes one start from each budget, or from none, on its own: for stores whose records live in several places.
    pub(super) async fn spend(
        &self,
        budgets: Budgets,
        now: Timestamp,
    ) -> Result<Result<(), Limited>, StoreError> {
        let keys = Keys { meters: budgets.keys().collect(), ..Keys::default() };
        self.store.run(keys, move |records: &mut Records| budgets.spend(records, now)).await
    }

    /// [`Budgets::refund`], on its own.
    pub(super) async fn refund(&self, budgets: Budgets) -> Result<(), StoreError> {
        let keys = Keys { meters: budgets.keys().collect(), ..Keys::default() };
        self.store.run(keys, move |records: &mut Records| budgets.refund(records)).await
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
