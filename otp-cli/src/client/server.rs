//! [`Server`]: where a running server is.

use std::{fmt, net::IpAddr, str::FromStr};

use reqwest::Url;

/// The address of a running server: an `http` or `https` URL without credentials, query or fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server(Url);

impl Server {
    pub(crate) const fn url(&self) -> &Url {
        &self.0
    }

    /// Whether it is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl From<Url> for Server {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl FromStr for Server {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "an address like http://localhost:8000 or https://otp.example.com is expected";
        let url = Url::parse(text).map_err(|_| EXPECTED)?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if is_plain { Ok(Self(url)) } else { Err(EXPECTED) }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers() {
        for (text, shown, is_local) in [
            ("http://localhost:8000", "http://localhost:8000", true),
            ("http://127.0.0.1:8000/", "http://127.0.0.1:8000", true),
            ("http://[::1]:8000", "http://[::1]:8000", true),
            ("https://otp.example.com/base/", "https://otp.example.com/base", false),
        ] {
            let server: Server = text.parse().unwrap();
            assert_eq!((server.to_string().as_str(), server.is_local()), (shown, is_local));
        }
        for bad in ["", "localhost:8000", "ftp://x", "http://", "http://u:p@x", "http://x?y", "http://x#y"] {
            assert!(bad.parse::<Server>().is_err(), "{bad}");
        }
    }
}
