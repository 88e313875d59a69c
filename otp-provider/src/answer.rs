//! [`Answer`]: what a provider said.

use std::{fmt, time::Duration};

use otp_service::SendError;
use serde::de::DeserializeOwned;

use crate::{CallError, class_of_status};

/// What a provider said. Its body may quote numbers and texts, so `Debug` shows the status and the length only.
#[derive(Clone)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is a 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The pause it asks for, a day at most.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The body; empty where that of an error could not be read whole.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON; `None` where it is not that, or has another shape.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether it says, to a probe, something of the account: a 2xx, or that the credentials are refused. What stands in
    /// for a provider may have the sending alone, and answers the rest with anything.
    #[must_use]
    pub const fn tells_of_account(&self) -> bool {
        self.is_success() || matches!(self.status, 401 | 403)
    }

    /// What the answer means by its status alone, for one without an error code: for a 2xx, that it cannot be read.
    #[must_use]
    pub fn failure(&self, sender: &str) -> SendError {
        if self.is_success() {
            return CallError::Unreadable.of(sender);
        }
        let failure =
            SendError::new(sender, class_of_status(self.status)).code(format!("http_{}", self.status));
        match self.retry_after {
            Some(pause) => failure.retry_after(pause),
            None => failure,
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}
