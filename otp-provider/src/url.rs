//! [`BaseUrl`], [`Endpoint`]: where a provider is, and one address there.

use std::{fmt, net::IpAddr, str::FromStr};

use reqwest::Url;

/// Where a provider's interface is: `https`, or `http` on this machine. No credentials, query or fragment.
///
/// `Debug` shows the host only.
///
/// ```
/// use otp_provider::BaseUrl;
///
/// let base: BaseUrl = "https://api.example.com".parse().unwrap();
/// assert!(base.is_encrypted());
/// assert!("http://127.0.0.1:8080".parse::<BaseUrl>().is_ok());
/// assert!("http://api.example.com".parse::<BaseUrl>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// A text that is no [`BaseUrl`]. It does not repeat the text, which may hold credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address like https://api.example.com is expected; http is for this machine only, and credentials, \
     query and fragment have no place in it"
)]
pub struct InvalidBaseUrl;

impl BaseUrl {
    /// Takes `http` to any host: for a provider's stand-in inside a network that is trusted. Codes and credentials go
    /// there unencrypted.
    ///
    /// # Errors
    ///
    /// [`InvalidBaseUrl`] where the text is no such address otherwise.
    pub fn danger_allow_http(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text).map_err(|_| InvalidBaseUrl)?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if is_plain { Ok(Self(url)) } else { Err(InvalidBaseUrl) }
    }

    /// The address below this one with these path segments, which are percent-encoded here.
    ///
    /// ```
    /// use otp_provider::BaseUrl;
    ///
    /// let base: BaseUrl = "https://api.example.com/v2/".parse().unwrap();
    /// let endpoint = base.at(["numbers", "a/b"]).query("full", "yes & no");
    /// assert_eq!(endpoint.expose(), "https://api.example.com/v2/numbers/a%2Fb?full=yes+%26+no");
    /// assert_eq!(format!("{endpoint:?}"), "Endpoint(api.example.com)");
    /// ```
    #[must_use]
    pub fn at<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Endpoint {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        Endpoint(url)
    }

    /// The host, without scheme, port or path.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether what goes there is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this domain or lies below it: whether a provider is there, and no stand-in of it.
    ///
    /// ```
    /// use otp_provider::BaseUrl;
    ///
    /// let base: BaseUrl = "https://api.dublin.example.com".parse().unwrap();
    /// assert!(base.is_of("example.com") && !base.is_of("ample.com"));
    /// ```
    #[must_use]
    pub fn is_of(&self, domain: &str) -> bool {
        let above = self.host().strip_suffix(domain);
        above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    fn is_local(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let base = Self::danger_allow_http(text)?;
        if base.is_encrypted() || base.is_local() { Ok(base) } else { Err(InvalidBaseUrl) }
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({})", self.host())
    }
}

/// One address at a provider. Its path and query may hold account ids and numbers: `Debug` shows the host only.
#[derive(Clone)]
pub struct Endpoint(Url);

impl Endpoint {
    /// With this pair in its query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.0.query_pairs_mut().append_pair(name, value);
        self
    }

    /// The whole address. Not for logs, errors or metrics.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn into_url(self) -> Url {
        self.0
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.0.host_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases() {
        for (text, is_encrypted) in [
            ("https://api.example.com", true),
            ("https://api.example.com:8443/base/", true),
            ("http://localhost:1", false),
            ("http://127.9.9.9", false),
            ("http://[::1]:1", false),
        ] {
            assert_eq!(text.parse::<BaseUrl>().map(|base| base.is_encrypted()), Ok(is_encrypted), "{text}");
        }
        for bad in [
            "",
            "x",
            "ftp://127.0.0.1",
            "http://",
            "http://example.com",
            "http://127.0.0.1.example.com",
            "https://user@example.com",
            "https://:word@example.com",
            "https://example.com/?a=1",
            "https://example.com/#a",
        ] {
            assert_eq!(bad.parse::<BaseUrl>(), Err(InvalidBaseUrl), "{bad}");
        }
        assert!(BaseUrl::danger_allow_http("http://mock.internal:9000").is_ok());
        assert!(BaseUrl::danger_allow_http("http://a:b@mock.internal").is_err());
    }

    #[test]
    fn endpoints() {
        let base: BaseUrl = "https://example.com/a".parse().unwrap();
        let address = |segments: &[&str]| base.at(segments.iter().copied()).expose().to_owned();
        assert_eq!(address(&["b", "c.json"]), "https://example.com/a/b/c.json");
        assert_eq!(address(&["+4477", "?x#y"]), "https://example.com/a/+4477/%3Fx%23y");
        // A segment never leads out of the base.
        assert_eq!(address(&["..", "..", "c"]), "https://example.com/a/c");
        assert_eq!(address(&["../c"]), "https://example.com/a/..%2Fc");
    }
}
