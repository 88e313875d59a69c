//! One transaction for the work of many callers.

use std::{iter, time::Duration};

use diesel::{
    QueryResult,
    result::{DatabaseErrorKind, Error},
};
use otp_core::{ChallengeKey, Delivery, Timestamp};
use otp_service::{Claimed, Keys};

use crate::{
    database::{Cause, Database, Failure},
    job::{Answer, Job, Reply, Work},
    overlay::Overlay,
    rows::Unreadable,
};

/// Why a connection is given up.
#[derive(Debug, thiserror::Error)]
#[error("a transaction could not be rolled back")]
struct NotRolledBack;

/// Does the work of all `jobs`, durably, and returns a reply for each. After a failure nothing is done, unless it is
/// [`Failure::Final`].
///
/// Rows that others read and write as well are locked, unless `is_hopeful` and every row tells whether it has changed.
pub(crate) fn run<D: Database>(
    database: &mut D,
    overlay: &mut Overlay,
    jobs: &mut [Job],
    is_hopeful: bool,
) -> Result<Vec<Reply>, Failure> {
    if D::HAS_STAMPS && is_hopeful && jobs.iter().all(|job| keys(job).is_some()) {
        return match run_unlocked(database, overlay, jobs) {
            Err(Vain::Stale) => run_unlocked(database, overlay, jobs),
            done => done,
        }
        .map_err(|vain| match vain {
            Vain::Stale => Failure::Busy,
            Vain::Failed(failure) => failure,
        });
    }
    if D::HAS_ONE_WRITER && is_idle(database, jobs).map_err(D::classify)? {
        return Ok(jobs.iter().map(|_| Ok(Answer::Claimed(Vec::new()))).collect());
    }
    database.begin().map_err(D::classify)?;
    let (error, is_commit) = match work(database, overlay, jobs) {
        Ok(replies) => match database.commit() {
            Ok(()) => return Ok(replies),
            Err(error) => (error, true),
        },
        Err(error) => (error, false),
    };
    overlay.clear();
    let is_rolled_back = database.rollback().is_ok();
    match D::classify(error) {
        // What is left of this transaction must not become part of the next one.
        Failure::Busy | Failure::Refused(_) if !is_rolled_back && !is_commit => {
            Err(Failure::Lost(Cause::new(NotRolledBack)))
        }
        Failure::Lost(cause) | Failure::Refused(cause) if is_commit => Err(Failure::Final(cause)),
        failure => Err(failure),
    }
}

/// Why a batch without locks was not done.
enum Vain {
    /// Rows known from before are of no use, and forgotten now.
    Stale,
    Failed(Failure),
}

/// Reads without a lock, and writes in one statement if nothing that was read has changed meanwhile: two rounds to the
/// database, or one where the rows are known from a batch before.
fn run_unlocked<D: Database>(
    database: &mut D,
    overlay: &mut Overlay,
    jobs: &mut [Job],
) -> Result<Vec<Reply>, Vain> {
    overlay.begin_with_stamped();
    if let Err(error) = overlay.load(database, jobs.iter().filter_map(keys), false) {
        overlay.clear();
        return Err(Vain::Failed(D::classify(error)));
    }
    let replies = jobs.iter_mut().filter_map(|job| apply(overlay, job)).collect();
    let uses_old = overlay.uses_old();
    if !overlay.is_changed() {
        // What was read just now, at one moment, needs no other look; what is older does, and reading it is cheaper.
        if !uses_old {
            return Ok(replies);
        }
        overlay.clear();
        return Err(Vain::Stale);
    }
    overlay.write_if_unchanged(database).map(|()| replies).map_err(|error| {
        overlay.clear();
        // A server that was demoted says so, and has written nothing.
        let is_known = matches!(error, Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _));
        match D::classify(error) {
            Failure::Busy if uses_old => Vain::Stale,
            Failure::Lost(cause) if !is_known => Vain::Failed(Failure::Final(cause)),
            failure => Vain::Failed(failure),
        }
    })
}

/// Whether workers ask for deliveries and none is due, which is usual: no reason to take the write lock.
fn is_idle<D: Database>(database: &mut D, jobs: &[Job]) -> QueryResult<bool> {
    for job in jobs {
        let Work::Claim { namespace, now, limit, .. } = &job.work else { return Ok(false) };
        if *limit > 0 && database.has_due(namespace, *now)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn work<D: Database>(database: &mut D, overlay: &mut Overlay, jobs: &mut [Job]) -> QueryResult<Vec<Reply>> {
    overlay.begin(database.version()?);
    overlay.load(database, jobs.iter().filter_map(keys), true)?;
    if D::HAS_STAMPS && overlay.is_missing_no_more(database)? {
        return Err(Error::RollbackTransaction);
    }
    let applied: Vec<Option<Reply>> = jobs.iter_mut().map(|job| apply(overlay, job)).collect();
    overlay.write(database)?;
    // What follows reads and writes the database itself, which now has what the steps left.
    jobs.iter()
        .zip(applied)
        .map(|(job, applied)| match (applied, &job.work) {
            (Some(reply), _) => Ok(reply),
            (None, Work::Claim { namespace, now, lease, limit }) => {
                let due = database.due(namespace, *now, *limit)?;
                Ok(Ok(Answer::Claimed(claim(database, overlay, &due, *now, *lease)?)))
            }
            (None, Work::Purge { table, retention, keys }) => {
                overlay.forget();
                Ok(Ok(Answer::Deleted(database.purge(*table, *retention, keys)?)))
            }
            (None, Work::Forget { ledgers }) => {
                overlay.forget();
                Ok(Ok(Answer::Deleted(database.forget(ledgers)?)))
            }
            (None, Work::Apply { .. }) => unreachable!("every step was run above"),
        })
        .collect()
}

fn keys(job: &Job) -> Option<&Keys> {
    job.work.keys()
}

fn apply(overlay: &mut Overlay, job: &mut Job) -> Option<Reply> {
    match &mut job.work {
        Work::Apply { keys, step } => Some(overlay.run(keys, step).map(|()| Answer::Applied)),
        _ => None,
    }
}

/// Takes the deliveries under these keys, with their challenges and ledgers.
fn claim<D: Database>(
    database: &mut D,
    overlay: &mut Overlay,
    due: &[Vec<u8>],
    now: Timestamp,
    lease: Duration,
) -> QueryResult<Vec<Claimed>> {
    let keys: Vec<_> = due.iter().filter_map(|key| challenge_key(key)).collect();
    let deliveries = Keys { deliveries: keys.clone(), ..Keys::default() };
    overlay.load(database, iter::once(&deliveries), true)?;
    // Read as they are: who waited for a lock on them here, with deliveries locked, would lock in another order than steps.
    let ledgers = keys.iter().filter_map(|key| overlay.deliveries.find(key).ok()?);
    let ledgers = ledgers.map(|delivery| delivery.ledger).collect();
    let others = Keys { challenges: keys, ledgers, ..Keys::default() };
    overlay.load(database, iter::once(&others), false)?;

    let mut claimed = Vec::new();
    for bytes in due {
        match take(overlay, bytes, now, lease) {
            Ok(delivery) => claimed.push(delivery),
            Err(unreadable) => {
                // Left in front, it would be found again and again and hold up all others.
                tracing::error!(row = %unreadable, "a delivery cannot be read and is put off");
                database.postpone(bytes, lease, now)?;
            }
        }
    }
    overlay.write(database)?;
    Ok(claimed)
}

/// Takes one delivery, unless it or what belongs to it cannot be read.
fn take(overlay: &mut Overlay, key: &[u8], now: Timestamp, lease: Duration) -> Result<Claimed, String> {
    let key = challenge_key(key).ok_or("table otp_deliveries, column challenge_key")?;
    let unreadable = |unreadable: &Unreadable| unreadable.to_string();
    let found = overlay.deliveries.find(&key).map_err(unreadable)?;
    let mut delivery: Delivery = found.ok_or("table otp_deliveries, no row")?.clone();
    let challenge = overlay.challenges.find(&key).map_err(unreadable)?.cloned();
    let ledger = overlay.ledgers.find(&delivery.ledger).map_err(unreadable)?.cloned();
    delivery.claim(now, lease);
    overlay.deliveries.put(key, Some(delivery.clone()));
    Ok(Claimed { delivery, challenge, ledger })
}

fn challenge_key(bytes: &[u8]) -> Option<ChallengeKey> {
    bytes.try_into().ok().map(ChallengeKey::from_bytes)
}
