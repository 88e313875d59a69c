//! A whole service in memory, with time and provider in the test's hand.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use otp_core::{Channel, Keyring, Outcome, Policy, Recipient, SessionToken};
use otp_service::{
    CheckRequest, Keys, ManualClock, MemoryStore, RecordingSender, ResendRequest, Routes, Sender, Session,
    StartError, StartRequest, Step, Store, StoreError, Verifier, VerifierBuilder, Worker,
    conformance::AroundStore,
};

pub(crate) struct Service {
    pub(crate) verifier: Verifier,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sender: Arc<RecordingSender>,
    pub(crate) store: Arc<dyn Store>,
}

pub(crate) fn phone() -> Recipient {
    Recipient::parse("+14155550123").expect("a valid number")
}

pub(crate) fn keyring(ids: &[&str]) -> Keyring {
    let secret = |id: &str| id.bytes().cycle().zip(0..).map(|(byte, place)| byte ^ place).take(32).collect();
    let keys: Vec<(_, Vec<u8>)> =
        ids.iter().map(|id| (id.parse().expect("a legal id"), secret(id))).collect();
    Keyring::new(keys).expect("good keys")
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(adjust: impl FnOnce(VerifierBuilder) -> VerifierBuilder) -> Self {
        Self::over(Arc::new(MemoryStore::new()), adjust)
    }

    pub(crate) fn over(
        store: Arc<dyn Store>,
        adjust: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
    ) -> Self {
        Self::on(store, Arc::new(ManualClock::at(1_800_000_000_000)), keyring(&["k1"]), adjust)
    }

    pub(crate) fn on(
        store: Arc<dyn Store>,
        clock: Arc<ManualClock>,
        keyring: Keyring,
        adjust: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
    ) -> Self {
        let sender = Arc::new(RecordingSender::default());
        let routes = Routes::all(&(Arc::clone(&sender) as Arc<dyn Sender>));
        let builder =
            Verifier::builder(Arc::clone(&store), keyring).clock(Arc::clone(&clock) as _).routes(routes);
        let verifier = adjust(builder).build().expect("the built-in texts are valid");
        Self { verifier, clock, sender, store }
    }

    /// The same database and time, after a restart with other secret keys.
    pub(crate) fn restarted(&self, ids: &[&str]) -> Self {
        Self::on(Arc::clone(&self.store), Arc::clone(&self.clock), keyring(ids), |builder| builder)
    }

    pub(crate) async fn start(&self) -> (SessionToken, String) {
        let session = self.try_start().await.expect("started");
        self.work().await;
        (session.token.expect("a session token"), self.code())
    }

    pub(crate) async fn try_start(&self) -> Result<Session, StartError> {
        self.verifier.start(StartRequest::new(phone())).await
    }

    pub(crate) async fn resend(&self, token: &SessionToken) -> Result<Session, StartError> {
        self.verifier.resend(ResendRequest::new(phone(), token.clone())).await
    }

    pub(crate) async fn check(&self, token: &SessionToken, code: &str) -> Outcome {
        self.verifier.check(CheckRequest::new(phone(), token.clone(), code)).await.expect("answered").outcome
    }

    pub(crate) async fn work(&self) -> usize {
        Worker::new(&self.verifier).run_once().await.expect("worked")
    }

    pub(crate) fn code(&self) -> String {
        self.sender.last_code(&phone()).expect("a message")
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

pub(crate) fn quick() -> Policy {
    Policy::builder().cooldown(Duration::ZERO).build().expect("a consistent policy")
}

pub(crate) const SMS: Channel = Channel::Sms;

/// A store whose records live in several places, as those of a sharded database do.
#[derive(Default)]
pub(crate) struct Partitioned(Arc<MemoryStore>);

#[async_trait]
impl AroundStore for Partitioned {
    fn inner(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::clone(&self.0) as _)
    }

    async fn on_apply(&self, keys: Keys, step: Step) -> Result<(), StoreError> {
        let recipients = usize::from(keys.ledgers.len() + keys.challenges.len() + keys.deliveries.len() > 0);
        assert!(recipients + keys.meters.len().min(1) <= 1, "one apply touches one place: {keys:?}");
        self.0.apply(keys, step).await
    }

    fn is_apart(&self) -> bool {
        true
    }
}
