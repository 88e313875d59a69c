//! From actix's request to the contract's.

use actix_web::{HttpRequest, http::header::CONTENT_LENGTH, web::Payload};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use otp_http::{BODY_LIMIT, BodyError};

/// Reads everything the contract looks at. A body is read up to its limit and no further.
pub(crate) async fn read(request: &HttpRequest, path: String, payload: Payload) -> otp_http::Request {
    otp_http::Request {
        method: method(request),
        path,
        headers: headers(request),
        body: read_body(request, payload).await,
        peer: request.peer_addr().map(|address| address.ip()),
    }
}

/// Actix has version 0.2 of `http`, the contract version 1. What version 1 refuses is no method that any call takes,
/// and neither is this one.
fn method(request: &HttpRequest) -> Method {
    Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or(Method::OPTIONS)
}

/// Both versions take the same values, and version 1 all names that the contract reads.
fn headers(request: &HttpRequest) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}

async fn read_body(request: &HttpRequest, payload: Payload) -> Result<Bytes, BodyError> {
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.unwrap_or(0) > BODY_LIMIT as u64 {
        return Err(BodyError::TooLarge);
    }
    match payload.to_bytes_limited(BODY_LIMIT).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(BodyError::Interrupted),
        Err(_) => Err(BodyError::TooLarge),
    }
}
