//! Batches of a queue, with a moment's wait for callers who have just been answered.
//!
//! Callers who call again as soon as they are answered would else take turns: the first to be back has a commit of its own,
//! for which all others wait. The wait is short beside the batch before, is made only right after that, and seldom where
//! nobody came.

use std::{sync::mpsc::Receiver, thread, time::Duration};

use tokio::time::Instant;

/// One look for more callers takes this part of the time of the batch before.
const LOOK: u32 = 16;
/// All of them take this part.
const LOOKS: u32 = 4;
/// Most batches without a wait, after waits in vain.
const MOST_SKIPPED: u32 = 64;

pub(crate) struct Gathering {
    /// Of one batch.
    most: usize,
    /// Callers of the last batch, when they were answered, and how long that took.
    answered: usize,
    at: Instant,
    took: Duration,
    /// Batches still to go without a wait, and how many that will be after the next one in vain.
    skipped: u32,
    next_skipped: u32,
}

impl Gathering {
    /// Of batches of up to `most`.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, answered: 0, at: Instant::now(), took: Duration::ZERO, skipped: 0, next_skipped: 1 }
    }

    /// The next batch, once there is one; none when the queue is closed and empty.
    pub(crate) fn next<T>(&mut self, queue: &Receiver<T>) -> Option<Vec<T>> {
        let mut batch: Vec<T> = queue.try_iter().take(self.most).collect();
        // Who waited while the others were answered, and those others.
        let expected = self.most.min(self.answered + batch.len());
        if batch.is_empty() {
            batch.push(queue.recv().ok()?);
            self.take(&mut batch, queue);
        }
        if batch.len() < expected && self.at.elapsed() <= self.took {
            self.wait(&mut batch, queue, expected);
        }
        Some(batch)
    }

    /// A batch of so many callers took so long.
    pub(crate) fn answered(&mut self, callers: usize, took: Duration) {
        (self.answered, self.at, self.took) = (callers, Instant::now(), took);
    }

    fn wait<T>(&mut self, batch: &mut Vec<T>, queue: &Receiver<T>, expected: usize) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let (begun, at_first) = (Instant::now(), batch.len());
        loop {
            let before = batch.len();
            thread::sleep(self.took / LOOK);
            self.take(batch, queue);
            if batch.len() == before || batch.len() >= expected || begun.elapsed() >= self.took / LOOKS {
                break;
            }
        }
        if batch.len() > at_first {
            self.next_skipped = 1;
        } else {
            self.skipped = self.next_skipped;
            self.next_skipped = (self.next_skipped * 2).min(MOST_SKIPPED);
        }
    }

    fn take<T>(&self, batch: &mut Vec<T>, queue: &Receiver<T>) {
        batch.extend(queue.try_iter().take(self.most - batch.len()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const TOOK: Duration = Duration::from_millis(400);

    #[test]
    fn callers_who_were_just_answered_are_waited_for() {
        let (sender, queue) = channel();
        let mut gathering = Gathering::new(10);
        gathering.answered(2, TOOK);
        sender.send(1).expect("a queue");
        let late = {
            let sender = sender.clone();
            thread::spawn(move || {
                thread::sleep(TOOK / 40);
                sender.send(2).expect("a queue");
            })
        };
        assert_eq!(gathering.next(&queue), Some(vec![1, 2]), "one look is {:?}", TOOK / LOOK);
        late.join().expect("it sent");
        drop(sender);
        assert_eq!(gathering.next(&queue), None);
    }

    #[test]
    fn nobody_is_waited_for_where_all_are_there_or_have_left() {
        let (sender, queue) = channel();
        let mut gathering = Gathering::new(3);
        let mut next = |answered: Option<usize>, came: usize| {
            (0..came).for_each(|_| sender.send(()).expect("a queue"));
            if let Some(callers) = answered {
                gathering.answered(callers, TOOK);
            }
            let begun = Instant::now();
            let batch = gathering.next(&queue).expect("a batch").len();
            (batch, begun.elapsed() >= TOOK / LOOK)
        };
        assert_eq!(next(None, 1), (1, false), "the first of all");
        assert_eq!(next(Some(1), 4), (3, false), "more than a batch");
        thread::sleep(TOOK + TOOK / 10);
        assert_eq!(next(None, 0), (1, false), "long after");
        for (waits, number) in [(true, 1), (false, 2), (true, 3), (false, 4), (false, 5), (true, 6)] {
            assert_eq!(next(Some(2), 1), (1, waits), "in vain, {number}");
        }
    }
}
