//! The account app.

mod begin;
mod input;
mod refusal;
mod register;
mod table;
mod verify;

use std::{fmt, sync::Arc};

use otp_core::Purpose;
use otp_service::{Accounts, Verifier};
use serde_json::{Map, Value};

use self::{input::Input, table::Call};
use crate::{
    app::App,
    client::{CallerPolicy, ForwardedHeader, TrustedProxies},
    error::ApiError,
    openapi,
    request::Request,
    response::Response,
    route::{self, Route},
};

/// Registration, and verification of an account's e-mail address and phone number: `users/register`,
/// `auth/resend-verification`, `auth/verify-account`, `users/verify-phone` and `users/verify-otp`.
///
/// The host brings its [`Accounts`]:
///
/// ```
/// # fn example(verifier: otp_service::Verifier) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use otp_http::AccountApp;
/// use otp_service::MemoryAccounts;
///
/// let accounts = Arc::new(MemoryAccounts::new());
/// let app = AccountApp::new(verifier, accounts).trusted_proxies("10.0.0.0/8".parse()?);
/// # Ok(())
/// # }
/// ```
///
/// # Whether an account exists
///
/// Nobody learns from these calls, `users/register` aside, whether an address or number is known, unknown or verified:
/// status, headers, body, limits and the work done are the same. So every limit counts for recipients nobody knows as
/// well, guesses without a code included; see [`StartRequest::discreet`](otp_service::StartRequest::discreet).
///
/// # When the host cannot record a verification
///
/// The answer is 503, and the same code with the same call is right again until it ends or its guesses run out: the
/// account's mark, which [`Accounts::mark_verified`] sets once, is what uses the code up.
#[derive(Clone)]
#[must_use = "an app does nothing until it is mounted"]
pub struct AccountApp {
    verifier: Verifier,
    accounts: Arc<dyn Accounts>,
    email_purpose: Purpose,
    phone_purpose: Purpose,
    strict_errors: bool,
    callers: Arc<CallerPolicy>,
    routes: Arc<[Route<Call>]>,
}

impl AccountApp {
    /// On the host's accounts.
    pub fn new(verifier: Verifier, accounts: Arc<dyn Accounts>) -> Self {
        Self {
            verifier,
            accounts,
            email_purpose: Purpose::new("email-verification").expect("a legal name"),
            phone_purpose: Purpose::new("phone-verification").expect("a legal name"),
            strict_errors: false,
            callers: Arc::default(),
            routes: table::routes().into(),
        }
    }

    /// Without `users/register`: the host registers people elsewhere.
    pub fn without_registration(mut self) -> Self {
        let routes = table::routes().into_iter().filter(|route| route.call != Call::Register);
        self.routes = routes.collect();
        self
    }

    /// Answers every refusal of a check with `code_invalid`; off by default.
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

    async fn answer(&self, call: Call, input: Input<'_>) -> Result<Value, ApiError> {
        match call {
            Call::Register => register::register(self, &input).await,
            Call::ResendVerification | Call::VerifyPhone => begin::begin(self, call, &input).await,
            Call::VerifyAccount | Call::VerifyOtp => verify::verify(self, call, &input).await,
        }
    }
}

impl App for AccountApp {
    async fn handle(&self, request: Request) -> Response {
        let (call, fields) = match route::find(&self.routes, &request.method, &request.path) {
            Ok(route) => (route.call, &route.fields),
            Err(error) => return error.into(),
        };
        let answer = match Input::read(&self.verifier, &request, fields) {
            Ok(input) => self.answer(call, input).await,
            Err(error) => Err(error),
        };
        answer.map_or_else(|error| refusal::response(call, &error), |body| Response::ok(&body))
    }

    fn paths(&self, mount: &str) -> Map<String, Value> {
        openapi::paths(&self.routes, mount, "accounts")
    }
}

impl fmt::Debug for AccountApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountApp")
            .field("verifier", &self.verifier)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}
