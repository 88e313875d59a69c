//! Who calls: the address that budgets of starts are counted by.

mod forwarded;
mod network;
mod proxies;

use std::net::IpAddr;

use http::HeaderMap;

pub use self::{
    forwarded::ForwardedHeader,
    network::{InvalidNetwork, IpNetwork},
    proxies::TrustedProxies,
};

/// How an app finds its caller's address.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallerPolicy {
    pub(crate) proxies: TrustedProxies,
    pub(crate) header: ForwardedHeader,
}

impl CallerPolicy {
    /// The address at the other end of the connection, unless that is a trusted proxy: then the last address in the
    /// header that is none. Whatever a caller wrote into the header himself stands before that one.
    ///
    /// A header that is missing, malformed or names trusted proxies alone leaves the peer.
    pub(crate) fn caller(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer?.to_canonical();
        if !self.proxies.contains(peer) {
            return Some(peer);
        }
        for address in self.header.addresses(headers) {
            match address {
                Some(address) if self.proxies.contains(address) => {}
                Some(address) => return Some(address),
                None => break,
            }
        }
        Some(peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(
        proxies: &str,
        header: ForwardedHeader,
        peer: &str,
        headers: &[(&'static str, &str)],
    ) -> String {
        let policy = CallerPolicy { proxies: proxies.parse().expect("proxies"), header };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, http::HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
        }
        policy.caller(peer.parse().ok(), &map).map_or("none".to_owned(), |address| address.to_string())
    }

    #[test]
    fn without_trusted_proxies_no_header_counts() {
        for headers in [
            &[][..],
            &[("x-forwarded-for", "203.0.113.9")],
            &[("forwarded", "for=203.0.113.9")],
            &[("x-real-ip", "203.0.113.9")],
            &[("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "::1"), ("forwarded", "for=10.0.0.1")],
        ] {
            for header in
                [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded, ForwardedHeader::XRealIp]
            {
                assert_eq!(caller("", header, "192.0.2.1", headers), "192.0.2.1", "{headers:?}");
                assert_eq!(caller("10.0.0.0/8", header, "192.0.2.1", headers), "192.0.2.1", "{headers:?}");
                assert_eq!(caller("10.0.0.0/8", header, "", headers), "none", "{headers:?}");
            }
        }
    }

    #[test]
    fn behind_a_trusted_proxy_its_own_word_counts() {
        let proxies = "10.0.0.0/8, 127.0.0.1 2001:db8:ffff::/48";
        for (peer, lines, expected) in [
            ("10.0.0.1", &["203.0.113.9"][..], "203.0.113.9"),
            ("::ffff:10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("2001:db8:ffff::1", &["203.0.113.9"], "203.0.113.9"),
            // The caller wrote the front part, or a whole line, himself.
            ("10.0.0.1", &["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["junk, \u{ff}, 203.0.113.9"], "10.0.0.1"),
            ("10.0.0.1", &["junk, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
            // A chain of trusted proxies.
            ("10.0.0.1", &["1.2.3.4, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.9,10.0.0.2", "127.0.0.1"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9"),
            // Spellings of proxies.
            ("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", &["[2001:db8::9]:4711"], "2001:db8::9"),
            ("10.0.0.1", &["[2001:db8::9]"], "2001:db8::9"),
            ("10.0.0.1", &["2001:DB8::9"], "2001:db8::9"),
            ("10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9"),
            // Nothing to go by.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.9, "], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.999"], "10.0.0.1"),
            ("10.0.0.1", &["fe80::1%eth0"], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.2, 10.0.0.3"], "10.0.0.1"),
        ] {
            let headers: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
            let found = caller(proxies, ForwardedHeader::XForwardedFor, peer, &headers);
            assert_eq!(found, expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn only_the_configured_header_counts() {
        let headers = [
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=192.0.2.2;proto=https"),
            ("x-real-ip", "192.0.2.3"),
        ];
        for (header, expected) in [
            (ForwardedHeader::XForwardedFor, "192.0.2.1"),
            (ForwardedHeader::Forwarded, "192.0.2.2"),
            (ForwardedHeader::XRealIp, "192.0.2.3"),
        ] {
            assert_eq!(caller("::1", header, "::1", &headers), expected);
            let others: Vec<_> = headers.into_iter().filter(|(_, value)| !value.contains(expected)).collect();
            assert_eq!(caller("::1", header, "::1", &others), "::1", "its own header is missing");
        }
    }

    #[test]
    fn forwarded_elements() {
        for (lines, expected) in [
            (&["for=203.0.113.9"][..], "203.0.113.9"),
            (&["For=\"203.0.113.9:80\""], "203.0.113.9"),
            (&["for=\"[2001:db8::9]:80\";proto=http;by=203.0.113.43"], "2001:db8::9"),
            (&["by=1.2.3.4; for=203.0.113.9"], "203.0.113.9"),
            (&["for=1.2.3.4, for=203.0.113.9"], "203.0.113.9"),
            (&["for=1.2.3.4", "for=203.0.113.9"], "203.0.113.9"),
            (&["for=203.0.113.9, for=127.0.0.1"], "203.0.113.9"),
            // A quoted comma or semicolon does not end an element.
            (&["for=1.2.3.4;ext=\"a, for=5.6.7.8\", for=203.0.113.9"], "203.0.113.9"),
            (&["for=203.0.113.9;ext=\"a, for=5.6.7.8;\""], "203.0.113.9"),
            (&["for=203.0.113.9;ext=\"a\\\", for=5.6.7.8\""], "203.0.113.9"),
            (&["for=1.2.3.4;for=203.0.113.9"], "127.0.0.1"),
            (&["for=203.0.113.9, proto=https"], "127.0.0.1"),
            (&["for=203.0.113.9, for=unknown"], "127.0.0.1"),
            (&["for=203.0.113.9, for=_hidden"], "127.0.0.1"),
            (&["for=\"203.0.113.9"], "127.0.0.1"),
        ] {
            let headers: Vec<_> = lines.iter().map(|line| ("forwarded", *line)).collect();
            assert_eq!(
                caller("127.0.0.1", ForwardedHeader::Forwarded, "127.0.0.1", &headers),
                expected,
                "{lines:?}"
            );
        }
    }

    #[test]
    fn x_real_ip_is_one_address() {
        let find = |lines: &[&'static str]| {
            let headers: Vec<_> = lines.iter().map(|line| ("x-real-ip", *line)).collect();
            caller("127.0.0.1", ForwardedHeader::XRealIp, "127.0.0.1", &headers)
        };
        assert_eq!(find(&["203.0.113.9"]), "203.0.113.9");
        assert_eq!(find(&["1.2.3.4", "203.0.113.9"]), "127.0.0.1", "two of them: somebody else wrote one");
        assert_eq!(find(&["1.2.3.4, 203.0.113.9"]), "127.0.0.1");
    }
}
