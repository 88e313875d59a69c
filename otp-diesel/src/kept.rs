//! Rows that are known from one batch to the next.

use std::time::Duration;

use otp_service::Keys;

use crate::{deadline::Deadline, overlay::Overlay};

/// How long rows are kept for the next batch: a connection that was idle for longer may be dead, which reading finds out,
/// while a write that gets no answer may have been done.
pub(crate) const KEPT: Duration = Duration::from_millis(100);

/// Rows that no batch has at present.
#[derive(Default)]
pub(crate) struct Kept {
    rows: Overlay,
    until: Option<Deadline>,
}

impl Kept {
    /// Takes the rows under `keys`.
    pub(crate) fn take<'a>(&mut self, keys: impl Iterator<Item = &'a Keys>) -> Overlay {
        self.let_go();
        self.rows.take(keys)
    }

    /// Keeps the rows of a batch that was done; nothing at all where one was not.
    pub(crate) fn put(&mut self, rows: Option<Overlay>) {
        self.let_go();
        match rows {
            Some(rows) => self.rows.put(rows),
            None => self.rows = Overlay::default(),
        }
        self.until = Some(Deadline::after(KEPT));
    }

    fn let_go(&mut self) {
        if self.until.is_none_or(Deadline::has_passed) {
            self.rows = Overlay::default();
        }
    }
}
