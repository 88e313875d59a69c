//! One transaction for the work of many callers.

use std::time::Duration;

use diesel::QueryResult;
use otp_core::{ChallengeKey, Delivery, Timestamp};
use otp_service::{Claimed, Keys};

use crate::{
    database::{Database, Failure},
    job::{Answer, Job, Reply, Work},
    overlay::Overlay,
};

/// Does the work of all `jobs`, durably, and returns a reply for each. After a failure nothing is done, unless it is
/// [`Failure::Final`].
pub(crate) fn run<D: Database>(
    database: &mut D,
    overlay: &mut Overlay,
    jobs: &mut [Job],
) -> Result<Vec<Reply>, Failure> {
    if is_idle(database, jobs).map_err(D::classify)? {
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
    overlay.forget();
    // A connection that cannot roll back says so when the next transaction begins, and is then replaced.
    let _ = database.rollback();
    match D::classify(error) {
        Failure::Lost(cause) | Failure::Refused(cause) if is_commit => Err(Failure::Final(cause)),
        failure => Err(failure),
    }
}

/// Whether workers ask for deliveries and none is due, which is usual: no reason to take the write lock.
fn is_idle<D: Database>(database: &mut D, jobs: &[Job]) -> QueryResult<bool> {
    for job in jobs {
        let Work::Claim { now, limit, .. } = &job.work else { return Ok(false) };
        if *limit > 0 && database.has_due(*now)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn work<D: Database>(database: &mut D, overlay: &mut Overlay, jobs: &mut [Job]) -> QueryResult<Vec<Reply>> {
    overlay.refresh(database.version()?);
    overlay.load(database, &jobs.iter().filter_map(keys).collect::<Vec<_>>())?;
    let applied: Vec<Option<Reply>> = jobs.iter_mut().map(|job| apply(overlay, job)).collect();
    overlay.write(database)?;
    // What follows reads and writes the database itself, which now has what the steps left.
    jobs.iter()
        .zip(applied)
        .map(|(job, applied)| match (applied, &job.work) {
            (Some(reply), _) => Ok(reply),
            (None, Work::Claim { now, lease, limit }) => {
                Ok(Ok(Answer::Claimed(claim(database, overlay, *now, *lease, *limit)?)))
            }
            (None, Work::Purge { retention, limit }) => {
                overlay.forget();
                Ok(Ok(Answer::Deleted(database.purge(*retention, *limit)?)))
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
    match &job.work {
        Work::Apply { keys, .. } => Some(keys),
        _ => None,
    }
}

fn apply(overlay: &mut Overlay, job: &mut Job) -> Option<Reply> {
    match &mut job.work {
        Work::Apply { keys, step } => Some(overlay.run(keys, step).map(|()| Answer::Applied)),
        _ => None,
    }
}

fn claim<D: Database>(
    database: &mut D,
    overlay: &mut Overlay,
    now: Timestamp,
    lease: Duration,
    limit: usize,
) -> QueryResult<Vec<Claimed>> {
    let mut claimed = Vec::new();
    for bytes in database.due(now, limit)? {
        let taken = match <[u8; 32]>::try_from(bytes.as_slice()) {
            Ok(key) => take(database, overlay, ChallengeKey::from_bytes(key), now, lease)?,
            Err(_) => Err("table otp_deliveries, column challenge_key".to_owned()),
        };
        match taken {
            Ok(delivery) => claimed.push(delivery),
            Err(unreadable) => {
                // Left in front, it would be found again and again and hold up all others.
                tracing::error!(row = %unreadable, "a delivery cannot be read and is put off");
                database.postpone(&bytes, lease, now)?;
            }
        }
    }
    overlay.write(database)?;
    Ok(claimed)
}

/// Takes one delivery with its challenge and ledger, unless one of them cannot be read.
fn take<D: Database>(
    database: &mut D,
    overlay: &mut Overlay,
    key: ChallengeKey,
    now: Timestamp,
    lease: Duration,
) -> QueryResult<Result<Claimed, String>> {
    overlay.deliveries.load(database, [key].iter())?;
    overlay.challenges.load(database, [key].iter())?;
    let mut delivery: Delivery = match overlay.deliveries.find(&key) {
        Ok(Some(delivery)) => delivery.clone(),
        Ok(None) => return Ok(Err("table otp_deliveries, no row".to_owned())),
        Err(unreadable) => return Ok(Err(unreadable.to_string())),
    };
    overlay.ledgers.load(database, [delivery.ledger].iter())?;
    let around = overlay
        .challenges
        .find(&key)
        .and_then(|challenge| Ok((challenge.cloned(), overlay.ledgers.find(&delivery.ledger)?.cloned())));
    let (challenge, ledger) = match around {
        Ok(around) => around,
        Err(unreadable) => return Ok(Err(unreadable.to_string())),
    };
    delivery.claim(now, lease);
    overlay.deliveries.put(key, Some(delivery.clone()));
    Ok(Ok(Claimed { delivery, challenge, ledger }))
}
