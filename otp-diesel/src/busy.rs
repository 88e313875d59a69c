//! Which records are being worked on, by which writer.

use std::collections::{HashSet, VecDeque};

use otp_service::Keys;

use crate::job::Job;

/// A record of any kind: the number of the kind, and the key.
type AnyKey = (u8, [u8; 32]);

/// The records of each writer's batch, and those that jobs wait for.
pub(crate) struct Busy {
    batches: Vec<HashSet<AnyKey>>,
    /// What is wanted by the first jobs that wait, all of which have to go on waiting, and how many they are: looked for
    /// once for every change of the batches.
    awaited: HashSet<AnyKey>,
    blocked: usize,
}

impl Busy {
    /// Of so many writers.
    pub(crate) fn of(writers: usize) -> Self {
        Self { batches: vec![HashSet::new(); writers], awaited: HashSet::new(), blocked: 0 }
    }

    /// Whether any of the jobs that wait may be done now: one waits for every writer at work on one of its records, and
    /// for every job before it that waits for one of them.
    pub(crate) fn is_any_free(&mut self, waiting: &VecDeque<Job>) -> bool {
        for job in waiting.range(self.blocked.min(waiting.len())..) {
            if self.is_free(job) {
                return true;
            }
            self.awaited.extend(keys(job));
            self.blocked += 1;
        }
        false
    }

    /// Takes the jobs that may be done now, up to `most`, as the batch of a writer.
    pub(crate) fn begin(&mut self, writer: usize, waiting: &mut VecDeque<Job>, most: usize) -> Vec<Job> {
        let batch: Vec<Job> = if self.batches.iter().all(HashSet::is_empty) {
            waiting.drain(..waiting.len().min(most)).collect()
        } else {
            self.look_again();
            let (mut batch, mut others) = (Vec::new(), VecDeque::new());
            while batch.len() < most
                && let Some(job) = waiting.pop_front()
            {
                if self.is_free(&job) {
                    batch.push(job);
                } else {
                    self.awaited.extend(keys(&job));
                    others.push_back(job);
                }
            }
            others.append(waiting);
            *waiting = others;
            batch
        };
        // A lone writer is in nobody's way, and nor is who is turned away.
        if self.batches.len() > 1 {
            self.batches[writer] = batch.iter().filter(|job| !job.is_over()).flat_map(keys).collect();
        }
        self.look_again();
        batch
    }

    /// A writer's batch is done.
    pub(crate) fn end(&mut self, writer: usize) {
        self.batches[writer].clear();
        self.look_again();
    }

    fn look_again(&mut self) {
        self.awaited.clear();
        self.blocked = 0;
    }

    fn is_free(&self, job: &Job) -> bool {
        let is_taken =
            |key: &AnyKey| self.awaited.contains(key) || self.batches.iter().any(|batch| batch.contains(key));
        job.is_over() || !keys(job).any(|key| is_taken(&key))
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
    use crate::{
        deadline::Deadline,
        job::{Reply, Work},
    };

    /// A job on a ledger and a meter, whose caller waits as long as the test runs.
    fn job(ledger: u8, meter: u8) -> Job {
        let (job, caller) = job_and_caller(ledger, meter);
        std::mem::forget(caller);
        job
    }

    fn job_and_caller(ledger: u8, meter: u8) -> (Job, oneshot::Receiver<Reply>) {
        let keys = Keys {
            ledgers: vec![LedgerKey::from_bytes([ledger; 32])],
            meters: vec![MeterKey::from_bytes([meter; 32])],
            ..Keys::default()
        };
        let work = Work::Apply { keys, step: Box::new(|_| {}) };
        let (caller, reply) = oneshot::channel();
        (Job { work, deadline: Deadline::after(Duration::MAX), caller }, reply)
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
        assert!(busy.is_any_free(&waiting));
        // The second one waits for the record that the first one waits for.
        assert_eq!(ledgers(busy.begin(1, &mut waiting, 9)), [3, 5]);
        assert!(!busy.is_any_free(&waiting));
        waiting.push_back(job(6, 4));
        assert!(!busy.is_any_free(&waiting), "one before it wants the same");
        assert!(busy.begin(2, &mut waiting, 9).is_empty());
        busy.end(1);
        assert!(!busy.is_any_free(&waiting), "it was not the one they wait for");
        waiting.push_back(job(7, 7));
        assert!(busy.is_any_free(&waiting));
        busy.end(0);
        assert_eq!(ledgers(busy.begin(1, &mut waiting, 2)), [4, 4], "the oldest first");
        assert_eq!(ledgers(waiting), [4, 6, 7]);
    }

    #[test]
    fn records_of_two_kinds_with_one_key_are_two() {
        let mut busy = Busy::of(2);
        let mut waiting = VecDeque::from([job(1, 2), job(2, 1)]);
        busy.begin(0, &mut waiting, 1);
        assert!(busy.is_any_free(&waiting));
    }

    #[test]
    fn whoever_no_longer_waits_is_in_nobodys_way() {
        let (mut waiting, mut callers) = (VecDeque::new(), Vec::new());
        for (ledger, meter) in [(1, 1), (1, 2), (3, 2)] {
            let (job, caller) = job_and_caller(ledger, meter);
            waiting.push_back(job);
            callers.push(caller);
        }
        let mut busy = Busy::of(2);
        busy.begin(0, &mut waiting, 1);
        assert!(!busy.is_any_free(&waiting), "the third waits for the second");
        callers.remove(1);
        assert_eq!(ledgers(busy.begin(1, &mut waiting, 9)), [1, 3], "the second is there to be turned away");
        waiting.push_back(job(4, 2));
        assert!(!busy.is_any_free(&waiting), "it waits for the third");
        waiting.push_back(job(5, 5));
        assert!(busy.is_any_free(&waiting));
    }

    #[test]
    fn a_lone_writer_takes_what_is_there() {
        let mut busy = Busy::of(1);
        let mut waiting = VecDeque::from([job(1, 1), job(1, 1), job(2, 2)]);
        assert_eq!(busy.begin(0, &mut waiting, 2).len(), 2);
        assert_eq!((waiting.len(), busy.is_any_free(&waiting)), (1, true));
        let kinds: BTreeSet<u8> = keys(&waiting[0]).map(|(kind, _)| kind).collect();
        assert_eq!(kinds.len(), 2);
    }
}
