//! A proof counts once, whoever brings it where.

use std::sync::Arc;

use otp_core::{CLAIM_MARGIN, Channel, Keyring, Purpose};
use tokio::task::JoinSet;

use super::samples::phone;
use crate::{ClaimError, ManualClock, PROOF_LIFE, Retention, Verifier, store::Store};

const CALLERS: usize = 64;

/// A process whose ring has these keys, the first of which signs.
fn process(store: &Arc<dyn Store>, ids: &[&str]) -> Verifier {
    let secrets =
        ids.iter().map(|id| (id.parse().expect("a legal id"), id.bytes().cycle().take(32).collect()));
    let clock = Arc::new(ManualClock::at(1_800_000_000_000)); // it stands still
    let keyring = Keyring::new(secrets).expect("good keys");
    let verifier = Verifier::builder(Arc::clone(store), keyring).clock(clock).build();
    verifier.expect("the built-in texts are valid")
}

pub(super) async fn a_proof_is_claimed_once(store: Arc<dyn Store>) {
    // In the middle of a rotation: another key is first here than there.
    let old = process(&store, &["old-key", "new-key"]);
    let new = process(&store, &["new-key", "old-key"]);
    let purpose = Purpose::default();
    let proof = old.proofs().sign(&purpose, &phone(), Channel::Sms, old.now()).expect("signed");
    let claims = (0..CALLERS).map(|caller| {
        let verifier = if caller % 2 == 0 { old.clone() } else { new.clone() };
        let (proof, purpose) = (proof.clone(), purpose.clone());
        async move { verifier.claim(&proof, &purpose).await }
    });
    let found = claims.collect::<JoinSet<_>>().join_all().await;
    let claimed: Vec<_> = found.iter().filter_map(|claim| claim.as_ref().ok()).collect();
    assert_eq!(claimed.len(), 1, "a proof is claimed exactly once: {found:?}");
    assert_eq!(claimed[0].recipient(), &phone());
    let refused = found.iter().filter(|claim| matches!(claim, Err(ClaimError::AlreadyClaimed))).count();
    assert_eq!(refused, CALLERS - 1, "{found:?}");

    // A process whose clock is a day ahead of the others' purges.
    let now = new.now() + PROOF_LIFE + CLAIM_MARGIN;
    store.purge(Retention { before: now, now }, 100).await.expect("purged");
    let again = new.claim(&proof, &purpose).await;
    assert!(matches!(again, Err(ClaimError::AlreadyClaimed)), "{again:?}");

    let other = old.proofs().sign(&purpose, &phone(), Channel::Sms, new.now()).expect("signed");
    assert!(
        new.claim(&other, &purpose).await.is_ok(),
        "another proof of the same recipient is another claim"
    );
}
