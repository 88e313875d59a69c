//! Codes that a browser offers on the pages of one site only: the last line `@host #code`.

use std::{fmt, str::FromStr, sync::Arc};

/// Longest host name in characters, and longest of its labels (RFC 1035, section 2.3.4).
const MAX_HOST_LENGTH: usize = 253;
const MAX_LABEL_LENGTH: usize = 63;

/// Why a text is no [`OriginHost`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a host name alone is expected, like \"example.com\": no scheme, no port, no path; \
     letters outside ASCII in their \"xn--\" form"
)]
pub struct InvalidOriginHost;

/// The host of a web page, as the last line of a message names it: lower case, two labels or more, no IP address.
///
/// A browser offers the code on pages of the same *site*, so the registrable name (`example.com`) covers
/// `login.example.com` and is shorter. The page must be served by HTTPS.
///
/// ```
/// use otp_core::message::OriginHost;
///
/// assert_eq!(OriginHost::new("Example.COM")?.as_str(), "example.com");
/// assert!(OriginHost::new("https://example.com").is_err());
/// assert!(OriginHost::new("example.com:8443").is_err());
/// assert!(OriginHost::new("localhost").is_err());
/// # Ok::<(), otp_core::message::InvalidOriginHost>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginHost(Arc<str>);

impl OriginHost {
    /// Takes a host name; capitals become small letters.
    ///
    /// # Errors
    ///
    /// [`InvalidOriginHost`].
    pub fn new(host: &str) -> Result<Self, InvalidOriginHost> {
        let (_, last) = host.rsplit_once('.').ok_or(InvalidOriginHost)?;
        let is_address = last.bytes().all(|byte| byte.is_ascii_digit());
        if host.len() > MAX_HOST_LENGTH || is_address || !host.split('.').all(is_label) {
            return Err(InvalidOriginHost);
        }
        Ok(Self(host.to_ascii_lowercase().into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL_LENGTH).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl FromStr for OriginHost {
    type Err = InvalidOriginHost;

    fn from_str(host: &str) -> Result<Self, InvalidOriginHost> {
        Self::new(host)
    }
}

impl fmt::Display for OriginHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a browser reads in a message; see [`parse_origin_bound`]. `Debug` leaves out the code.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginBound<'a> {
    /// The host of the page, as written.
    pub host: &'a str,
    /// The code, in the clear.
    pub code: &'a str,
    /// The host of the frame in that page which asks for the code, as written.
    pub embedded: Option<&'a str>,
}

impl fmt::Debug for OriginBound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginBound")
            .field("host", &self.host)
            .field("embedded", &self.embedded)
            .finish_non_exhaustive()
    }
}

/// Reads a message as a browser does, by the parsing rules of "Origin-bound one-time codes delivered via SMS" (WICG
/// draft); `None` where it would offer no code.
///
/// It takes the last line, whatever ends lines (LF, CR or both), and in it the tokens `@host`, `#code` and perhaps
/// `@host`, one space apart. Nothing may stand before them; what follows is ignored. Hosts are taken as they are:
/// a port or a path makes one that no page has.
///
/// ```
/// use otp_core::message::parse_origin_bound;
///
/// let read = parse_origin_bound("747723 is your Acme code.\n\n@example.com #747723").ok_or("no code")?;
/// assert_eq!((read.host, read.code, read.embedded), ("example.com", "747723", None));
/// assert!(parse_origin_bound("Your code: @example.com #747723").is_none());
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn parse_origin_bound(message: &str) -> Option<OriginBound<'_>> {
    let line = message.rsplit(['\n', '\r']).next()?;
    let (host, rest) = marked('@', line)?;
    let (code, rest) = marked('#', rest.strip_prefix(' ')?)?;
    let embedded = rest.strip_prefix(' ').and_then(|rest| marked('@', rest)).map(|(host, _)| host);
    Some(OriginBound { host, code, embedded })
}

/// The token after `marker`, which reaches to the next ASCII white space, and the rest.
fn marked(marker: char, text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix(marker)?;
    let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}
