//! A host with both apps and the operations, on a store in memory and a clock that stands still.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method},
    routing::get,
};
use otp_core::{Keyring, Policy, Recipient};
use otp_http::{OpenApi, Operations, VerificationApp};
use otp_service::{
    ManualClock, MemoryStore, RecordingSender, Routes, Sender, Store, StoreError, Verifier, VerifierBuilder,
    Worker, conformance::AroundStore,
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const PHONE: &str = "+14155550123";
pub(crate) const EMAIL: &str = "alice@example.com";
/// A session token that nobody was given.
pub(crate) const UNKNOWN: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) router: Router,
    pub(crate) verifier: Verifier,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sender: Arc<RecordingSender>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(|verifier| verifier, |app| app)
    }

    /// With this policy.
    pub(crate) fn limited(policy: Policy) -> Self {
        Self::with(|verifier| verifier.policy(policy), |app| app)
    }

    pub(crate) fn with(
        verifier: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
        app: impl Fn(VerificationApp) -> VerificationApp,
    ) -> Self {
        Self::on(Arc::new(MemoryStore::new()), verifier, app)
    }

    pub(crate) fn on(
        store: Arc<dyn Store>,
        verifier: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
        app: impl Fn(VerificationApp) -> VerificationApp,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(1_800_000_000_000));
        let sender = Arc::new(RecordingSender::default());
        let keyring = Keyring::new([("k1".parse().unwrap(), (0..32).collect::<Vec<u8>>())]).unwrap();
        let builder = Verifier::builder(store, keyring)
            .clock(clock.clone())
            .app_name("Acme")
            .routes(Routes::all(&(sender.clone() as Arc<dyn Sender>)));
        let verifier = verifier(builder).build().unwrap();
        let (phone, email) =
            (app(VerificationApp::phone(verifier.clone())), app(VerificationApp::email(verifier.clone())));
        let document =
            OpenApi::new("Acme").mount("/api/phone", &phone).mount("/api/email/", &email).document();
        let operations = Operations::new(verifier.clone()).openapi(document);
        // A host with routes, a fallback and state of its own.
        let router = Router::new()
            .route("/", get(async |State(name): State<&'static str>| name))
            .nest_service("/api/phone", otp_axum::router(phone))
            .nest_service("/api/email", otp_axum::router(email))
            .fallback(async || "the host's fallback")
            .with_state("the host's index")
            .merge(otp_axum::operations_router(operations));
        Self { router, verifier, clock, sender }
    }

    pub(crate) async fn call(&self, call: Call) -> Answer {
        let response = self.router.clone().oneshot(call.request()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, text }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Call::post(path, JSON, body.to_string())).await
    }

    /// Sends what is queued.
    pub(crate) async fn work(&self) {
        Worker::new(&self.verifier).run_once().await.unwrap();
    }

    /// Registers the phone number and reads the code from the message.
    pub(crate) async fn registered(&self) -> (String, String) {
        let answer = self.post("/api/phone/register", json!({ "phone_number": PHONE })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.work().await;
        (answer.body["session_token"].as_str().unwrap().to_owned(), self.code(PHONE))
    }

    pub(crate) async fn verify(&self, token: &str, code: impl Into<Value>) -> Answer {
        let body = json!({ "phone_number": PHONE, "session_token": token, "security_code": code.into() });
        self.post("/api/phone/verify", body).await
    }

    pub(crate) async fn about(&self, call: &str, token: &str) -> Answer {
        self.post(&format!("/api/phone/{call}"), json!({ "phone_number": PHONE, "session_token": token }))
            .await
    }

    pub(crate) fn code(&self, to: &str) -> String {
        self.sender.last_code(&Recipient::parse(to).unwrap()).expect("a message")
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// The member that carries a problem of no field.
pub(crate) fn none(detail: &str) -> Value {
    json!({ "non_field_errors": [detail] })
}

/// A code of the same length that is not `code`.
pub(crate) fn wrong(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { (digit as u8 + 1) as char }).collect()
}

#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) peer: Option<SocketAddr>,
}

impl Call {
    pub(crate) fn post(path: &str, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.into())];
        Self { method: Method::POST, path: path.to_owned(), headers, body: body.into(), peer: None }
    }

    pub(crate) fn bare(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: Vec::new(), peer: None }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = Some(SocketAddr::new(peer.parse().unwrap(), 4711));
        self
    }

    fn request(self) -> Request {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(self.body)).unwrap();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        request
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// That it is the problem document of `code`, with `members` besides those of every problem, and nothing else.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str, detail: &str, members: Value) {
        let mut expected = json!({
            "type": format!("/problems/{code}"), "title": self.body["title"], "status": status,
            "detail": detail, "code": code,
        });
        expected.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        assert_eq!(self.body, expected);
        assert_eq!(self.status, status);
        self.assert_is_problem();
    }

    /// What every problem has.
    #[track_caller]
    pub(crate) fn assert_is_problem(&self) {
        assert!((400..600).contains(&self.status), "{self:?}");
        assert_eq!(self.body["status"], self.status, "{self:?}");
        assert!(self.body["title"].as_str().is_some_and(|title| !title.is_empty()), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        let retry_after = self.body["retry_after"].as_u64().map(|seconds| seconds.to_string());
        assert_eq!(self.header("retry-after"), retry_after.as_deref());
    }

    /// A successful answer with exactly these members; `null` stands for any text.
    #[track_caller]
    pub(crate) fn assert_ok(&self, members: Value) {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        let mut found = self.body.clone();
        for (name, expected) in members.as_object().unwrap() {
            if expected.is_null() {
                assert!(found[name].as_str().is_some_and(|text| !text.is_empty()), "{name} of {self:?}");
                found[name] = Value::Null;
            }
        }
        assert_eq!(found, members);
    }
}

/// A store that is down.
pub(crate) struct DownStore;

impl AroundStore for DownStore {
    fn inner(&self) -> Result<Arc<dyn Store>, StoreError> {
        Err(StoreError::unavailable("connection refused"))
    }
}
