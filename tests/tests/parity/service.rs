//! The service under both frameworks: nothing in it depends on when or where it runs.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use otp_core::{Channel, Code, Destinations, Keyring, PhoneNumber, Policy, Recipient, Timestamp};
use otp_http::{AccountApp, OpenApi, Operations, VerificationApp, Webhooks};
use otp_service::{
    Account, AccountId, Accounts, AccountsError, DeliveryMode, DiscardSender, ManualClock, MemoryAccounts,
    MemoryStore, NewAccount, PrescribedCodes, RecordingSender, RegisterError, Routes, Sender, Store,
    StoreError, Verifier, VerifierBuilder, conformance::AroundStore,
};

use crate::webhook::Plain;

pub(crate) const PHONE: &str = "+14155550123";
pub(crate) const EMAIL: &str = "alice@example.com";
/// A number of no country whose code the operator prescribed: [`TEST_CODE`].
pub(crate) const TEST_NUMBER: &str = "+15555550100";
pub(crate) const TEST_CODE: &str = "123456";
/// A session token that nobody was given.
pub(crate) const UNKNOWN: &str = "0123456789abcdef0123456789abcdef01234567";

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

pub(crate) struct Service {
    pub(crate) store: Arc<Fresh<MemoryStore>>,
    pub(crate) accounts: Arc<Fresh<MemoryAccounts>>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sender: Arc<RecordingSender>,
    pub(crate) verifier: Verifier,
    /// Verification apps by their mounts.
    pub(crate) mounts: Vec<(&'static str, VerificationApp)>,
    /// Account apps by theirs.
    pub(crate) account_mounts: Vec<(&'static str, AccountApp)>,
    pub(crate) webhooks: Webhooks,
    pub(crate) operations: Operations,
}

impl Service {
    pub(crate) fn new() -> Self {
        let store = Arc::new(Fresh::<MemoryStore>::default());
        let accounts = Arc::new(Fresh::<MemoryAccounts>::default());
        let clock = Arc::new(ManualClock::at(0));
        let sender = Arc::new(RecordingSender::default());
        let verifier = |more: &dyn Fn(VerifierBuilder) -> VerifierBuilder| {
            let builder = builder(store.clone()).clock(clock.clone());
            let routes = Routes::all(&(sender.clone() as Arc<dyn Sender>));
            more(builder.routes(routes).prescribed(prescribed())).build().expect("a verifier")
        };
        let plain = verifier(&|builder| builder);
        let inline = verifier(&|builder| builder.delivery(DeliveryMode::Inline));
        let narrow = verifier(&|builder| {
            let routes = Routes::default().with(Channel::Sms, Arc::new(DiscardSender));
            let destinations = Destinations::new(["US"], ["+1900"]).expect("a country and a prefix");
            builder.routes(routes).destinations(destinations)
        });
        let limited = verifier(&|builder| {
            let policy = Policy::builder().starts_per_caller_per_hour(2).failures_per_day(7);
            builder.policy(policy.build().expect("a policy"))
        });
        let phone = VerificationApp::phone;
        let mounts = vec![
            ("/api/phone", phone(plain.clone())),
            ("/api/email", VerificationApp::email(plain.clone())),
            ("/tenants/{tenant}/phone", phone(plain.clone())),
            ("/strict", phone(plain.clone()).strict_errors(true)),
            ("/inline", phone(inline)),
            ("/narrow", phone(narrow.clone())),
            ("/narrow-email", VerificationApp::email(narrow)),
            ("/limited", phone(limited.clone())),
            ("/proxied", phone(limited.clone()).trusted_proxies("127.0.0.1".parse().expect("an address"))),
        ];
        let account = |verifier| AccountApp::new(verifier, accounts.clone());
        let account_mounts = vec![
            ("/api/v1", account(plain.clone())),
            ("/strict-accounts", account(plain.clone()).strict_errors(true)),
            ("/other-accounts", account(limited).without_registration()),
        ];
        let webhooks = Webhooks::new(plain.clone()).with(Arc::new(Plain));
        let document = OpenApi::new("Acme").mount(mounts[0].0, &mounts[0].1).mount(mounts[1].0, &mounts[1].1);
        let document = document.mount("/webhooks", &webhooks);
        let operations = Operations::new(plain.clone()).openapi(document.document());
        let verifier = plain;
        let service =
            Self { store, accounts, clock, sender, verifier, mounts, account_mounts, webhooks, operations };
        service.reset();
        service
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        self.store.set(Some(MemoryStore::new()));
        self.accounts.set(Some(MemoryAccounts::new()));
        self.clock.set(START);
        self.sender.clear();
    }
}

/// A verifier's builder with the keys of all these tests.
pub(crate) fn builder(store: Arc<dyn Store>) -> VerifierBuilder {
    let secret: Vec<u8> = (0..32).collect();
    let keyring = Keyring::new([("k1".parse().expect("a key id"), secret)]).expect("a keyring");
    Verifier::builder(store, keyring).app_name("Acme")
}

fn prescribed() -> PrescribedCodes {
    let number = PhoneNumber::prescribed(TEST_NUMBER).expect("a number");
    let code = Code::prescribed(TEST_CODE).expect("a code");
    PrescribedCodes::default().recipient(number.into(), code, Timestamp::from_millis(i64::MAX))
}

/// What can be made new, or go down, under a server that runs.
pub(crate) struct Fresh<T>(RwLock<Option<Arc<T>>>);

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

impl<T> Fresh<T> {
    /// Another one; or none, which is down.
    pub(crate) fn set(&self, one: Option<T>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = one.map(Arc::new);
    }

    fn current<E>(&self, down: impl FnOnce(&'static str) -> E) -> Result<Arc<T>, E> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        current.ok_or_else(|| down("connection refused"))
    }
}

impl AroundStore for Fresh<MemoryStore> {
    fn inner(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(self.current(StoreError::unavailable)? as _)
    }
}

#[async_trait]
impl Accounts for Fresh<MemoryAccounts> {
    async fn find(&self, recipient: &Recipient) -> Result<Option<Account>, AccountsError> {
        self.current(AccountsError::new)?.find(recipient).await
    }

    async fn mark_verified(
        &self,
        account: &AccountId,
        recipient: &Recipient,
        at: Timestamp,
    ) -> Result<bool, AccountsError> {
        self.current(AccountsError::new)?.mark_verified(account, recipient, at).await
    }

    async fn register(&self, account: NewAccount) -> Result<Account, RegisterError> {
        self.current(AccountsError::new)?.register(account).await
    }
}
