//! From actix's request to the contract's.

use std::{future::poll_fn, pin::pin};

use actix_web::{
    HttpRequest,
    body::{BodyStream, MessageBody},
    http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE},
    web::Payload,
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use otp_http::{BODY_LIMIT, BodyError};

/// Reads everything the contract looks at. A body is read up to its limit and no further.
pub(crate) async fn read(request: &HttpRequest, path: String, payload: Payload) -> otp_http::Request {
    otp_http::Request {
        method: method(request),
        path,
        target: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
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
pub(crate) fn headers(request: &HttpRequest) -> HeaderMap {
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
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.unwrap_or(0) > BODY_LIMIT {
        return Err(BodyError::TooLarge);
    }
    let expected = is_endless(request).then_some(announced.unwrap_or(0));
    let mut payload = pin!(BodyStream::new(payload));
    let mut body = BytesMut::new();
    while expected.is_none_or(|length| body.len() < length) {
        match poll_fn(|context| payload.as_mut().poll_next(context)).await {
            Some(Ok(chunk)) if body.len() + chunk.len() > BODY_LIMIT => return Err(BodyError::TooLarge),
            Some(Ok(chunk)) => body.extend_from_slice(&chunk),
            None if expected.is_none() => break,
            None | Some(Err(_)) => return Err(BodyError::Interrupted),
        }
    }
    body.truncate(expected.unwrap_or(BODY_LIMIT));
    Ok(body.freeze())
}

/// Whether actix hands over whatever follows the head, of whatever length: it does where a WebSocket is asked for.
fn is_endless(request: &HttpRequest) -> bool {
    let upgrade = request.headers().get(UPGRADE).and_then(|protocol| protocol.to_str().ok());
    upgrade.is_some_and(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
        && !request.headers().contains_key(TRANSFER_ENCODING)
}
