//! Which records are being worked on, by which writer.

use std::collections::{HashSet, VecDeque};

use otp_service::Keys;

use crate::job::Job;

/// A record of any kind: the number of the kind, and the key.
type AnyKey = (u8, [u8; 32]);

/// The records of each writer's batch.
pub(crate) struct Busy {
    batches: Vec<HashSet<AnyKey>>,
}

impl Busy {
    /// Of so many writers.
    pub(crate) fn of(writers: usize) -> Self {
        Self { batches: vec![HashSet::new(); writers] }
    }

    /// How many of the jobs that wait may be done now, up to `most`.
    pub(crate) fn free(&self, waiting: &VecDeque<Job>, most: usize) -> usize {
        if self.is_idle() {
            return waiting.len().min(most);
        }
        let mut turns = Turns::new(&self.batches);
        waiting.iter().filter(|job| turns.has_come(job)).take(most).count()
    }

    /// Takes the jobs that may be done now, up to `most`, as the batch of a writer.
    pub(crate) fn begin(&mut self, writer: usize, waiting: &mut VecDeque<Job>, most: usize) -> Vec<Job> {
        let batch: Vec<Job> = if self.is_idle() {
            waiting.drain(..waiting.len().min(most)).collect()
        } else {
            let (mut batch, mut others) = (Vec::new(), VecDeque::new());
            let mut turns = Turns::new(&self.batches);
            while batch.len() < most
                && let Some(job) = waiting.pop_front()
            {
                if turns.has_come(&job) { batch.push(job) } else { others.push_back(job) }
            }
            others.append(waiting);
            *waiting = others;
            batch
        };
        // A lone writer is in nobody's way.
        if self.batches.len() > 1 {
            self.batches[writer] = batch.iter().flat_map(keys).collect();
        }
        batch
    }

    /// A writer's batch is done.
    pub(crate) fn end(&mut self, writer: usize) {
        self.batches[writer].clear();
    }

    fn is_idle(&self) -> bool {
        self.batches.iter().all(HashSet::is_empty)
    }
}

/// Who is next: a job waits for every writer at work on one of its records, and for every job before it that waits for
/// one of them.
struct Turns<'b> {
    busy: &'b [HashSet<AnyKey>],
    awaited: HashSet<AnyKey>,
}

impl<'b> Turns<'b> {
    fn new(busy: &'b [HashSet<AnyKey>]) -> Self {
        Self { busy, awaited: HashSet::new() }
    }

    fn has_come(&mut self, job: &Job) -> bool {
        let is_taken =
            |key: &AnyKey| self.awaited.contains(key) || self.busy.iter().any(|batch| batch.contains(key));
        let has_come = !keys(job).any(|key| is_taken(&key));
        if !has_come {
            self.awaited.extend(keys(job));
        }
        has_come
    }
}

fn keys(job: &Job) -> impl Iterator<Item = AnyKey> {
    job.work.keys().into_iter().flat_map(
        |Keys { challenges, ledgers, deliveries, meters, replies, claims }| {
            let challenges = challenges.iter().map(|key| (0, *key.as_bytes()));
            let ledgers = ledgers.iter().map(|key| (1, *key.as_bytes()));
            let deliveries = deliveries.iter().map(|key| (2, *key.as_bytes()));
            let meters = meters.iter().map(|key| (3, *key.as_bytes()));
            let replies = replies.iter().map(|key| (4, *key.as_bytes()));
            let claims = claims.iter().map(|key| (5, *key.as_bytes()));
            challenges.chain(ledgers).chain(deliveries).chain(meters).chain(replies).chain(claims)
        },
    )
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use otp_core::{LedgerKey, MeterKey};
    use tokio::sync::oneshot;

    use super::*;
    use crate::{deadline::Deadline, job::Work};

    /// A job on a ledger and a meter.
    fn job(ledger: u8, meter: u8) -> Job {
        let keys = Keys {
            ledgers: vec![LedgerKey::from_bytes([ledger; 32])],
            meters: vec![MeterKey::from_bytes([meter; 32])],
            ..Keys::default()
        };
        let work = Work::Apply { keys, step: Box::new(|_| {}) };
        Job { work, deadline: Deadline::after(Duration::MAX), caller: oneshot::channel().0 }
    }

    fn ledgers(jobs: impl IntoIterator<Item = Job>) -> Vec<u8> {
        jobs.into_iter().map(|job| job.work.keys().expect("a step").ledgers[0].as_bytes()[0]).collect()
    }

    #[test]
    fn two_writers_are_never_at_work_on_one_record_and_nobody_is_overtaken() {
        let mut busy = Busy::of(3);
        let mut waiting = VecDeque::from([job(1, 1), job(2, 1), job(3, 3)]);
        assert_eq!(ledgers(busy.begin(0, &mut waiting, 2)), [1, 2], "one batch may have a record twice");
        waiting.extend([job(4, 1), job(4, 4), job(5, 5), job(4, 6)]);
        assert_eq!(busy.free(&waiting, 9), 2);
        // The second one waits for the record that the first one waits for.
        assert_eq!(ledgers(busy.begin(1, &mut waiting, 9)), [3, 5]);
        assert_eq!(busy.free(&waiting, 9), 0);
        assert!(busy.begin(2, &mut waiting, 9).is_empty());
        busy.end(1);
        assert_eq!(busy.free(&waiting, 9), 0, "it was not the one they wait for");
        busy.end(0);
        assert_eq!(busy.free(&waiting, 9), 3);
        assert_eq!(ledgers(busy.begin(1, &mut waiting, 2)), [4, 4], "the oldest first");
        assert_eq!(ledgers(waiting), [4]);
    }

    #[test]
    fn records_of_two_kinds_with_one_key_are_two() {
        let mut busy = Busy::of(2);
        let mut waiting = VecDeque::from([job(1, 2), job(2, 1)]);
        busy.begin(0, &mut waiting, 1);
        assert_eq!(busy.free(&waiting, 9), 1);
    }

    #[test]
    fn a_lone_writer_takes_what_is_there() {
        let mut busy = Busy::of(1);
        let mut waiting = VecDeque::from([job(1, 1), job(1, 1), job(2, 2)]);
        assert_eq!(busy.begin(0, &mut waiting, 2).len(), 2);
        assert_eq!((waiting.len(), busy.free(&waiting, 9)), (1, 1));
        let kinds: BTreeSet<u8> = keys(&waiting[0]).map(|(kind, _)| kind).collect();
        assert_eq!(kinds.len(), 2);
    }
}
