//! TLS by rustls with ring, against the platform's certificates.

use std::sync::Arc;

use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// A configuration of our own: without one, reqwest looks for a provider of the whole process and panics where there
/// is none. Absent where the platform's certificates cannot be had.
pub(super) fn config() -> Option<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    Some(versions.with_platform_verifier().ok()?.with_no_client_auth())
}
