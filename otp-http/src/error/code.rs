//! The table of errors.

use http::StatusCode;

/// What went wrong, as programs tell it apart: the member `code` of every problem document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The code is wrong.
    CodeInvalid,
    /// There is no such challenge, or a newer one took its place.
    SessionMismatch,
    /// The code's life is over.
    CodeExpired,
    /// The code succeeded before.
    CodeAlreadyVerified,
    /// The challenge has no guesses left.
    TooManyChecks,
    /// The recipient has no guesses left.
    Locked,
    /// A send limit is reached.
    Throttled,
    /// The text is no phone number.
    InvalidPhoneNumber,
    /// The text is no e-mail address.
    InvalidEmail,
    /// Messages may not go there.
    RegionNotAllowed,
    /// The channel is unknown, has no sender, or does not reach this kind of recipient.
    ChannelNotSupported,
    /// The body or a field is malformed.
    InvalidRequest,
    /// An account has the e-mail address or phone number.
    AlreadyRegistered,
    /// The request to a host's handler came without a proof.
    ProofMissing,
    /// The proof is malformed, forged, expired or for another use.
    ProofInvalid,
    /// The proof was claimed before.
    ProofAlreadyClaimed,
    /// A request to a webhook is not its provider's.
    SignatureInvalid,
    /// The idempotency key came with another request before.
    IdempotencyKeyReused,
    /// The body is neither JSON nor a form.
    UnsupportedMediaType,
    /// The body is too long.
    PayloadTooLarge,
    /// The request did not arrive whole in time.
    RequestTimeout,
    /// There is nothing at this path.
    NotFound,
    /// The path takes other methods.
    MethodNotAllowed,
    /// No provider accepted the message.
    DeliveryFailed,
    /// The store is down or overloaded, or the queue is stuck.
    Unavailable,
}

struct Row {
    code: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: &'static str,
}

impl ErrorCode {
    /// Every code, in the order of the contract.
    pub const ALL: [Self; 25] = [
        Self::CodeInvalid,
        Self::SessionMismatch,
        Self::CodeExpired,
        Self::CodeAlreadyVerified,
        Self::TooManyChecks,
        Self::Locked,
        Self::Throttled,
        Self::InvalidPhoneNumber,
        Self::InvalidEmail,
        Self::RegionNotAllowed,
        Self::ChannelNotSupported,
        Self::InvalidRequest,
        Self::AlreadyRegistered,
        Self::ProofMissing,
        Self::ProofInvalid,
        Self::ProofAlreadyClaimed,
        Self::SignatureInvalid,
        Self::IdempotencyKeyReused,
        Self::UnsupportedMediaType,
        Self::PayloadTooLarge,
        Self::RequestTimeout,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::DeliveryFailed,
        Self::Unavailable,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }

    /// Its status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.row().status
    }

    /// Its name for people, the same in every occurrence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().title
    }

    /// What it says where there is nothing more exact to say.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        self.row().detail
    }

    #[rustfmt::skip] // a table
    const fn row(self) -> Row {
        const fn row(code: &'static str, status: StatusCode, title: &'static str, detail: &'static str) -> Row {
            Row { code, status, title, detail }
        }
        use StatusCode as S;
        match self {
            Self::CodeInvalid => row("code_invalid", S::BAD_REQUEST, "Wrong code", "Security code is not valid"),
            Self::SessionMismatch => row("session_mismatch", S::BAD_REQUEST, "Unknown session", "Session Token mis-match"),
            Self::CodeExpired => row("code_expired", S::BAD_REQUEST, "Expired code", "Security code has expired"),
            Self::CodeAlreadyVerified => row("code_already_verified", S::BAD_REQUEST, "Used code", "Security code is already verified"),
            Self::TooManyChecks => row("too_many_checks", S::TOO_MANY_REQUESTS, "Too many wrong codes", "Too many failed verification attempts. Please request a new code."),
            Self::Locked => row("locked", S::TOO_MANY_REQUESTS, "Locked", "Too many failed verification attempts."),
            Self::Throttled => row("throttled", S::TOO_MANY_REQUESTS, "Too many codes requested", "Please wait before requesting another code."),
            Self::InvalidPhoneNumber => row("invalid_phone_number", S::BAD_REQUEST, "Invalid phone number", "A phone number is written with its country code, like \"+14155550123\"."),
            Self::InvalidEmail => row("invalid_email", S::BAD_REQUEST, "Invalid e-mail address", "An e-mail address is written like \"name@example.com\"."),
            Self::RegionNotAllowed => row("region_not_allowed", S::BAD_REQUEST, "Region not allowed", "Messages are not sent to this country or region. Use a number of another one."),
            Self::ChannelNotSupported => row("channel_not_supported", S::BAD_REQUEST, "Channel not supported", "This channel is not available for this recipient. Use another one, or leave it out."),
            Self::InvalidRequest => row("invalid_request", S::BAD_REQUEST, "Invalid request", "Some fields are missing, unknown or malformed; errors names each."),
            Self::AlreadyRegistered => row("already_registered", S::CONFLICT, "Already registered", "An account with this e-mail address or phone number exists. Verify it, or log in."),
            Self::ProofMissing => row("proof_missing", S::UNAUTHORIZED, "Proof missing", "Send the proof of a verification in the header Verification-Proof."),
            Self::ProofInvalid => row("proof_invalid", S::UNAUTHORIZED, "Invalid proof", "The proof is not valid here, or has expired. Please verify again."),
            Self::ProofAlreadyClaimed => row("proof_already_claimed", S::CONFLICT, "Used proof", "The proof has been used. Please verify again."),
            Self::SignatureInvalid => row("signature_invalid", S::FORBIDDEN, "Invalid signature", "The signature is missing, wrong, too old, or was used before."),
            Self::IdempotencyKeyReused => row("idempotency_key_reused", S::UNPROCESSABLE_ENTITY, "Idempotency key reused", "This Idempotency-Key was used for another request. Use a new one for each request."),
            Self::UnsupportedMediaType => row("unsupported_media_type", S::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", "Send application/json or application/x-www-form-urlencoded, in UTF-8."),
            Self::PayloadTooLarge => row("payload_too_large", S::PAYLOAD_TOO_LARGE, "Body too large", "The body may have at most 16384 bytes."),
            Self::RequestTimeout => row("request_timeout", S::REQUEST_TIMEOUT, "Request timeout", "The request took too long. Please send it again."),
            Self::NotFound => row("not_found", S::NOT_FOUND, "Not found", "There is nothing at this path."),
            Self::MethodNotAllowed => row("method_not_allowed", S::METHOD_NOT_ALLOWED, "Method not allowed", "This path takes other methods; the Allow header names them."),
            Self::DeliveryFailed => row("delivery_failed", S::BAD_GATEWAY, "Delivery failed", "The message could not be sent."),
            Self::Unavailable => row("unavailable", S::SERVICE_UNAVAILABLE, "Unavailable", "The service cannot answer now. Please try again."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        let names: std::collections::BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        assert!(ErrorCode::ALL.iter().enumerate().all(|(place, code)| *code as usize == place));
        assert!(ErrorCode::PayloadTooLarge.detail().contains(&crate::BODY_LIMIT.to_string()));
    }
}
