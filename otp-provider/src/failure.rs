//! What a call's failure means.

use std::{error::Error as StdError, io};

use otp_core::FailureClass;
use otp_service::SendError;

/// What went wrong with a call, in words of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The request could not be built.
    #[error("the request could not be built")]
    Request,
    /// The host's name does not resolve.
    #[error("the provider's host name does not resolve")]
    Dns,
    /// No connection.
    #[error("no connection to the provider")]
    Connect,
    /// The TLS handshake failed.
    #[error("the TLS handshake with the provider failed")]
    Tls,
    /// The certificate is not valid for the host.
    #[error("the provider's certificate is not valid")]
    Certificate,
    /// No whole answer in time.
    #[error("the provider did not answer in time")]
    Timeout,
    /// The connection ended before the answer.
    #[error("the connection to the provider broke")]
    Broken,
    /// A 2xx whose body ended early.
    #[error("the provider's answer ended early")]
    Truncated,
    /// A 2xx with more than the limit.
    #[error("the provider's answer is too large")]
    TooLarge,
    /// A 2xx that says nothing the sender understands.
    #[error("the provider's answer is not readable")]
    Unreadable,
    /// A 3xx.
    #[error("the provider's address redirects elsewhere")]
    Redirect,
    /// A probe's answer that says nothing of the account, from elsewhere than the provider's own place.
    #[error("what stands in for the provider does not tell of the account")]
    NotTold,
}

impl CallError {
    /// Its name, as the `code` of a [`SendError`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
            Self::Truncated => "truncated",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::Redirect => "redirect",
            Self::NotTold => "not_told",
        }
    }

    /// What to do next.
    #[must_use]
    pub const fn class(self) -> FailureClass {
        match self {
            Self::Request => FailureClass::Request,
            // Nothing has left.
            Self::Dns | Self::Connect | Self::Tls => FailureClass::Transient,
            // Another try meets the same certificate, and so the operator must look.
            Self::Certificate | Self::Redirect | Self::NotTold => FailureClass::Provider,
            Self::Timeout | Self::Broken | Self::Truncated | Self::TooLarge | Self::Unreadable => {
                FailureClass::Unknown
            }
        }
    }

    /// The same as a failure of `sender`.
    #[must_use]
    pub fn of(self, sender: &str) -> SendError {
        SendError::new(sender, self.class()).code(self.as_str()).source(self)
    }

    /// What an error of the HTTP library is. Only that: its text repeats the URL.
    pub(crate) fn classify(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::Request;
        }
        if !error.is_connect() {
            return if error.is_timeout() { Self::Timeout } else { Self::Broken };
        }
        match causes(error).find_map(tls_error) {
            Some(rustls::Error::InvalidCertificate(_)) => Self::Certificate,
            Some(_) => Self::Tls,
            None if error.is_dns() => Self::Dns,
            None => Self::Connect,
        }
    }
}

/// The class of an HTTP status that comes without an error code of the provider's own.
///
/// ```
/// use otp_core::FailureClass;
/// use otp_provider::class_of_status;
///
/// assert_eq!(class_of_status(503), FailureClass::Transient);
/// assert_eq!(class_of_status(500), FailureClass::Unknown);
/// assert_eq!(class_of_status(401), FailureClass::Provider);
/// ```
#[must_use]
pub const fn class_of_status(status: u16) -> FailureClass {
    match status {
        // The request may have been carried out before something behind it failed.
        500 | 502 | 504 => FailureClass::Unknown,
        408 | 425 | 429 | 501..=599 => FailureClass::Transient,
        _ => FailureClass::Provider,
    }
}

/// The TLS error that this cause is or wraps. An I/O error's `source` skips the error that it wraps, and there may be
/// several around one another.
fn tls_error<'a>(mut cause: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    while let Some(error) = cause.downcast_ref::<io::Error>() {
        cause = error.get_ref()?;
    }
    cause.downcast_ref()
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}
