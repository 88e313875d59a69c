//! [`HttpUrl`]: where a provider's interface is.

use std::fmt;

/// An `http://` or `https://` URL without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// Reads a URL; `None` for another scheme, no host, credentials, white space or a fragment.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let authority = rest.split(['/', '?']).next()?;
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, port)| if port.parse::<u16>().is_ok() { host } else { authority });
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\');
        let named = host.starts_with('[') && host.ends_with(']') || !host.contains(':');
        let fits = !host.is_empty() && named && !authority.contains('@') && text.chars().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The whole URL, as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it goes over the network unencrypted.
    #[must_use]
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http://")
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for good in
            ["https://api.example.com", "http://127.0.0.1:9000/a?b=c", "http://[::1]:80", "https://x/"]
        {
            assert_eq!(HttpUrl::parse(good).as_ref().map(HttpUrl::as_str), Some(good));
        }
        for bad in [
            "",
            "api.example.com",
            "ftp://x",
            "https://",
            "https:///x",
            "https://u:p@x",
            "https://x y",
            "https://x#y",
            "https://x:port",
            "https://x:99999",
            "HTTPS//x",
        ] {
            assert_eq!(HttpUrl::parse(bad), None, "{bad}");
        }
    }
}
