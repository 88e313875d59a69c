//! The guarantees, under races of a whole service on the store.

use std::{sync::Arc, time::Duration};

use otp_core::{Outcome, Policy, Refusal, SessionToken};
use tokio::task::JoinSet;

use super::samples::{keyring, phone};
use crate::{
    CheckRequest, ManualClock, RecordingSender, ResendRequest, Routes, Sender, StartError, StartRequest,
    Verifier, Worker, store::Store,
};

const CALLERS: usize = 64;

struct Service {
    verifier: Verifier,
    sender: Arc<RecordingSender>,
}

impl Service {
    fn new(store: Arc<dyn Store>, policy: Policy) -> Self {
        let sender = Arc::new(RecordingSender::default());
        let through: Arc<dyn Sender> = Arc::clone(&sender) as _;
        let verifier = Verifier::builder(store, keyring())
            .policy(policy)
            .clock(Arc::new(ManualClock::at(1_800_000_000_000)))
            .routes(Routes::all(&through))
            .build()
            .expect("the built-in texts are valid");
        Self { verifier, sender }
    }

    async fn start(&self) -> (SessionToken, String) {
        let session = self.verifier.start(StartRequest::new(phone())).await.expect("started");
        Worker::new(&self.verifier).run_once().await.expect("sent");
        (session.token.expect("a session token"), self.sender.last_code(&phone()).expect("a message"))
    }

    fn check(&self, token: &SessionToken, code: &str) -> impl Future<Output = Outcome> + Send + 'static {
        let (verifier, request) = (self.verifier.clone(), CheckRequest::new(phone(), token.clone(), code));
        async move { verifier.check(request).await.expect("answered").outcome }
    }
}

fn policy() -> Policy {
    Policy::builder().cooldown(Duration::ZERO).sends_per_hour(3).build().expect("a consistent policy")
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

async fn outcomes(
    checks: impl Iterator<Item = impl Future<Output = Outcome> + Send + 'static>,
) -> Vec<Outcome> {
    checks.collect::<JoinSet<_>>().join_all().await
}

pub(super) async fn wrong_codes_are_bounded(store: Arc<dyn Store>) {
    let service = Service::new(store, policy());
    let (token, code) = service.start().await;
    let found = outcomes((0..CALLERS).map(|_| service.check(&token, wrong(&code)))).await;
    let answered = found.iter().filter(|outcome| matches!(outcome, Outcome::Wrong { .. })).count();
    assert_eq!(answered, 5, "G1: exactly max_checks guesses are answered: {found:?}");
    let refused = found.iter().filter(|outcome| **outcome == Outcome::TooManyChecks).count();
    assert_eq!(refused, CALLERS - 5, "{found:?}");
    assert_eq!(service.check(&token, &code).await, Outcome::TooManyChecks, "the right code comes too late");
}

pub(super) async fn the_right_code_succeeds_once(store: Arc<dyn Store>) {
    let service = Service::new(store, policy());
    let (token, code) = service.start().await;
    let found = outcomes((0..CALLERS).map(|_| service.check(&token, &code))).await;
    let successes = found.iter().filter(|outcome| **outcome == Outcome::Verified).count();
    assert_eq!(successes, 1, "G2: {found:?}");
    assert!(found.iter().all(|outcome| matches!(outcome, Outcome::Verified | Outcome::AlreadyVerified)));
}

pub(super) async fn the_right_code_is_never_lost(store: Arc<dyn Store>) {
    let service = Service::new(store, policy());
    let (token, code) = service.start().await;
    let guesses = [wrong(&code), wrong(&code), &code, wrong(&code), wrong(&code)];
    let found = outcomes(guesses.into_iter().map(|guess| service.check(&token, guess))).await;
    assert_eq!(found.iter().filter(|outcome| **outcome == Outcome::Verified).count(), 1, "{found:?}");
}

pub(super) async fn sends_are_bounded(store: Arc<dyn Store>) {
    let service = Service::new(store, policy());
    let starts = (0..CALLERS).map(|_| {
        let verifier = service.verifier.clone();
        async move { verifier.start(StartRequest::new(phone())).await }
    });
    let found = starts.collect::<JoinSet<_>>().join_all().await;
    let admitted = found.iter().filter(|started| started.is_ok()).count();
    assert_eq!(admitted, 3, "G4: as many as the budget of an hour");
    let throttled = |error: &StartError| matches!(error, StartError::Refused(Refusal::Throttled { .. }));
    assert!(found.iter().filter_map(|started| started.as_ref().err()).all(throttled), "{found:?}");
    Worker::new(&service.verifier).run_once().await.expect("sent");
    assert_eq!(
        service.sender.messages().len(),
        1,
        "of three challenges one is live, and only its code is sent"
    );
}

pub(super) async fn an_old_code_dies_with_its_generation(store: Arc<dyn Store>) {
    let service = Service::new(store, policy());
    let (token, old) = service.start().await;
    let renew = {
        let verifier = service.verifier.clone();
        let request = ResendRequest::new(phone(), token.clone()).channel(otp_core::Channel::Voice);
        async move { verifier.resend(request).await.is_ok() }
    };
    let renew = tokio::spawn(renew);
    let old_won = service.check(&token, &old).await == Outcome::Verified;
    let renewed = renew.await.expect("the resend ends");
    assert!(
        old_won != renewed,
        "either the old code succeeded or a new generation began: {old_won} {renewed}"
    );
    if renewed {
        Worker::new(&service.verifier).run_once().await.expect("sent");
        let new = service.sender.last_code(&phone()).expect("a message");
        if new != old {
            assert!(
                matches!(service.check(&token, &old).await, Outcome::Wrong { .. }),
                "the old code is dead"
            );
        }
        assert_eq!(service.check(&token, &new).await, Outcome::Verified);
    }
}
