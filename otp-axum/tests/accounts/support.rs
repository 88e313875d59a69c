//! A host with accounts, in memory; time, provider and failures in the test's hand.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request},
};
use otp_core::{Keyring, Policy, Recipient, Timestamp};
use otp_http::{AccountApp, VerificationApp};
use otp_service::{
    Account, AccountId, Accounts, AccountsError, Keys, ManualClock, MemoryAccounts, MemoryStore, NewAccount,
    RecordingSender, RegisterError, Routes, Sender, Step, Store, StoreError, Verifier, VerifierBuilder,
    Worker, conformance::AroundStore,
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PHONE: &str = "+14155550123";
pub(crate) const REGISTER: &str = "users/register";
pub(crate) const RESEND: &str = "auth/resend-verification";
pub(crate) const VERIFY_ACCOUNT: &str = "auth/verify-account";
pub(crate) const VERIFY_PHONE: &str = "users/verify-phone";
pub(crate) const VERIFY_OTP: &str = "users/verify-otp";
/// Never a code: those are digits.
pub(crate) const WRONG: &str = "xxxxxx";

pub(crate) struct Host {
    pub(crate) router: Router,
    pub(crate) verifier: Verifier,
    pub(crate) store: Arc<CountingStore>,
    pub(crate) accounts: Arc<FlakyAccounts>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sender: Arc<RecordingSender>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(|verifier| verifier, |app| app)
    }

    pub(crate) fn limited(policy: Policy) -> Self {
        Self::with(|verifier| verifier.policy(policy), |app| app)
    }

    pub(crate) fn with(
        verifier: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
        app: impl FnOnce(AccountApp) -> AccountApp,
    ) -> Self {
        let store = Arc::new(CountingStore::default());
        let accounts = Arc::new(FlakyAccounts::default());
        let clock = Arc::new(ManualClock::at(1_800_000_000_000));
        let sender = Arc::new(RecordingSender::default());
        let keyring = Keyring::new([("k1".parse().unwrap(), (0..32).collect::<Vec<u8>>())]).unwrap();
        let builder = Verifier::builder(Arc::clone(&store) as _, keyring)
            .clock(clock.clone())
            .app_name("Acme")
            .routes(Routes::all(&(sender.clone() as Arc<dyn Sender>)));
        let verifier = verifier(builder).build().unwrap();
        let app = app(AccountApp::new(verifier.clone(), Arc::clone(&accounts) as _));
        let router = Router::new()
            .nest_service("/api/v1", otp_axum::router(app))
            .nest_service("/api/email", otp_axum::router(VerificationApp::email(verifier.clone())));
        Self { router, verifier, store, accounts, clock, sender }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, text }
    }

    pub(crate) async fn post(&self, call: &str, body: Value) -> Answer {
        self.send(request(call, "application/json", body.to_string())).await
    }

    /// Registers an account.
    pub(crate) async fn register(&self, email: &str, phone: &str) -> Answer {
        let body = json!({ "email": email, "phone": phone, "first_name": "Ada", "last_name": "Lovelace" });
        self.post(REGISTER, body).await
    }

    pub(crate) async fn resend(&self, email: &str) -> Answer {
        self.post(RESEND, json!({ "email": email })).await
    }

    pub(crate) async fn verify_account(&self, email: &str, code: &str) -> Answer {
        self.post(VERIFY_ACCOUNT, json!({ "email": email, "otp": code })).await
    }

    pub(crate) async fn verify_phone(&self, phone: &str) -> Answer {
        self.post(VERIFY_PHONE, json!({ "phone": phone })).await
    }

    pub(crate) async fn verify_otp(&self, phone: &str, code: &str) -> Answer {
        self.post(VERIFY_OTP, json!({ "phone": phone, "otp_code": code })).await
    }

    /// An account, and the code that its address got.
    pub(crate) async fn with_email_code(&self) -> String {
        assert_eq!(self.register(EMAIL, PHONE).await.status, 200);
        assert_eq!(self.resend(EMAIL).await.status, 200);
        self.work().await;
        self.code(EMAIL)
    }

    /// Sends what is queued.
    pub(crate) async fn work(&self) {
        Worker::new(&self.verifier).run_once().await.unwrap();
    }

    pub(crate) fn code(&self, to: &str) -> String {
        self.sender.last_code(&Recipient::parse(to).unwrap()).expect("a message")
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The account, as the host knows it.
    pub(crate) async fn account(&self, recipient: &str) -> Option<Account> {
        self.accounts.memory.find(&Recipient::parse(recipient).unwrap()).await.unwrap()
    }

    /// Marks a recipient of an account, as an operator would.
    pub(crate) async fn mark(&self, recipient: &str) {
        let account = self.account(recipient).await.expect("an account");
        let recipient = Recipient::parse(recipient).unwrap();
        let now = Timestamp::from_millis(1_700_000_000_000);
        assert!(self.accounts.memory.mark_verified(&account.id, &recipient, now).await.unwrap());
    }
}

pub(crate) fn request(call: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(Method::POST).uri(format!("/api/v1/{call}"));
    request.header("content-type", content_type).body(body.into()).unwrap()
}

pub(crate) fn from(peer: &str, mut request: Request<Body>) -> Request<Body> {
    let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
    request.extensions_mut().insert(ConnectInfo(peer));
    request
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

    /// A successful answer with exactly this body.
    #[track_caller]
    pub(crate) fn assert_ok(&self, body: Value) {
        assert_eq!((self.status, &self.body), (200, &body), "{self:?}");
        self.assert_has_headers("application/json");
    }

    /// The problem document of `code`, with `members` besides those of every problem, and nothing else.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str, detail: &str, members: Value) {
        let mut expected = json!({
            "type": format!("/problems/{code}"), "title": self.body["title"], "status": status,
            "detail": detail, "code": code,
        });
        expected.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        assert_eq!((self.status, &self.body), (status, &expected));
        self.assert_has_headers("application/problem+json");
        let retry_after = self.body["retry_after"].as_u64().map(|seconds| seconds.to_string());
        assert_eq!(self.header("retry-after"), retry_after.as_deref());
    }

    /// A code that is refused, for whatever reason: `flag` is `verified` or `success`.
    #[track_caller]
    pub(crate) fn assert_code_refused(&self, flag: &str) {
        let detail = "Security code is not valid";
        let members = json!({
            "non_field_errors": [detail], "message": "Invalid or expired verification code", flag: false,
        });
        self.assert_problem(400, "code_invalid", detail, members);
    }

    #[track_caller]
    fn assert_has_headers(&self, content_type: &str) {
        assert_eq!(self.header("content-type"), Some(content_type));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
    }
}

/// Counts what is asked of it.
#[derive(Default)]
pub(crate) struct CountingStore {
    memory: Arc<MemoryStore>,
    applies: AtomicUsize,
}

impl CountingStore {
    /// How often it was asked since the last time.
    pub(crate) fn applies(&self) -> usize {
        self.applies.swap(0, Ordering::Relaxed)
    }
}

#[async_trait]
impl AroundStore for CountingStore {
    fn inner(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::clone(&self.memory) as _)
    }

    async fn on_apply(&self, keys: Keys, step: Step) -> Result<(), StoreError> {
        self.applies.fetch_add(1, Ordering::Relaxed);
        self.memory.apply(keys, step).await
    }
}

/// Counts what is asked of it, and fails the next calls on demand.
#[derive(Default)]
pub(crate) struct FlakyAccounts {
    pub(crate) memory: MemoryAccounts,
    calls: AtomicUsize,
    failing_calls: AtomicUsize,
    failing_marks: AtomicUsize,
}

impl FlakyAccounts {
    /// How often it was asked since the last time.
    pub(crate) fn calls(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }

    pub(crate) fn fail(&self, calls: usize) {
        self.failing_calls.store(calls, Ordering::Relaxed);
    }

    pub(crate) fn fail_marks(&self, marks: usize) {
        self.failing_marks.store(marks, Ordering::Relaxed);
    }

    fn call(&self, failing: &AtomicUsize) -> Result<(), AccountsError> {
        let one_less = |left: usize| left.checked_sub(1);
        match failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
            Ok(_) => Err(AccountsError::new("connection refused")),
            Err(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Accounts for FlakyAccounts {
    async fn find(&self, recipient: &Recipient) -> Result<Option<Account>, AccountsError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.call(&self.failing_calls)?;
        self.memory.find(recipient).await
    }

    async fn mark_verified(
        &self,
        account: &AccountId,
        recipient: &Recipient,
        at: Timestamp,
    ) -> Result<bool, AccountsError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.call(&self.failing_marks)?;
        self.memory.mark_verified(account, recipient, at).await
    }

    async fn register(&self, account: NewAccount) -> Result<Account, RegisterError> {
        self.call(&self.failing_calls)?;
        self.memory.register(account).await
    }
}
