//! Networks whose word is taken.

use std::{fmt, net::IpAddr, str::FromStr};

/// Addresses of one's own proxies and load balancers, as networks: `10.0.0.0/8, 2001:db8::/32, 127.0.0.1`.
///
/// Name only machines that overwrite or append to the forwarding header: everybody behind a trusted address can claim
/// any address.
///
/// ```
/// use otp_http::TrustedProxies;
///
/// let proxies: TrustedProxies = "10.0.0.0/8, ::1".parse()?;
/// assert!(proxies.contains("10.1.2.3".parse()?) && proxies.contains("::1".parse()?));
/// assert!(proxies.contains("::ffff:10.1.2.3".parse()?), "an IPv4 peer on an IPv6 socket");
/// assert!(!proxies.contains("192.0.2.1".parse()?));
/// assert!("10.0.0.0/33".parse::<TrustedProxies>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(Vec<Network>);

/// A text that names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a network: write an address, or an address and the bits that count, like \"10.0.0.0/8\""
)]
pub struct InvalidProxy(String);

impl TrustedProxies {
    /// Reads networks, one a text.
    ///
    /// # Errors
    ///
    /// [`InvalidProxy`] naming the first that is malformed.
    pub fn new<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Result<Self, InvalidProxy> {
        networks.into_iter().map(|text| text.as_ref().trim().parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `address` belongs to one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Networks between commas or white space.
impl FromStr for TrustedProxies {
    type Err = InvalidProxy;

    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        Self::new(text.split([',', ' ', '\t', '\n']).filter(|part| !part.is_empty()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    /// The bits of the address that count, the rest zero.
    bits: u128,
    mask: u128,
    is_ipv4: bool,
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.is_ipv4 && bits(address) & self.mask == self.bits
    }
}

impl FromStr for Network {
    type Err = InvalidProxy;

    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        let invalid = || InvalidProxy(text.to_owned());
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().map_err(|_| invalid())?)),
            None => (text, None),
        };
        let given: IpAddr = address.parse().map_err(|_| invalid())?;
        let address = given.to_canonical();
        // The first 96 bits of an IPv4-mapped IPv6 network are the mapping.
        let (width, mapping) = match (given, address) {
            (IpAddr::V6(_), IpAddr::V4(_)) => (32, 96),
            (_, IpAddr::V4(_)) => (32, 0),
            (_, IpAddr::V6(_)) => (128, 0),
        };
        let length = length.unwrap_or(width + mapping).checked_sub(mapping).ok_or_else(invalid)?;
        if length > width {
            return Err(invalid());
        }
        let host = width - length;
        let mask = u128::MAX.checked_shl(host).unwrap_or(0);
        Ok(Self { bits: bits(address) & mask, mask, is_ipv4: address.is_ipv4() })
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.mask.trailing_zeros();
        match u32::try_from(self.bits) {
            Ok(bits) if self.is_ipv4 => {
                write!(f, "{}/{}", std::net::Ipv4Addr::from_bits(bits), 32_u32.saturating_sub(host))
            }
            _ => write!(f, "{}/{}", std::net::Ipv6Addr::from_bits(self.bits), 128 - host),
        }
    }
}

/// The networks between commas, in the spelling that [`FromStr`] takes.
impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, network) in self.0.iter().enumerate() {
            write!(f, "{}{network}", if place > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3/8", "10.255.0.1", "11.0.0.1"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("::/0", "2001:db8::1", "203.0.113.9"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
            ("::1", "::1", "::2"),
            ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ] {
            let proxies: TrustedProxies = network.parse().expect("a network");
            assert!(proxies.contains(inside.parse().expect("an address")), "{network} {inside}");
            assert!(!proxies.contains(outside.parse().expect("an address")), "{network} {outside}");
            assert_eq!(proxies.to_string().parse(), Ok(proxies), "{network}");
        }
        for bad in [
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/",
            "/8",
            "proxy.example",
            "::ffff:10.0.0.0/8",
            "1.2.3.4/-1",
        ] {
            assert_eq!(bad.parse::<TrustedProxies>(), Err(InvalidProxy(bad.to_owned())));
        }
        assert!("".parse::<TrustedProxies>().is_ok_and(|proxies| proxies.is_empty()));
    }
}
