//! Starts and checks whose caller may not learn whether anybody is there.

use std::sync::Arc;

use otp_core::{Outcome, Recipient, Refusal};
use otp_service::{
    Address, CheckRequest, DeliveryMode, MemoryStore, RecordingSender, StartError, StartRequest,
};

use crate::support::{Service, phone, wrong};

impl Service {
    async fn begin(&self, is_known: bool) -> Result<(), StartError> {
        let start = StartRequest::new(phone()).by_recipient().discreet(is_known);
        self.verifier.start(start).await.map(drop)
    }

    async fn guess(&self, code: &str) -> Outcome {
        let check = CheckRequest::new(phone(), Address::Recipient, code).discreet();
        self.verifier.check(check).await.expect("answered").outcome
    }
}

fn sent(sender: &RecordingSender, to: &Recipient) -> usize {
    sender.messages().iter().filter(|message| message.to == *to).count()
}

#[tokio::test]
async fn nothing_is_sent_to_strangers_and_everything_counts() {
    let service = Service::new();
    service.begin(false).await.expect("started");
    assert_eq!(service.work().await, 1, "its message is claimed like any other");
    assert_eq!(sent(&service.sender, &phone()), 0, "and not sent");
    let refused = service.begin(false).await;
    assert!(matches!(refused, Err(StartError::Refused(Refusal::Throttled { .. }))), "{refused:?}");
    for checks_left in (0..5).rev() {
        assert_eq!(service.guess("x").await, Outcome::Wrong { checks_left });
    }
    assert_eq!(service.guess("x").await, Outcome::TooManyChecks);
}

#[tokio::test]
async fn guesses_count_where_nothing_was_started() {
    let service = Service::new();
    for checks_left in (0..5).rev() {
        assert_eq!(service.guess("x").await, Outcome::Wrong { checks_left });
    }
    assert_eq!(service.guess("x").await, Outcome::TooManyChecks);
    assert_eq!(service.work().await, 0, "nothing is queued");
    service.begin(true).await.expect("no send was spent");
    service.work().await;
    assert_eq!(service.guess(&service.code()).await, Outcome::Verified);
    let discreet =
        CheckRequest::new(Recipient::parse("+14155550124").expect("valid"), Address::Recipient, "x");
    let checked = service.verifier.check(discreet).await.expect("answered");
    assert_eq!(checked.outcome, Outcome::Mismatch, "without the option nothing counts");
}

/// A stranger's challenge becomes a real one with a code of its own.
#[tokio::test]
async fn a_stranger_who_becomes_known_gets_a_new_code() {
    let service = Service::new();
    service.begin(false).await.expect("started");
    service.guess("x").await;
    service.advance(60);
    service.begin(true).await.expect("started");
    service.work().await;
    let code = service.code();
    assert_eq!(service.guess(wrong(&code)).await, Outcome::Wrong { checks_left: 3 }, "guesses stay counted");
    assert_eq!(service.guess(&code).await, Outcome::Verified);
    service.advance(60);
    service.begin(false).await.expect("started");
    assert!(
        matches!(service.guess(&code).await, Outcome::Wrong { .. }),
        "known no longer, so opened no longer"
    );
}

#[tokio::test]
async fn a_right_code_is_right_until_it_ends() {
    let service = Service::new();
    service.begin(true).await.expect("started");
    service.work().await;
    let code = service.code();
    assert_eq!(service.guess(&code).await, Outcome::Verified);
    assert_eq!(service.guess(wrong(&code)).await, Outcome::Wrong { checks_left: 3 });
    assert_eq!(service.guess(&code).await, Outcome::Verified);
    service.advance(600);
    assert!(matches!(service.guess(&code).await, Outcome::Wrong { .. }));
}

#[tokio::test]
async fn nobody_waits_for_the_provider() {
    let service = Service::with(|verifier| verifier.delivery(DeliveryMode::Inline));
    service.begin(true).await.expect("started");
    assert_eq!(sent(&service.sender, &phone()), 0);
    service.work().await;
    assert_eq!(service.guess(&service.code()).await, Outcome::Verified);
}

#[tokio::test]
async fn counts_survive_new_keys() {
    let service = Service::over(Arc::new(MemoryStore::new()), |verifier| verifier);
    service.guess("x").await;
    let restarted = service.restarted(&["k2", "k1"]);
    assert_eq!(restarted.guess("x").await, Outcome::Wrong { checks_left: 3 });
}
