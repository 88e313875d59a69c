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
    /// The records that a step works on; absent for what is no step.
    pub(crate) const fn keys(&self) -> Option<&Keys> {
        match self {
            Self::Apply { keys, .. } => Some(keys),
            _ => None,
        }
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
    /// Whether it need not be done any more: what nobody learns need not happen.
    pub(crate) fn is_over(&self) -> bool {
        self.caller.is_closed() || self.deadline.has_passed()
    }

    pub(crate) fn answer(self, reply: Reply) {
        // A caller who stopped waiting is no mistake.
        let _ = self.caller.send(reply);
    }
}
