//! What a framework sends.

use std::fmt;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use serde_json::Value;

/// One answer. An adapter copies it as it is; for `HEAD` the framework leaves the body out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers, `content-length` left to the framework.
    pub headers: HeaderMap,
    /// The body: a JSON document.
    pub body: Bytes,
}

impl Response {
    /// `200 OK` with a JSON body that no cache keeps.
    pub(crate) fn ok(body: &Value) -> Self {
        Self::new(StatusCode::OK, "application/json", body)
    }

    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: &Value) -> Self {
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(content_type)),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ]);
        Self { status, headers, body: body.to_string().into() }
    }

    /// With a header, in place of one of the same name.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl From<Response> for http::Response<Bytes> {
    fn from(response: Response) -> Self {
        let mut converted = Self::new(response.body);
        *converted.status_mut() = response.status;
        *converted.headers_mut() = response.headers;
        converted
    }
}

/// The status alone: bodies hold tokens and recipients.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}
