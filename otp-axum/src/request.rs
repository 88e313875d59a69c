//! From axum's request to the contract's.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::{Body, HttpBody},
    extract::{ConnectInfo, FromRequestParts, OriginalUri, Request},
    http::{HeaderMap, header::CONTENT_LENGTH, request::Parts},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use otp_http::{BODY_LIMIT, BodyError};

/// Reads everything the contract looks at. A body is read up to its limit and no further.
pub(crate) async fn read(request: Request) -> otp_http::Request {
    let (mut parts, body) = request.into_parts();
    let peer = peer(&mut parts).await;
    let body = read_body(&parts.headers, body).await;
    let target = target(&parts);
    otp_http::Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        target,
        headers: parts.headers,
        body,
        peer,
    }
}

/// Nesting cuts the mount off the address.
fn target(parts: &Parts) -> String {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    uri.path_and_query().map_or_else(String::new, ToString::to_string)
}

/// What the server said about the connection, where it was asked to.
async fn peer(parts: &mut Parts) -> Option<IpAddr> {
    let info = ConnectInfo::<SocketAddr>::from_request_parts(parts, &()).await;
    info.ok().map(|ConnectInfo(address)| address.ip())
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.unwrap_or(0).max(body.size_hint().lower()) > BODY_LIMIT as u64 {
        return Err(BodyError::TooLarge);
    }
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::Interrupted),
    }
}
