//! The verification app.

use std::sync::Arc;

use otp_core::{Channel, InvalidEmailAddress, InvalidPhoneNumber, InvalidRecipient, Purpose, Recipient};
use otp_service::Verifier;
use serde_json::{Map, Value};

use crate::{
    app::App,
    client::{CallerPolicy, ForwardedHeader, TrustedProxies},
    error::ApiError,
    fields::Field,
    handlers::{self, Call},
    openapi,
    request::Request,
    response::Response,
    route::Route,
};

/// Register, verify, resend, status and cancel for one kind of recipient and one purpose.
///
/// Mount one for each kind and purpose; they may share a [`Verifier`]:
///
/// ```
/// # fn example(verifier: otp_service::Verifier) -> Result<(), Box<dyn std::error::Error>> {
/// use otp_core::Purpose;
/// use otp_http::VerificationApp;
///
/// let phone = VerificationApp::phone(verifier.clone()).trusted_proxies("10.0.0.0/8".parse()?);
/// let login = VerificationApp::email(verifier).purpose(Purpose::new("login")?).strict_errors(true);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "an app does nothing until it is mounted"]
pub struct VerificationApp {
    pub(crate) verifier: Verifier,
    pub(crate) kind: RecipientKind,
    pub(crate) purpose: Purpose,
    pub(crate) strict_errors: bool,
    pub(crate) callers: Arc<CallerPolicy>,
    pub(crate) routes: Arc<[Route<Call>]>,
}

impl VerificationApp {
    /// For phone numbers: bodies have `phone_number`.
    pub fn phone(verifier: Verifier) -> Self {
        Self::new(verifier, RecipientKind::Phone)
    }

    /// For e-mail addresses: bodies have `email`.
    pub fn email(verifier: Verifier) -> Self {
        Self::new(verifier, RecipientKind::Email)
    }

    /// Why recipients are verified, `verify` by default. It is in every proof, and never taken from a request.
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// Answers every refusal of a check with `code_invalid`, so that callers learn nothing but that; off by default.
    pub fn strict_errors(mut self, strict_errors: bool) -> Self {
        self.strict_errors = strict_errors;
        self
    }

    /// The proxies whose word about the caller's address is taken; none by default.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        Arc::make_mut(&mut self.callers).proxies = proxies;
        self
    }

    /// The header in which those proxies tell the caller's address, `X-Forwarded-For` by default.
    pub fn forwarded_header(mut self, header: ForwardedHeader) -> Self {
        Arc::make_mut(&mut self.callers).header = header;
        self
    }

    /// The service underneath.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    fn new(verifier: Verifier, kind: RecipientKind) -> Self {
        Self {
            verifier,
            kind,
            purpose: Purpose::default(),
            strict_errors: false,
            callers: Arc::default(),
            routes: handlers::routes(kind).into(),
        }
    }

    /// Reads a recipient of the app's kind; one of the other kind is malformed here.
    pub(crate) fn recipient(&self, text: &str) -> Result<Recipient, ApiError> {
        match (self.kind, self.verifier.parse_recipient(text)) {
            (RecipientKind::Phone, Ok(Recipient::Phone(number))) => Ok(number.into()),
            (RecipientKind::Email, Ok(Recipient::Email(address))) => Ok(address.into()),
            (RecipientKind::Phone, Err(InvalidRecipient::Phone(reason))) => {
                Err(ApiError::InvalidPhoneNumber(reason))
            }
            (RecipientKind::Email, Err(InvalidRecipient::Email(reason))) => {
                Err(ApiError::InvalidEmail(reason))
            }
            (RecipientKind::Phone, _) => Err(ApiError::InvalidPhoneNumber(InvalidPhoneNumber::Malformed)),
            (RecipientKind::Email, _) => Err(ApiError::InvalidEmail(InvalidEmailAddress::Malformed)),
        }
    }
}

impl App for VerificationApp {
    async fn handle(&self, request: Request) -> Response {
        handlers::answer(self, &request).await.unwrap_or_else(Response::from)
    }

    fn paths(&self, mount: &str) -> Map<String, Value> {
        openapi::paths(&self.routes, mount, self.kind.tag())
    }
}

/// Whom an app verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecipientKind {
    Phone,
    Email,
}

impl RecipientKind {
    /// The field that names the recipient.
    pub(crate) const fn field(self) -> Field {
        match self {
            Self::Phone => handlers::PHONE_NUMBER,
            Self::Email => handlers::EMAIL,
        }
    }

    /// The ways a code can travel.
    pub(crate) const fn channels(self) -> &'static [&'static str] {
        const PHONE: [&str; 3] = [Channel::Sms.as_str(), Channel::Voice.as_str(), Channel::Whatsapp.as_str()];
        const EMAIL: [&str; 1] = [Channel::Email.as_str()];
        match self {
            Self::Phone => &PHONE,
            Self::Email => &EMAIL,
        }
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}
