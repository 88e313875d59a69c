//! The thread that writes: what queued up while one batch was committed is the next one.

use std::{
    iter,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::Receiver,
    thread,
    time::Duration,
};

use diesel::{QueryResult, r2d2::R2D2Connection};
use otp_service::StoreError;

use crate::{
    batch,
    database::{Cause, Database, Failure},
    job::{Job, Reply},
    overlay::Overlay,
    pool::{Pool, Pooled},
};

/// The pause before a batch that met a lock runs again.
const PAUSE: Duration = Duration::from_millis(1);

/// Empties a queue.
pub(crate) struct Writer<C: R2D2Connection + Send + 'static> {
    pool: Pool<C>,
    prepare: fn(&mut C) -> QueryResult<()>,
    connection: Option<Pooled<C>>,
    overlay: Overlay,
}

impl<C: Database + R2D2Connection + Send + 'static> Writer<C> {
    /// A writer that uses one connection of `pool`, made its own by `prepare`.
    pub(crate) fn new(pool: Pool<C>, prepare: fn(&mut C) -> QueryResult<()>) -> Self {
        Self { pool, prepare, connection: None, overlay: Overlay::default() }
    }

    /// Works until the queue is closed and empty. A lone job is done at once; of those that wait, up to `most` are
    /// done together.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>, most: usize) {
        while let Ok(first) = jobs.recv() {
            let batch = iter::once(first).chain(jobs.try_iter().take(most.saturating_sub(1))).collect();
            if catch_unwind(AssertUnwindSafe(|| self.finish(batch))).is_err() {
                // The panic has dropped the jobs, which tells their callers.
                tracing::error!("the store's writer panicked and goes on with a new connection");
                self.disconnect();
            }
        }
    }

    /// Does the work of `jobs` and answers every caller.
    fn finish(&mut self, mut jobs: Vec<Job>) {
        let mut was_lost = false;
        loop {
            jobs = turn_away(jobs);
            if jobs.is_empty() {
                return;
            }
            let failure = match self.attempt(&mut jobs) {
                Ok(replies) => {
                    return jobs.into_iter().zip(replies).for_each(|(job, reply)| job.answer(reply));
                }
                Err(failure) => failure,
            };
            match failure {
                Failure::Busy => thread::sleep(PAUSE),
                Failure::Lost(_) if !was_lost => {
                    was_lost = true;
                    self.disconnect();
                }
                Failure::Refused(_) if jobs.len() > 1 => {
                    // One of them may be the reason; its neighbours must not suffer.
                    return jobs.into_iter().for_each(|job| self.finish(vec![job]));
                }
                Failure::Refused(cause) => return fail(jobs, &cause),
                Failure::Lost(cause) | Failure::Final(cause) => {
                    self.disconnect();
                    return fail(jobs, &cause);
                }
            }
        }
    }

    fn attempt(&mut self, jobs: &mut [Job]) -> Result<Vec<Reply>, Failure> {
        if self.connection.is_none() {
            self.connection = Some(self.connect()?);
        }
        let slot = self.connection.as_mut().expect("it was connected above");
        batch::run(&mut slot.connection, &mut self.overlay, jobs)
    }

    fn connect(&self) -> Result<Pooled<C>, Failure> {
        let mut slot = self.pool.get().map_err(|error| Failure::Final(Cause::new(error)))?;
        (self.prepare)(&mut slot.connection).map_err(C::classify)?;
        Ok(slot)
    }

    /// Gives the connection back, not to be used again. What was read through it may be out of date.
    fn disconnect(&mut self) {
        self.overlay.forget();
        if let Some(slot) = &mut self.connection {
            slot.is_lost = true;
        }
        self.connection = None;
    }
}

/// Answers callers whose time is up, and drops those who no longer wait: what nobody learns need not happen.
fn turn_away(jobs: Vec<Job>) -> Vec<Job> {
    let mut rest = Vec::with_capacity(jobs.len());
    for job in jobs {
        if job.deadline.has_passed() {
            job.answer(Err(StoreError::TimedOut));
        } else if !job.caller.is_closed() {
            rest.push(job);
        }
    }
    rest
}

fn fail(jobs: Vec<Job>, cause: &Cause) {
    for job in jobs {
        job.answer(Err(StoreError::unavailable(cause.clone())));
    }
}
