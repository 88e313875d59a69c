//! What goes wrong in a handler that calls the verifier itself.

use axum::{
    body::Body,
    http,
    response::{IntoResponse, Response},
};
use otp_http::ApiError;

/// A problem document, as the mounted apps answer it.
pub(crate) struct Problem(ApiError);

impl Problem {
    pub(crate) fn of(error: impl Into<ApiError>) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        http::Response::from(otp_http::Response::from(self.0)).map(Body::from)
    }
}
