//! The public keys of proofs.

use http::{HeaderValue, header::CACHE_CONTROL};

use crate::{response::Response, verification::VerificationApp};

/// Public, the same for everybody, and read by every service that opens proofs: so caches may keep it.
pub(super) fn jwks(app: &VerificationApp) -> Response {
    Response::ok(&app.verifier.proofs().jwks())
        .with(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"))
}
