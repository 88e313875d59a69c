//! Batches of jobs, done again where that helps.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use otp_service::StoreError;

use crate::{
    batch,
    database::{Cause, Database, Failure},
    deadline::Deadline,
    job::{Job, Reply},
    kept::KEPT,
    overlay::Overlay,
    pool::{Pool, Pooled},
};

/// The pause before a batch that met a lock runs again.
const PAUSE: Duration = Duration::from_millis(1);

/// Batches that take locks after one that went without and was in vain: where other processes use the same rows, they do
/// so for a while.
const CAUTIOUS_BATCHES: u32 = 16;

/// Does the work of batches.
pub(crate) struct Writer<C: Database> {
    pool: Pool<C>,
    patience: Duration,
    connection: Option<Pooled<C>>,
    /// Batches still to take locks.
    cautious: u32,
    /// Until when the connection is surely no older than the rows that are kept.
    used: Deadline,
}

impl<C: Database> Writer<C> {
    /// A writer that uses one connection of `pool`, whose statements end after `patience`.
    pub(crate) fn new(pool: Pool<C>, patience: Duration) -> Self {
        Self { pool, patience, connection: None, cautious: 0, used: Deadline::after(KEPT) }
    }

    /// Does the work of `jobs`, all together where that succeeds, and answers every caller. Returns the rows it knows,
    /// unless those known from before are of no use.
    pub(crate) fn work(&mut self, jobs: Vec<Job>, mut known: Overlay) -> Option<Overlay> {
        if catch_unwind(AssertUnwindSafe(|| self.finish(jobs, &mut known))).is_err() {
            // The panic has dropped the jobs, which tells their callers.
            tracing::error!("the store's writer panicked and goes on with a new connection");
            self.disconnect();
            return None;
        }
        (!known.is_forgotten()).then_some(known)
    }

    fn finish(&mut self, mut jobs: Vec<Job>, known: &mut Overlay) {
        // Every connection the pool has kept may be of no use: after a restart of the server they all are.
        let (mut losses, mut refusals) = (self.pool.max_size(), 1);
        loop {
            jobs = turn_away(jobs);
            if jobs.is_empty() {
                return;
            }
            let failure = match self.attempt(&mut jobs, known) {
                Ok(replies) => {
                    return jobs.into_iter().zip(replies).for_each(|(job, reply)| job.answer(reply));
                }
                Err(failure) => failure,
            };
            known.forget();
            match failure {
                Failure::Busy => {
                    if C::BUSY_SPOILS {
                        self.disconnect();
                    }
                    thread::sleep(PAUSE);
                }
                Failure::Lost(_) if losses > 0 => {
                    losses -= 1;
                    self.disconnect();
                }
                Failure::Refused(_) if jobs.len() > 1 => {
                    // One of them may be the reason; its neighbours must not suffer.
                    return jobs.into_iter().for_each(|job| self.finish(vec![job], known));
                }
                // A server may speak a language in which a deadlock is not recognized.
                Failure::Refused(_) if refusals > 0 => refusals -= 1,
                Failure::Refused(cause) => return fail(jobs, &cause),
                Failure::Lost(cause) | Failure::Final(cause) => {
                    self.disconnect();
                    return fail(jobs, &cause);
                }
            }
        }
    }

    fn attempt(&mut self, jobs: &mut [Job], known: &mut Overlay) -> Result<Vec<Reply>, Failure> {
        if self.connection.is_none() {
            // What was read through another one may be out of date.
            known.forget();
            self.connection = Some(self.connect()?);
        }
        if self.used.has_passed() {
            known.clear();
        }
        let slot = self.connection.as_mut().expect("it was connected above");
        let done = batch::run(&mut slot.connection, known, jobs, self.cautious == 0);
        match &done {
            Ok(_) => self.cautious = self.cautious.saturating_sub(1),
            Err(_) => self.cautious = CAUTIOUS_BATCHES,
        }
        self.used = Deadline::after(KEPT);
        done
    }

    fn connect(&self) -> Result<Pooled<C>, Failure> {
        let mut slot = self.pool.get().map_err(|error| Failure::Final(Cause::new(error)))?;
        match slot.connection.make_writer(self.patience) {
            Ok(()) => Ok(slot),
            Err(error) => {
                // Kept, it would be the next one again.
                slot.is_lost = true;
                Err(C::classify(error))
            }
        }
    }

    /// Gives the connection back, not to be used again.
    fn disconnect(&mut self) {
        if let Some(slot) = &mut self.connection {
            slot.is_lost = true;
        }
        self.connection = None;
    }
}

/// A connection was made a writer's, and the thread that had it may have hung in the middle of a transaction.
impl<C: Database> Drop for Writer<C> {
    fn drop(&mut self) {
        self.disconnect();
    }
}

/// Answers callers whose time is up, and drops those who no longer wait: what nobody learns need not happen.
fn turn_away(jobs: Vec<Job>) -> Vec<Job> {
    let mut rest = Vec::with_capacity(jobs.len());
    for job in jobs {
        if !job.is_over() {
            rest.push(job);
        } else if !job.caller.is_closed() {
            job.answer(Err(StoreError::TimedOut));
        }
    }
    rest
}

fn fail(jobs: Vec<Job>, cause: &Cause) {
    for job in jobs {
        job.answer(Err(StoreError::unavailable(cause.clone())));
    }
}
