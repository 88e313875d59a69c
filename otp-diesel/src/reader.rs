//! Single queries, outside the batches.

use std::{thread, time::Duration};

use diesel::QueryResult;
use otp_service::StoreError;

use crate::{
    database::{Cause, Database, Failure},
    deadline::Deadline,
    pool::Pool,
};

/// The pause before a query that met a lock runs again.
const PAUSE: Duration = Duration::from_millis(1);

/// Runs one query: again while somebody else holds a lock, and with other connections where one is of no use. After a
/// restart of the server, all that were kept are.
pub(crate) fn read<C: Database, T>(
    pool: &Pool<C>,
    deadline: Deadline,
    mut query: impl FnMut(&mut C) -> QueryResult<T>,
) -> Result<T, StoreError> {
    run(pool, deadline, |connection| query(connection).map_err(C::classify))
}

/// Runs one statement in a transaction of its own, on a connection made a writer's: again like [`read`], but not once
/// nobody knows whether it was committed.
pub(crate) fn write<C: Database, T>(
    pool: &Pool<C>,
    deadline: Deadline,
    mut statement: impl FnMut(&mut C) -> QueryResult<T>,
) -> Result<T, StoreError> {
    run(pool, deadline, |connection| {
        connection.begin().map_err(C::classify)?;
        let failure = match statement(connection) {
            Ok(done) => match connection.commit().map_err(C::classify) {
                Ok(()) => return Ok(done),
                Err(Failure::Lost(cause) | Failure::Refused(cause)) => Failure::Final(cause),
                Err(failure) => failure,
            },
            Err(error) => C::classify(error),
        };
        match (connection.rollback(), failure) {
            // What is left of the transaction must not become part of the next one.
            (Err(error), Failure::Busy | Failure::Refused(_)) => Err(Failure::Lost(Cause::new(error))),
            (_, failure) => Err(failure),
        }
    })
}

fn run<C: Database, T>(
    pool: &Pool<C>,
    deadline: Deadline,
    mut attempt: impl FnMut(&mut C) -> Result<T, Failure>,
) -> Result<T, StoreError> {
    let mut losses = pool.max_size();
    loop {
        // Nobody waits any more.
        if deadline.has_passed() {
            return Err(StoreError::TimedOut);
        }
        let mut slot = match pool.get() {
            Ok(slot) => slot,
            // There are connections, and others have them all.
            Err(_) if pool.is_full() => continue,
            Err(error) => return Err(StoreError::unavailable(error)),
        };
        match attempt(&mut slot.connection) {
            Ok(found) => return Ok(found),
            Err(Failure::Busy) => {
                slot.is_lost = C::BUSY_SPOILS;
                drop(slot);
                thread::sleep(PAUSE);
            }
            Err(Failure::Lost(_)) if losses > 0 => {
                losses -= 1;
                slot.is_lost = true;
            }
            Err(Failure::Lost(cause) | Failure::Final(cause)) => {
                slot.is_lost = true;
                return Err(StoreError::unavailable(cause));
            }
            Err(Failure::Refused(cause)) => return Err(StoreError::unavailable(cause)),
        }
    }
}
