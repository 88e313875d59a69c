//! The one error of the HTTP contract, and the only place with status numbers.

mod code;
mod fields;
mod unavailable;

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE},
};
use otp_core::{Channel, FailureClass, InvalidEmailAddress, InvalidPhoneNumber, Outcome, Refusal};
use otp_service::{
    AccountsError, CheckError, ClaimError, ProofError, ReceiveError, RegisterError, StartError, StoreError,
    WebhookError,
};
use serde_json::{Map, Value, json};

use self::unavailable::unavailable;
pub use self::{code::ErrorCode, fields::FieldErrors};
use crate::{request::BodyError, response::Response, rounding::whole_seconds};

/// The pause asked for while the store is down: long enough not to hammer, short enough for a person who waits.
const UNAVAILABLE_FOR: Duration = Duration::from_secs(1);

/// Everything but success, as a caller sees it: an RFC 9457 problem document.
///
/// | member | is |
/// |---|---|
/// | `type` | `/problems/` and the code: the same text wherever the app is mounted |
/// | `title`, `status`, `detail`, `code` | see [`ErrorCode`] |
/// | `non_field_errors`, or a field's name | the detail as a list, where front ends of the reference system look |
/// | `errors` | of `invalid_request`: every field's problems |
/// | `checks_left` | of `code_invalid`: guesses still answered |
/// | `retry_after` | seconds, the same as the header `Retry-After` |
/// | `class` | of `delivery_failed`: the kind of failure |
///
/// ```
/// use otp_http::{ApiError, ErrorCode};
///
/// let error = ApiError::CodeInvalid { checks_left: Some(4) };
/// assert_eq!(error.code(), ErrorCode::CodeInvalid);
/// let document = error.document();
/// assert_eq!(document["detail"], "Security code is not valid");
/// assert_eq!(document["non_field_errors"][0], document["detail"]);
/// assert_eq!(document["checks_left"], 4);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiError {
    /// The code is wrong.
    CodeInvalid {
        /// Guesses still answered; absent where the caller is not to know.
        checks_left: Option<u32>,
    },
    /// There is no such challenge, or a newer one took its place.
    SessionMismatch,
    /// The code's life is over.
    CodeExpired,
    /// The code succeeded before.
    CodeAlreadyVerified,
    /// The challenge has no guesses left.
    TooManyChecks,
    /// The recipient has no guesses left.
    Locked {
        /// When guesses are answered again; absent where the host must unlock.
        retry_after: Option<Duration>,
    },
    /// A send limit is reached.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// The text is no phone number.
    InvalidPhoneNumber(InvalidPhoneNumber),
    /// The text is no e-mail address.
    InvalidEmail(InvalidEmailAddress),
    /// Messages may not go there.
    RegionNotAllowed,
    /// The channel is unknown, has no sender, or does not reach this kind of recipient.
    ChannelNotSupported,
    /// The body or a field is malformed.
    InvalidRequest(FieldErrors),
    /// An account has the e-mail address or phone number.
    AlreadyRegistered,
    /// There is no proof in the headers.
    ProofMissing,
    /// The proof does not open; why not is nobody's business but the log's.
    ProofInvalid,
    /// The proof was claimed before.
    ProofAlreadyClaimed,
    /// A request to a webhook is not its provider's, or was seen before.
    SignatureInvalid,
    /// A request to a webhook is its provider's, and cannot be read.
    UnreadableReport,
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
    MethodNotAllowed {
        /// Those, as the header `Allow` lists them.
        allow: &'static str,
    },
    /// No provider accepted the message.
    DeliveryFailed {
        /// What kind of failure.
        class: FailureClass,
        /// The channel that may reach the recipient instead.
        other_channel: Option<Channel>,
    },
    /// The store is down or overloaded.
    Unavailable,
    /// Messages wait that nobody sends.
    QueueStuck,
}

impl ApiError {
    /// What programs tell it apart by.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::CodeInvalid { .. } => ErrorCode::CodeInvalid,
            Self::SessionMismatch => ErrorCode::SessionMismatch,
            Self::CodeExpired => ErrorCode::CodeExpired,
            Self::CodeAlreadyVerified => ErrorCode::CodeAlreadyVerified,
            Self::TooManyChecks => ErrorCode::TooManyChecks,
            Self::Locked { .. } => ErrorCode::Locked,
            Self::Throttled { .. } => ErrorCode::Throttled,
            Self::InvalidPhoneNumber(_) => ErrorCode::InvalidPhoneNumber,
            Self::InvalidEmail(_) => ErrorCode::InvalidEmail,
            Self::RegionNotAllowed => ErrorCode::RegionNotAllowed,
            Self::ChannelNotSupported => ErrorCode::ChannelNotSupported,
            Self::InvalidRequest(_) => ErrorCode::InvalidRequest,
            Self::AlreadyRegistered => ErrorCode::AlreadyRegistered,
            Self::ProofMissing => ErrorCode::ProofMissing,
            Self::ProofInvalid => ErrorCode::ProofInvalid,
            Self::ProofAlreadyClaimed => ErrorCode::ProofAlreadyClaimed,
            Self::SignatureInvalid => ErrorCode::SignatureInvalid,
            Self::UnreadableReport => ErrorCode::InvalidRequest,
            Self::IdempotencyKeyReused => ErrorCode::IdempotencyKeyReused,
            Self::UnsupportedMediaType => ErrorCode::UnsupportedMediaType,
            Self::PayloadTooLarge => ErrorCode::PayloadTooLarge,
            Self::RequestTimeout => ErrorCode::RequestTimeout,
            Self::NotFound => ErrorCode::NotFound,
            Self::MethodNotAllowed { .. } => ErrorCode::MethodNotAllowed,
            Self::DeliveryFailed { .. } => ErrorCode::DeliveryFailed,
            Self::Unavailable | Self::QueueStuck => ErrorCode::Unavailable,
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.code().status()
    }

    /// What a person reads: what happened here, and where it can be helped, what to do next.
    #[must_use]
    pub fn detail(&self) -> Cow<'_, str> {
        match self {
            Self::InvalidPhoneNumber(reason) => sentence(reason).into(),
            Self::InvalidEmail(reason) => sentence(reason).into(),
            Self::InvalidRequest(errors) => errors.only().unwrap_or(self.code().detail()).into(),
            Self::DeliveryFailed { class, other_channel: None } => {
                format!("The message could not be sent ({}).", class.as_str()).into()
            }
            Self::DeliveryFailed { class, other_channel: Some(channel) } => {
                let class = class.as_str();
                format!("The message could not be sent ({class}). Try the channel \"{channel}\".").into()
            }
            Self::UnreadableReport => "This is no delivery receipt of the provider's.".into(),
            Self::QueueStuck => "Messages wait for longer than they should: is a worker running?".into(),
            _ => self.code().detail().into(),
        }
    }

    /// When to try again, in whole seconds, at least 1.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        let pause = match self {
            Self::Throttled { retry_after } => Some(*retry_after),
            Self::Locked { retry_after } => *retry_after,
            Self::Unavailable | Self::QueueStuck => Some(UNAVAILABLE_FOR),
            _ => None,
        };
        pause.map(|pause| whole_seconds(pause).max(1))
    }

    /// The problem document.
    #[must_use]
    pub fn document(&self) -> Value {
        let (code, detail) = (self.code(), self.detail());
        let mut document = Map::from_iter(self.reference_members(&detail));
        if let Some(retry_after) = self.retry_after() {
            document.insert("retry_after".to_owned(), retry_after.into());
        }
        match self {
            Self::CodeInvalid { checks_left: Some(checks_left) } => {
                document.insert("checks_left".to_owned(), (*checks_left).into());
            }
            Self::InvalidRequest(errors) => {
                document.insert("errors".to_owned(), errors.all().into());
            }
            Self::DeliveryFailed { class, other_channel } => {
                document.insert("class".to_owned(), class.as_str().into());
                if let Some(channel) = other_channel {
                    document.insert("other_channel".to_owned(), channel.as_str().into());
                }
            }
            _ => {}
        }
        document.insert("type".to_owned(), format!("/problems/{}", code.as_str()).into());
        document.insert("title".to_owned(), code.title().into());
        document.insert("status".to_owned(), code.status().as_u16().into());
        document.insert("detail".to_owned(), detail.into());
        document.insert("code".to_owned(), code.as_str().into());
        document.into()
    }

    /// The members that front ends of the reference system read: of a field, or of none.
    fn reference_members(&self, detail: &str) -> Vec<(String, Value)> {
        let of = |name: &str| vec![(name.to_owned(), json!([detail]))];
        match self {
            Self::InvalidPhoneNumber(_) => of("phone_number"),
            Self::InvalidEmail(_) => of("email"),
            Self::ChannelNotSupported => of("channel"),
            Self::InvalidRequest(errors) => {
                let members: Vec<_> = errors.members().collect();
                if members.is_empty() { of("non_field_errors") } else { members }
            }
            _ => of("non_field_errors"),
        }
    }

    /// What a refused check is; `None` where the code was right.
    pub(crate) fn of_outcome(outcome: Outcome) -> Option<Self> {
        Some(match outcome {
            Outcome::Verified => return None,
            Outcome::Wrong { checks_left } => Self::CodeInvalid { checks_left: Some(checks_left) },
            Outcome::Mismatch => Self::SessionMismatch,
            Outcome::Expired => Self::CodeExpired,
            Outcome::AlreadyVerified => Self::CodeAlreadyVerified,
            Outcome::TooManyChecks => Self::TooManyChecks,
            Outcome::Locked { retry_after } => Self::Locked { retry_after },
        })
    }

    /// The answer, with this document.
    pub(crate) fn response(&self, document: &Value) -> Response {
        let mut response = Response::new(self.status(), "application/problem+json", document);
        if let Some(retry_after) = self.retry_after() {
            response = response.with(RETRY_AFTER, retry_after.into());
        }
        if let Self::MethodNotAllowed { allow } = self {
            response = response.with(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(challenge) = self.challenge() {
            response = response.with(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }

    /// What every 401 says about how to do better (RFC 9110, section 11.6.1; RFC 6750, section 3).
    const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::ProofMissing => Some(r#"Bearer realm="verification""#),
            Self::ProofInvalid => Some(r#"Bearer realm="verification", error="invalid_token""#),
            _ => None,
        }
    }

    /// For callers who are not to learn why a check was refused.
    pub(crate) fn without_reason(self) -> Self {
        match self {
            Self::CodeInvalid { .. }
            | Self::SessionMismatch
            | Self::CodeExpired
            | Self::CodeAlreadyVerified
            | Self::TooManyChecks
            | Self::Locked { .. } => Self::CodeInvalid { checks_left: None },
            other => other,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail())
    }
}

impl StdError for ApiError {}

impl From<ApiError> for Response {
    fn from(error: ApiError) -> Self {
        error.response(&error.document())
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::PayloadTooLarge,
            BodyError::Interrupted => {
                Self::InvalidRequest(FieldErrors::body("The body did not arrive whole."))
            }
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Throttled { retry_after } => Self::Throttled { retry_after },
            Refusal::Locked { retry_after } => Self::Locked { retry_after },
            Refusal::Mismatch => Self::SessionMismatch,
            Refusal::AlreadyVerified => Self::CodeAlreadyVerified,
            Refusal::TooManyChecks => Self::TooManyChecks,
        }
    }
}

impl From<StartError> for ApiError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Refused(refusal) => refusal.into(),
            StartError::RegionNotAllowed => Self::RegionNotAllowed,
            StartError::ChannelNotSupported(_) => Self::ChannelNotSupported,
            StartError::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            StartError::DeliveryFailed { class, other_channel } => {
                Self::DeliveryFailed { class, other_channel }
            }
            error => unavailable(&error),
        }
    }
}

impl From<CheckError> for ApiError {
    fn from(error: CheckError) -> Self {
        unavailable(&error)
    }
}

impl From<ProofError> for ApiError {
    fn from(error: ProofError) -> Self {
        tracing::debug!(target: "otp::http", %error, "a proof was refused");
        Self::ProofInvalid
    }
}

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Invalid(error) => error.into(),
            ClaimError::AlreadyClaimed => Self::ProofAlreadyClaimed,
            error => unavailable(&error),
        }
    }
}

impl From<ReceiveError> for ApiError {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Refused(WebhookError::Malformed) => Self::UnreadableReport,
            ReceiveError::Store(error) => unavailable(&error),
            _ => Self::SignatureInvalid,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        unavailable(&error)
    }
}

impl From<AccountsError> for ApiError {
    fn from(error: AccountsError) -> Self {
        unavailable(&error)
    }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::AlreadyRegistered => Self::AlreadyRegistered,
            RegisterError::NotOffered => Self::NotFound,
            error => unavailable(&error),
        }
    }
}

/// An error's text as a sentence.
fn sentence(error: &dyn fmt::Display) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}
