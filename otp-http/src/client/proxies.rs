//! Networks whose word is taken.

use std::{fmt, net::IpAddr, str::FromStr};

use super::network::{InvalidNetwork, IpNetwork};

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
pub struct TrustedProxies(Vec<IpNetwork>);

impl TrustedProxies {
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
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let parts = text.split([',', ' ', '\t', '\n']).filter(|part| !part.is_empty());
        parts.map(str::parse).collect()
    }
}

impl FromIterator<IpNetwork> for TrustedProxies {
    fn from_iter<T: IntoIterator<Item = IpNetwork>>(networks: T) -> Self {
        Self(networks.into_iter().collect())
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
    fn several_networks_are_one_list() {
        let proxies: TrustedProxies = "10.0.0.0/8, 192.0.2.1\n::1".parse().expect("networks");
        for (address, expected) in
            [("10.9.9.9", true), ("192.0.2.1", true), ("::1", true), ("192.0.2.2", false)]
        {
            assert_eq!(proxies.contains(address.parse().expect("an address")), expected, "{address}");
        }
        assert_eq!(proxies.to_string().parse(), Ok(proxies));
        assert!("".parse::<TrustedProxies>().is_ok_and(|proxies| proxies.is_empty()));
        assert_eq!("10.0.0.0/8, proxy.example".parse::<TrustedProxies>(), Err(InvalidNetwork));
    }
}
