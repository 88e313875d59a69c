//! Claiming. Races are in the conformance suites of stores.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use otp_core::{Channel, Keyring};
use otp_service::{
    ClaimError, Event, EventKind, Events, ManualClock, MemoryStore, PROOF_LIFE, ProofError, Store, Verifier,
};

use crate::support::{AUDIENCE, ISSUER, keyring, name, namespace, now, phone, signup};

#[derive(Default)]
struct Recorded(Mutex<Vec<EventKind>>);

impl Events for Recorded {
    fn record(&self, event: &Event) {
        self.0.lock().expect("no panic").push(event.kind.clone());
    }
}

struct Host {
    verifier: Verifier,
    clock: Arc<ManualClock>,
    events: Arc<Recorded>,
}

impl Host {
    fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()), keyring(&["k1"]))
    }

    fn on(store: Arc<dyn Store>, keyring: Keyring) -> Self {
        let (clock, events) = (Arc::new(ManualClock::at(now().as_millis())), Arc::new(Recorded::default()));
        let builder = Verifier::builder(store, keyring).clock(clock.clone()).events(events.clone());
        let builder = builder.issuer(ISSUER).audience(AUDIENCE).namespace(namespace());
        Self { verifier: builder.build().expect("valid texts"), clock, events }
    }

    fn proof(&self) -> String {
        self.verifier.proofs().sign(&signup(), &phone(), Channel::Sms, self.verifier.now()).expect("signed")
    }

    /// `None` where it was claimed.
    async fn claim(&self, proof: &str, purpose: &str) -> Option<ClaimError> {
        self.verifier.claim(proof, &name(purpose)).await.err()
    }
}

#[tokio::test]
async fn a_proof_opens_often_and_is_claimed_once() {
    let host = Host::new();
    let proof = host.proof();
    assert_eq!(host.verifier.open(&proof, &signup()), host.verifier.open(&proof, &signup()));
    let claims = host.verifier.claim(&proof, &signup()).await.expect("the first claim");
    assert_eq!((claims.recipient(), claims.channel()), (&phone(), Channel::Sms));
    assert!(matches!(host.claim(&proof, "signup").await, Some(ClaimError::AlreadyClaimed)));
    assert!(host.verifier.open(&proof, &signup()).is_ok(), "it still says what it says");
    assert!(host.claim(&host.proof(), "signup").await.is_none(), "another one");
    let found = host.events.0.lock().expect("no panic").clone();
    let claimed = |is_first| EventKind::Claimed { is_first };
    assert_eq!(found, [claimed(true), claimed(false), claimed(true)]);
}

#[tokio::test]
async fn what_does_not_open_is_not_claimed() {
    let host = Host::new();
    let proof = host.proof();
    let invalid = async |proof: &str, purpose: &str| match host.claim(proof, purpose).await {
        Some(ClaimError::Invalid(reason)) => reason,
        found => panic!("{found:?}"),
    };
    assert_eq!(invalid(&proof, "login").await, ProofError::WrongUse);
    assert_eq!(invalid(&proof[1..], "signup").await, ProofError::Malformed);
    host.clock.set(now() - Duration::from_secs(31));
    assert_eq!(invalid(&proof, "signup").await, ProofError::NotYetValid);
    host.clock.set(now() + PROOF_LIFE);
    assert_eq!(invalid(&proof, "signup").await, ProofError::Expired);
    host.clock.set(now());
    assert!(host.claim(&proof, "signup").await.is_none(), "none of these claimed it");
}

#[tokio::test]
async fn rotation_allows_no_second_claim() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let before = Host::on(Arc::clone(&store), keyring(&["k1"]));
    let after = Host::on(Arc::clone(&store), keyring(&["k2", "k1"]));
    let removed = Host::on(store, keyring(&["k2"]));
    let (first, second) = (before.proof(), before.proof());
    assert!(before.claim(&first, "signup").await.is_none());
    assert!(matches!(after.claim(&first, "signup").await, Some(ClaimError::AlreadyClaimed)));
    assert!(after.claim(&second, "signup").await.is_none());
    assert!(matches!(before.claim(&second, "signup").await, Some(ClaimError::AlreadyClaimed)));
    let found = removed.claim(&before.proof(), "signup").await;
    assert!(matches!(found, Some(ClaimError::Invalid(ProofError::UnknownKey))), "{found:?}");
}
