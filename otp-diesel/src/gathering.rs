//! A moment's wait for callers who have just been answered.
//!
//! Callers who call again as soon as they are answered would else take turns: the first to be back has a commit of its own,
//! for which all others wait. The wait is short beside the batch before, is made only right after that, and seldom where
//! nobody came.

use std::{thread, time::Duration};

use tokio::time::Instant;

/// One look for more callers takes this part of the time of the batch before.
const LOOK: u32 = 16;
/// All of them take this part.
const LOOKS: u32 = 4;
/// Most batches without a wait, after waits in vain.
const MOST_SKIPPED: u32 = 64;

/// Decides when to wait.
pub(crate) struct Gathering {
    /// Callers who were answered or waited when the last batch was done, when that was, and how long it took.
    expected: usize,
    at: Instant,
    took: Duration,
    /// Batches still to go without a wait, and how many that will be after the next one in vain.
    skipped: u32,
    next_skipped: u32,
}

impl Gathering {
    pub(crate) fn new() -> Self {
        Self { expected: 0, at: Instant::now(), took: Duration::ZERO, skipped: 0, next_skipped: 1 }
    }

    /// A batch took so long; so many callers were answered or wait.
    pub(crate) fn answered(&mut self, callers: usize, took: Duration) {
        (self.expected, self.at, self.took) = (callers, Instant::now(), took);
    }

    /// The wait before a batch of up to `most` jobs, `there` of which are there.
    pub(crate) fn wait(&mut self, there: usize, most: usize) -> Option<Wait> {
        let expected = self.expected.min(most);
        if there >= expected || self.at.elapsed() > self.took {
            return None;
        }
        if self.skipped > 0 {
            self.skipped -= 1;
            return None;
        }
        Some(Wait { there, expected, took: self.took })
    }

    /// A wait is over, and somebody came or nobody.
    pub(crate) fn waited(&mut self, somebody_came: bool) {
        if somebody_came {
            self.next_skipped = 1;
        } else {
            self.skipped = self.next_skipped;
            self.next_skipped = (self.next_skipped * 2).min(MOST_SKIPPED);
        }
    }
}

/// A wait for more jobs.
pub(crate) struct Wait {
    there: usize,
    expected: usize,
    took: Duration,
}

impl Wait {
    /// Waits while more come, as `count` tells, and returns whether any did.
    pub(crate) fn run(self, count: impl Fn() -> usize) -> bool {
        let (begun, mut there) = (Instant::now(), self.there);
        loop {
            let before = there;
            thread::sleep(self.took / LOOK);
            there = count();
            if there <= before || there >= self.expected || begun.elapsed() >= self.took / LOOKS {
                return there > self.there;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const TOOK: Duration = Duration::from_millis(400);

    #[test]
    fn callers_who_were_just_answered_are_waited_for() {
        let mut gathering = Gathering::new();
        gathering.answered(4, TOOK);
        let counts = Cell::new(1);
        let more = || {
            counts.set(counts.get() + 1);
            counts.get()
        };
        let begun = Instant::now();
        assert!(gathering.wait(1, 10).expect("others were answered as well").run(more));
        assert_eq!(counts.get(), 4, "until all are there");
        let waited = begun.elapsed();
        assert!(waited >= TOOK / LOOK * 3 && waited < TOOK, "{waited:?}");
    }

    #[test]
    fn nobody_is_waited_for_where_all_are_there_or_have_left() {
        let mut gathering = Gathering::new();
        assert!(gathering.wait(1, 3).is_none(), "the first of all");
        gathering.answered(5, TOOK);
        assert!(gathering.wait(3, 3).is_none(), "a whole batch");
        thread::sleep(TOOK + TOOK / 10);
        assert!(gathering.wait(1, 3).is_none(), "long after");
        for (waits, number) in [(true, 1), (false, 2), (true, 3), (false, 4), (false, 5), (true, 6)] {
            gathering.answered(2, TOOK);
            let wait = gathering.wait(1, 3);
            assert_eq!(wait.is_some(), waits, "in vain, {number}");
            if let Some(wait) = wait {
                let came = wait.run(|| 1);
                assert!(!came);
                gathering.waited(came);
            }
        }
    }
}
