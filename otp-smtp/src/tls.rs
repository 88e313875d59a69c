//! [`Tls`], and the one way a server's certificate is verified.

use std::{io, sync::Arc};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::TlsConnector;

use crate::{Fault, SetupError};

/// How the connection to the mail server is encrypted. There is no "where the server offers it": whoever sits on the
/// line decides that.
///
/// | mode | usual port | until TLS is verified the server hears | certificate |
/// |---|---|---|---|
/// | [`StartTls`](Self::StartTls) (default) | 587 | `EHLO`, `STARTTLS` | verified, for the name given as server |
/// | [`Implicit`](Self::Implicit) | 465 | nothing | the same |
/// | [`None`](Self::None) | 25 | everything | none; connects to loopback addresses only |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Tls {
    /// `STARTTLS` (RFC 3207), and nothing is said without it.
    #[default]
    StartTls,
    /// TLS from the first byte (RFC 8314, section 3.3).
    Implicit,
    /// None: for a relay on this machine.
    None,
}

/// TLS 1.2 or later by rustls with ring. `authorities` in PEM vouch for the server *instead of* the system's: who runs
/// an own authority does not want every public one to be able to stand in for it.
pub(crate) fn connector(authorities: Option<&[u8]>) -> Result<TlsConnector, SetupError> {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(SetupError::Tls)?;
    let verified = match authorities {
        Some(pem) => versions.with_root_certificates(roots(pem)?),
        None => versions.with_platform_verifier().map_err(SetupError::Tls)?,
    };
    Ok(TlsConnector::from(Arc::new(verified.with_no_client_auth())))
}

fn roots(pem: &[u8]) -> Result<RootCertStore, SetupError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| SetupError::Authorities)?;
        roots.add(certificate).map_err(|_| SetupError::Authorities)?;
    }
    if roots.is_empty() { Err(SetupError::Authorities) } else { Ok(roots) }
}

/// What failed in a handshake. Names from certificates stay out of it.
pub(crate) fn fault(error: io::Error) -> Fault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(error)) => Fault::Certificate(certificate_fault(error)),
        Some(error) => Fault::Tls(handshake_fault(error)),
        None => error.into(),
    }
}

fn certificate_fault(error: &CertificateError) -> &'static str {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => "the server's certificate has expired",
        E::NotValidYet | E::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; is the clock right?"
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            "the server's certificate is for another name than the one configured"
        }
        E::UnknownIssuer | E::BadSignature => {
            "the server's certificate is from an authority that is not trusted; is a file with its own authority needed?"
        }
        E::Revoked => "the server's certificate was revoked",
        _ => "the server's certificate is not valid for a server",
    }
}

fn handshake_fault(error: &rustls::Error) -> &'static str {
    use rustls::Error as E;
    match error {
        E::InvalidMessage(_) | E::InappropriateMessage { .. } | E::InappropriateHandshakeMessage { .. } => {
            "the server does not speak TLS here; is the port for the other TLS mode?"
        }
        E::PeerIncompatible(_) | E::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server speaks no version of TLS that is still safe (1.2 or later is needed)"
        }
        E::AlertReceived(_) => "the server refused the TLS handshake",
        _ => "the TLS handshake failed",
    }
}
