//! What a framework hands over.

use std::{fmt, net::IpAddr};

use bytes::Bytes;
use http::{HeaderMap, Method, header::ACCEPT_LANGUAGE};

/// The longest body that is read, in bytes: 16 KiB, a hundred times what any call needs.
pub const BODY_LIMIT: usize = 16 * 1024;

/// One request, as a framework's adapter read it.
///
/// ```
/// use http::{HeaderMap, Method};
/// use otp_http::Request;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("content-type", "application/json".parse()?);
/// let request = Request {
///     method: Method::POST,
///     path: "/register".to_owned(), // what is left behind the mount
///     target: "/api/phone/register".to_owned(),
///     headers,
///     body: Ok(r#"{"phone_number":"+14155550123"}"#.into()),
///     peer: Some([192, 0, 2, 7].into()),
/// };
/// assert!(!format!("{request:?}").contains("4155550123"));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "adapters build it")]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path behind the mount, as it came (not percent-decoded): `/register`.
    pub path: String,
    /// Path and query as the client sent them, the mount included: providers sign them. Empty where nobody knows.
    pub target: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, of at most [`BODY_LIMIT`] bytes.
    pub body: Result<Bytes, BodyError>,
    /// The address at the other end of the connection, where there is one.
    pub peer: Option<IpAddr>,
}

impl Request {
    /// The languages the caller reads, as `Accept-Language` lists them; empty where it says nothing.
    pub(crate) fn accept_language(&self) -> String {
        let lines = self.headers.get_all(ACCEPT_LANGUAGE).iter();
        lines.filter_map(|line| line.to_str().ok()).collect::<Vec<_>>().join(",")
    }
}

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum BodyError {
    /// It is longer than [`BODY_LIMIT`].
    #[error("the body is longer than {BODY_LIMIT} bytes")]
    TooLarge,
    /// The connection ended, or its framing was broken.
    #[error("the body did not arrive whole")]
    Interrupted,
}

/// Method and path alone: headers and body hold recipients, tokens and codes.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
