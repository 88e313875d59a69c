//! What callers ask of the writer.

use std::time::Duration;

use otp_core::{LedgerKey, Namespace, Timestamp};
use otp_service::{Claimed, Keys, Retention, Step, StoreError};
use tokio::sync::oneshot;

use crate::{deadline::Deadline, purged::Purged};

/// One caller's work. It may run more than once, until a run is committed.
pub(crate) enum Work {
    /// Run a step on some records.
    Apply { keys: Keys, step: Step },
    /// Hand out deliveries that are due.
    Claim { namespace: Namespace, now: Timestamp, lease: Duration, limit: usize },
    /// Delete records that were found to be over.
    Purge { table: Purged, retention: Retention, keys: Vec<Vec<u8>> },
    /// Delete what is under some ledgers.
    Forget { ledgers: Vec<LedgerKey> },
}

impl Work {
    /// A number that is the same for work on the same ledger; absent for what concerns many.
    pub(crate) fn shard(&self) -> Option<u64> {
        let Self::Apply { keys, .. } = self else { return None };
        let ledger = keys.ledgers.first().map(|key| key.as_bytes());
        let challenge = || keys.challenges.first().or(keys.deliveries.first()).map(|key| key.as_bytes());
        let meter = || keys.meters.first().map(|key| key.as_bytes());
        let reply = || keys.replies.first().map(|key| key.as_bytes());
        let claim = || keys.claims.first().map(|key| key.as_bytes());
        let key = ledger.or_else(challenge).or_else(meter).or_else(reply).or_else(claim);
        // Keys are hashes: any of their bytes will do.
        Some(key.and_then(|key| key.first_chunk()).map_or(0, |bytes| u64::from_be_bytes(*bytes)))
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Answer {
    Applied,
    Claimed(Vec<Claimed>),
    Deleted(usize),
}

/// What a caller is told.
pub(crate) type Reply = Result<Answer, StoreError>;

/// Work, until when to begin it, and whom to answer.
pub(crate) struct Job {
    pub(crate) work: Work,
    pub(crate) deadline: Deadline,
    pub(crate) caller: oneshot::Sender<Reply>,
}

impl Job {
    pub(crate) fn answer(self, reply: Reply) {
        // A caller who stopped waiting is no mistake.
        let _ = self.caller.send(reply);
    }
}
