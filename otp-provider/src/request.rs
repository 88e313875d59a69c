//! [`Request`]: one call in the making.

use std::{fmt, time::Duration};

use form_urlencoded::Serializer;
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;

use crate::{CallError, Endpoint, Secret};

/// One call: method, address, credentials, body. `Debug` shows method and host only.
///
/// It asks for JSON (`Accept: application/json`) unless a header of its own says otherwise.
#[must_use = "a request does nothing until a client calls it"]
pub struct Request {
    method: Method,
    endpoint: Endpoint,
    credentials: Option<Credentials>,
    headers: Vec<(String, String)>,
    body: Option<(&'static str, Vec<u8>)>,
    within: Option<Duration>,
}

enum Credentials {
    Basic(String, Secret),
    Bearer(Secret),
}

impl Request {
    /// A `GET`.
    pub const fn get(endpoint: Endpoint) -> Self {
        Self::new(Method::GET, endpoint)
    }

    /// A `POST`, without a body until it gets one.
    pub const fn post(endpoint: Endpoint) -> Self {
        Self::new(Method::POST, endpoint)
    }

    /// A `DELETE`.
    pub const fn delete(endpoint: Endpoint) -> Self {
        Self::new(Method::DELETE, endpoint)
    }

    const fn new(method: Method, endpoint: Endpoint) -> Self {
        Self { method, endpoint, credentials: None, headers: Vec::new(), body: None, within: None }
    }

    /// With basic credentials (RFC 7617).
    pub fn basic(mut self, user: impl Into<String>, password: &Secret) -> Self {
        self.credentials = Some(Credentials::Basic(user.into(), password.clone()));
        self
    }

    /// With a bearer token (RFC 6750).
    pub fn bearer(mut self, token: &Secret) -> Self {
        self.credentials = Some(Credentials::Bearer(token.clone()));
        self
    }

    /// With this header, in place of one of the same name that the client would add.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With these pairs as `application/x-www-form-urlencoded`.
    pub fn form<N: AsRef<str>, V: AsRef<str>>(mut self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let body = Serializer::new(String::with_capacity(512)).extend_pairs(pairs).finish();
        self.body = Some(("application/x-www-form-urlencoded", body.into_bytes()));
        self
    }

    /// With this document as `application/json`.
    pub fn json(mut self, document: &Value) -> Self {
        self.body = Some(("application/json", document.to_string().into_bytes()));
        self
    }

    /// To be answered within this time, where that is less than the client grants.
    pub const fn within(mut self, limit: Duration) -> Self {
        self.within = Some(limit);
        self
    }

    pub(crate) fn build(
        self,
        http: &reqwest::Client,
        limit: Duration,
    ) -> Result<reqwest::Request, CallError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some((content_type, _)) = &self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().map_err(|_| CallError::Request)?;
            headers.insert(name, value.parse().map_err(|_| CallError::Request)?);
        }
        let mut builder = http.request(self.method, self.endpoint.into_url()).headers(headers);
        builder = match self.credentials {
            Some(Credentials::Basic(user, password)) => builder.basic_auth(user, Some(password.expose())),
            Some(Credentials::Bearer(token)) => builder.bearer_auth(token.expose()),
            None => builder,
        };
        if let Some((_, body)) = self.body {
            builder = builder.body(body);
        }
        let limit = self.within.map_or(limit, |within| within.min(limit));
        builder.timeout(limit).build().map_err(|_| CallError::Request)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {:?})", self.method, self.endpoint)
    }
}
