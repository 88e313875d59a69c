//! What is purged, and how fast.

use std::time::Duration;

/// Keys looked for at a time. They are deleted in the order in which rows lie: the more of them, the more of those that
/// follow each other are on one page.
pub(crate) const FOUND_AT_ONCE: usize = 20_000;

/// How long one transaction of a purge may take: about so long those wait who want the same writer, or the same disk.
const TURN: Duration = Duration::from_millis(25);
/// Rows of a transaction. With fewer, most of its time is the commit's.
const FEWEST: usize = 200;
const MOST: usize = 800;

/// The tables that rows are purged from, in this order; deliveries go with their challenges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purged {
    Challenges,
    Ledgers,
    Meters,
    Replies,
    Claims,
}

impl Purged {
    pub(crate) const ALL: [Self; 5] =
        [Self::Challenges, Self::Ledgers, Self::Meters, Self::Replies, Self::Claims];
}

/// How many rows are deleted in one transaction: as many as a turn is long enough for.
#[derive(Debug)]
pub(crate) struct Pace {
    rows: usize,
    has_one_writer: bool,
}

impl Pace {
    pub(crate) const fn new(has_one_writer: bool) -> Self {
        Self { rows: FEWEST, has_one_writer }
    }

    /// Rows of the next transaction.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Learns from how long the last one took, and returns the pause after it: what has come meanwhile is done first
    /// where everybody waits for one writer.
    pub(crate) fn pause(&mut self, taken: Duration) -> Duration {
        if taken > TURN {
            self.rows = (self.rows / 2).max(FEWEST);
        } else if taken < TURN / 2 {
            self.rows = (self.rows * 2).min(MOST);
        }
        if self.has_one_writer { taken.min(TURN) / 4 } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_grow_while_they_are_short_and_shrink_when_they_are_long() {
        let mut pace = Pace::new(true);
        let mut rows = |taken: Duration| {
            let pause = pace.pause(taken);
            (pace.rows(), pause)
        };
        let (short, right, long) = (TURN / 4, TURN * 3 / 4, TURN * 10);
        for (taken, then) in [
            (right, FEWEST),
            (short, 2 * FEWEST),
            (short, 4 * FEWEST),
            (short, MOST),
            (right, MOST),
            (long, MOST / 2),
            (long, MOST / 4),
            (long, FEWEST),
        ] {
            assert_eq!(rows(taken), (then, taken.min(TURN) / 4));
        }
        assert_eq!(Pace::new(false).pause(right), Duration::ZERO, "others have writers of their own");
    }
}
