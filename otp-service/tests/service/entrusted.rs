//! A provider that makes and checks the codes itself: the same limits, the same answers.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use otp_core::{Channel, FailureClass, Outcome, Recipient, SessionToken, Verdict};
use otp_service::{
    Address, CheckError, CheckRequest, CodeProvider, Message, Receipt, Routes, SendError, Sender,
    StartRequest,
};
use tokio::task::JoinSet;

use crate::support::{SMS, Service, phone, quick, wrong};

const CODE: &str = "424242";

/// Makes the same code for everybody, and keeps no count of guesses.
#[derive(Default)]
struct Owner {
    is_down: Mutex<bool>,
    sent: AtomicUsize,
    asked: AtomicUsize,
    canceled: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Sender for Owner {
    fn name(&self) -> &str {
        "owner"
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        Ok(Receipt { reference: Some("verification-1".to_owned()) })
    }

    fn codes(&self) -> Option<&dyn CodeProvider> {
        Some(self)
    }
}

#[async_trait::async_trait]
impl CodeProvider for Owner {
    async fn check(&self, reference: &str, to: &Recipient, code: &str) -> Result<Verdict, SendError> {
        assert_eq!((reference, to), ("verification-1", &phone()));
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        if *self.is_down.lock().expect("no panic before") {
            return Err(SendError::new("owner", FailureClass::Transient));
        }
        Ok(if code == CODE { Verdict::Right } else { Verdict::Wrong })
    }

    async fn cancel(&self, reference: &str) -> Result<(), SendError> {
        self.canceled.lock().expect("no panic before").push(reference.to_owned());
        Ok(())
    }
}

struct Story {
    service: Arc<Service>,
    owner: Arc<Owner>,
    token: SessionToken,
}

impl Story {
    async fn new() -> Self {
        let owner = Arc::new(Owner::default());
        let through: Arc<dyn Sender> = Arc::clone(&owner) as _;
        let routes = Routes::default().with(SMS, through);
        let service = Service::with(|builder| builder.policy(quick()).routes(routes));
        let token = service.try_start().await.expect("started").token.expect("a token");
        service.work().await;
        Self { service: Arc::new(service), owner, token }
    }

    /// Many guesses at once.
    async fn race(&self, codes: impl IntoIterator<Item = &'static str>) -> Vec<Outcome> {
        let guess = |code: &'static str| {
            let (service, token) = (Arc::clone(&self.service), self.token.clone());
            async move { service.check(&token, code).await }
        };
        codes.into_iter().map(guess).collect::<JoinSet<_>>().join_all().await
    }
}

#[tokio::test]
async fn the_providers_code_verifies_once_and_brings_a_proof() {
    let story = Story::new().await;
    assert_eq!(story.service.check(&story.token, wrong(CODE)).await, Outcome::Wrong { checks_left: 4 });
    let request = CheckRequest::new(phone(), story.token.clone(), "424 242");
    let checked = story.service.verifier.check(request).await.expect("answered");
    assert_eq!(checked.outcome, Outcome::Verified);
    assert!(checked.proof.is_some());
    assert_eq!(story.service.check(&story.token, CODE).await, Outcome::AlreadyVerified);
}

#[tokio::test]
async fn no_more_guesses_reach_the_provider_than_allowed() {
    let story = Story::new().await;
    let outcomes = story.race(["000000"; 64]).await;
    let answered = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Wrong { .. })).count();
    assert_eq!((answered, story.owner.asked.load(Ordering::Relaxed)), (5, 5), "{outcomes:?}");
    assert_eq!(story.service.check(&story.token, CODE).await, Outcome::TooManyChecks);
}

#[tokio::test]
async fn the_right_code_succeeds_once_however_many_give_it() {
    let story = Story::new().await;
    let outcomes = story.race([CODE; 64]).await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Verified).count(), 1, "{outcomes:?}");
}

#[tokio::test]
async fn a_provider_that_is_down_decides_nothing_and_costs_no_guess() {
    let story = Story::new().await;
    *story.owner.is_down.lock().expect("no panic before") = true;
    for _ in 0..10 {
        let request = CheckRequest::new(phone(), story.token.clone(), CODE);
        let failed = story.service.verifier.check(request).await;
        assert!(matches!(failed, Err(CheckError::Provider)), "{failed:?}");
    }
    *story.owner.is_down.lock().expect("no panic before") = false;
    assert_eq!(story.service.check(&story.token, CODE).await, Outcome::Verified);
}

#[tokio::test]
async fn what_is_bound_to_something_else_is_wrong_whatever_the_provider_says() {
    let story = Story::new().await;
    let request = CheckRequest::new(phone(), story.token.clone(), CODE).context(b"another payment");
    let checked = story.service.verifier.check(request).await.expect("answered");
    assert_eq!(checked.outcome, Outcome::Wrong { checks_left: 4 });
    assert_eq!(story.owner.asked.load(Ordering::Relaxed), 0, "nobody was asked");
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_verification_ends_at_the_provider_too() {
    let story = Story::new().await;
    let address = story.token.clone().into();
    let canceled = story.service.verifier.cancel(&Default::default(), &phone(), &address).await;
    assert_eq!(canceled.expect("durable"), Ok(()));
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    assert_eq!(*story.owner.canceled.lock().expect("no panic before"), ["verification-1"]);
    assert_eq!(story.service.check(&story.token, CODE).await, Outcome::Mismatch);
}

#[tokio::test]
async fn a_code_that_is_sent_again_is_still_the_providers_to_check() {
    let story = Story::new().await;
    story.service.resend(&story.token).await.expect("resent");
    assert_eq!(
        story.service.check(&story.token, CODE).await,
        Outcome::Verified,
        "before the second message left"
    );
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_loses_no_verdict() {
    let story = Story::new().await;
    let (service, token) = (Arc::clone(&story.service), story.token.clone());
    let caller = tokio::spawn(async move { service.check(&token, CODE).await });
    while story.owner.asked.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    assert_eq!(story.service.check(&story.token, CODE).await, Outcome::AlreadyVerified);
}

/// A provider that answers for some and not for others would tell who is known.
#[tokio::test]
async fn where_nobody_may_learn_who_is_known_codes_are_ours() {
    let story = Story::new().await;
    let verifier = &story.service.verifier;
    let other = Recipient::parse("+14155550124").expect("a valid number");
    verifier.start(StartRequest::new(other.clone()).by_recipient().discreet(true)).await.expect("started");
    story.service.work().await;
    let asked = story.owner.asked.load(Ordering::Relaxed);
    *story.owner.is_down.lock().expect("no panic before") = true;
    let guess = CheckRequest::new(other, Address::Recipient, CODE).discreet();
    let checked = verifier.check(guess).await.expect("answered, whatever the provider does");
    assert_eq!(checked.outcome, Outcome::Wrong { checks_left: 4 });
    assert_eq!(story.owner.asked.load(Ordering::Relaxed), asked, "nobody was asked");
    assert_eq!(story.owner.sent.load(Ordering::Relaxed), 1, "and it did not send the message");
}
