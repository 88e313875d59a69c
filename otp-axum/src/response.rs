//! From the contract's answer to axum's.

use axum::{body::Body, response::Response};

/// Copies status, headers and body as they are.
pub(crate) fn wrap(response: otp_http::Response) -> Response {
    axum::http::Response::from(response).map(Body::from)
}
