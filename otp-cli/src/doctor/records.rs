//! The database, and what it holds.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use otp_core::{ChallengeState, DeliveryState, FailureClass, Timestamp};
use otp_service::{Listed, Listing, Retention, SendError, StoreError};

use super::{Finding, Patient, patient::Examined};
use crate::{command::causes, remedy::remedy, show::ago};

/// How far clocks may differ before codes look as if they began in the future.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);
/// A difference that should be known before it grows.
const NOTABLE_SKEW: Duration = Duration::from_secs(2);
/// How long a message may be overdue; as `/readyz` counts.
const STUCK_AFTER: Duration = Duration::from_secs(60);
/// Challenges that are over and still there: more than a worker leaves from one minute to the next.
const MANY_OVER: u64 = 10_000;
/// The last challenges that are looked at one by one.
const LAST: usize = 200;
const DAY: Duration = Duration::from_secs(86_400);

pub(super) async fn database(patient: Arc<Patient>) -> Vec<Finding> {
    const NAME: &str = "database";
    let place = patient.draft.database.as_ref().map(|url| url.masked()).unwrap_or_default();
    vec![match patient.database().await {
        Examined::Unknown => return Vec::new(),
        Examined::InMemory => Finding::warn(
            NAME,
            "in memory: everything is gone when the server ends",
            "set OTP_DATABASE_URL to a file or a server",
        ),
        Examined::Missing => Finding::warn(
            NAME,
            format!("{place} is not there yet"),
            "`otp serve` makes it, and so does `otp migrate`",
        ),
        Examined::Closed(why) => {
            Finding::fail(NAME, why.as_str(), "correct OTP_DATABASE_URL, or start the database")
        }
        Examined::Open { inspection, .. } if !inspection.pending_migrations.is_empty() => Finding::warn(
            NAME,
            format!("{}: {} migrations are missing", inspection.server, inspection.pending_migrations.len()),
            "run `otp migrate`; `otp serve` does it as well",
        ),
        Examined::Open { inspection, .. } => {
            Finding::ok(NAME, format!("{} at {place}, reachable and migrated", inspection.server))
        }
    }]
}

pub(super) async fn clock(patient: Arc<Patient>) -> Vec<Finding> {
    const NAME: &str = "clock";
    let Examined::Open { inspection, asked: (before, after), .. } = patient.database().await else {
        return Vec::new();
    };
    let Some(database) = inspection.now else {
        return vec![Finding::ok(NAME, "not used: the database has this machine's")];
    };
    vec![skew(database, *before, *after)]
}

fn skew(database: Timestamp, before: Timestamp, after: Timestamp) -> Finding {
    const NAME: &str = "clock";
    const REMEDY: &str = "let both machines take their time from NTP";
    let skew = database.until(before).max(after.until(database));
    let finding = format!("the database's clock and this machine's differ by {:.1} s", skew.as_secs_f64());
    if skew > CLOCK_TOLERANCE {
        Finding::fail(NAME, finding, REMEDY)
    } else if skew > NOTABLE_SKEW {
        Finding::warn(NAME, finding, REMEDY)
    } else {
        Finding::ok(NAME, finding)
    }
}

pub(super) async fn tables(patient: Arc<Patient>) -> Vec<Finding> {
    const NAME: &str = "tables";
    let Examined::Open { inspection, database: Some(database), .. } = patient.database().await else {
        return Vec::new();
    };
    let rows: Vec<_> = inspection.rows.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    let rows = rows.join(", ");
    let now = patient.clock.now();
    let days = patient.draft.record_retention_days;
    let before = now - DAY * days;
    vec![match database.store.over(Retention { before, now }, 0).await {
        Ok(over) if over.challenges > MANY_OVER => Finding::warn(
            NAME,
            format!("{} challenges have been over for more than {days} days ({rows})", over.challenges),
            "run `otp cleanup`; a running worker deletes them by itself",
        ),
        Ok(over) => Finding::ok(NAME, format!("{rows}; {} challenges over for {days} days", over.challenges)),
        Err(error) => unreadable(NAME, &error),
    }]
}

pub(super) async fn queue(patient: Arc<Patient>) -> Vec<Finding> {
    const NAME: &str = "queue";
    let Some(store) = patient.store().await else { return Vec::new() };
    let now = patient.clock.now();
    vec![match store.backlog(now).await {
        Ok(backlog) => match backlog.oldest_due_at {
            Some(due_at) if due_at.until(now) > STUCK_AFTER => Finding::fail(
                NAME,
                format!("{} messages wait, the oldest was due {}", backlog.waiting, ago(due_at, now)),
                "start `otp serve` or `otp worker`; if one runs, its log says why it sends nothing",
            ),
            Some(_) => Finding::ok(NAME, format!("{} messages wait, none for long", backlog.waiting)),
            None => Finding::ok(NAME, "empty"),
        },
        Err(error) => unreadable(NAME, &error),
    }]
}

pub(super) async fn deliveries(patient: Arc<Patient>) -> Vec<Finding> {
    const NAME: &str = "deliveries";
    let Some(store) = patient.store().await else { return Vec::new() };
    let listed = match store.list(Listing { ledgers: None, before: None, limit: LAST }).await {
        Ok(listed) => listed,
        Err(error) => return vec![unreadable(NAME, &error)],
    };
    let since = patient.clock.now() - DAY;
    vec![judge(listed.iter().filter(|listed| listed.challenge.created_at >= since))]
}

/// What the messages of the last day tell.
fn judge<'a>(listed: impl Iterator<Item = &'a Listed>) -> Finding {
    const NAME: &str = "deliveries";
    let deliveries: Vec<_> = listed.filter_map(|listed| listed.delivery.as_ref()).collect();
    let settled = deliveries.iter().filter(|delivery| delivery.state.is_settled()).count();
    let mut failed: BTreeMap<&str, (usize, FailureClass)> = BTreeMap::new();
    for delivery in deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Failed) {
        let class = delivery.failure.unwrap_or(FailureClass::Unknown);
        failed.entry(class.as_str()).or_insert((0, class)).0 += 1;
    }
    let count: usize = failed.values().map(|(count, _)| count).sum();
    let Some((_, worst)) = failed.values().max_by_key(|(count, _)| count).copied() else {
        return Finding::ok(NAME, format!("none of the last day's {settled} failed"));
    };
    let classes: Vec<_> = failed.iter().map(|(name, (count, _))| format!("{count} {name}")).collect();
    let finding = format!("{count} of the last day's {settled} failed ({})", classes.join(", "));
    // A number that is none, here and there, is what people type.
    let is_ours = failed.values().any(|(_, class)| {
        matches!(class, FailureClass::Provider | FailureClass::Request | FailureClass::Route)
    });
    if is_ours || count * 10 >= settled {
        Finding::warn(NAME, finding, remedy(&SendError::new("", worst)))
    } else {
        Finding::ok(NAME, finding)
    }
}

pub(super) async fn live_codes(patient: Arc<Patient>) -> Vec<Finding> {
    const NAME: &str = "live codes";
    let Some(store) = patient.store().await else { return Vec::new() };
    let Some(keyring) = &patient.draft.keyring else { return Vec::new() };
    let listed = match store.list(Listing { ledgers: None, before: None, limit: LAST }).await {
        Ok(listed) => listed,
        Err(error) => return vec![unreadable(NAME, &error)],
    };
    let now = patient.clock.now();
    let live = listed
        .iter()
        .map(|listed| &listed.challenge)
        .filter(|challenge| challenge.state == ChallengeState::Pending && !challenge.is_expired(now));
    let (mut count, mut orphans) = (0_usize, 0_usize);
    for challenge in live {
        count += 1;
        orphans += usize::from(keyring.ids().all(|id| *id != challenge.key_id));
    }
    vec![match orphans {
        0 => Finding::ok(NAME, format!("{count} on their way, and their keys are there")),
        orphans => Finding::fail(
            NAME,
            format!("{orphans} of {count} can never be right: their secret key is not configured any more"),
            "give the old key behind the new one: OTP_SECRET_KEY=NEW,OLD",
        ),
    }]
}

fn unreadable(name: &str, error: &StoreError) -> Finding {
    Finding::fail(name, causes(error), "check the database, and that this machine reaches it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn clocks() {
        let at = Timestamp::from_millis;
        for (database, expected) in [
            (1_000_000, Status::Ok),
            (1_000_400, Status::Ok),
            (1_002_400, Status::Ok),
            (1_002_600, Status::Warn),
            (997_900, Status::Warn),
            (1_031_000, Status::Fail),
            (900_000, Status::Fail),
        ] {
            let found = skew(at(database), at(1_000_000), at(1_000_500));
            assert_eq!(found.status, expected, "{found:?}");
        }
    }
}
