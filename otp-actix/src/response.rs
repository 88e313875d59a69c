//! From the contract's answer to actix's.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};
use bytes::Bytes;

/// Copies status, headers and body as they are.
pub(crate) fn wrap(response: otp_http::Response) -> HttpResponse<Bytes> {
    let status = StatusCode::from_u16(response.status.as_u16()).expect("every version takes 100 to 999");
    let mut wrapped = HttpResponse::with_body(status, response.body);
    for (name, value) in &response.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("every version takes these names");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("every version takes the same values");
        wrapped.headers_mut().append(name, value);
    }
    wrapped
}
