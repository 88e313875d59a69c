//! Records come back as they were written, or not at all.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::{collections::BTreeMap, path::Path, time::Duration};

use common::{NOW, challenge_key, claim_key, ledger_key, meter_key, reply_key};
use diesel::{Connection, connection::SimpleConnection};
use otp_core::{
    Alphabet, Challenge, ChallengeState, Channel, Claim, CodeFormat, Delivery, DeliveryState, Language,
    Ledger, Meter, Recipient, Reply, Timestamp, Window,
};
use otp_diesel::SqliteStore;
use otp_service::{Keys, Records, Store, StoreError, StoreExt};

#[tokio::test]
async fn extreme_values_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open(directory.path());
    let (mut number, mut written) = (0, Vec::new());
    for challenge in extreme_challenges() {
        number += 1;
        written.push(Written {
            challenge: Challenge { key: challenge_key(number), ledger: ledger_key(number), ..challenge },
            ledger: Ledger { key: ledger_key(number), ..extreme_ledger(number) },
            delivery: Delivery { challenge: challenge_key(number), ..extreme_delivery(number) },
            meter: Meter { key: meter_key(number), idle_at: extreme_time(number) },
            reply: Reply { key: reply_key(number), ..extreme_reply(number) },
            claim: Claim { key: claim_key(number), forget_at: extreme_time(number) },
        });
    }
    for record in written.clone() {
        store.run(all_keys(&record), move |records| record.put(records)).await.unwrap();
    }
    for record in &written {
        assert_eq!(&read(&store, record).await, record, "from the store that wrote it");
    }

    drop(store);
    let store = common::open(directory.path());
    for record in &written {
        assert_eq!(&read(&store, record).await, record, "after a restart");
    }

    for record in written.clone() {
        let swapped = record.clone().with_other_values();
        let put = swapped.clone();
        store.run(all_keys(&record), move |records| put.put(records)).await.unwrap();
        assert_eq!(
            read(&common::open(directory.path()), &record).await,
            swapped,
            "after an update, from elsewhere"
        );
    }
}

#[tokio::test]
async fn every_change_of_a_challenge_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open(directory.path());
    let mut written = usual(1);
    let first = written.clone();
    store.run(all_keys(&first), move |records| first.put(records)).await.unwrap();
    let changes: [fn(&mut Challenge); 9] = [
        |challenge| challenge.checks += 1,
        |challenge| challenge.sends += 1,
        |challenge| challenge.verified_at = Some(NOW),
        |challenge| challenge.state = ChallengeState::Verified,
        |challenge| challenge.verified_at = None,
        |challenge| challenge.seed = [9; 16],
        |challenge| challenge.expires_at = NOW,
        |challenge| challenge.ledger = ledger_key(5),
        |challenge| challenge.context = Some([3; 32]),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        change(&mut written.challenge);
        let changed = written.clone();
        store.run(all_keys(&written), move |records| changed.put(records)).await.unwrap();
        assert_eq!(read(&common::open(directory.path()), &written).await, written, "change {number}");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error_that_names_the_column_and_not_the_value() {
    for (column, sql) in [
        ("otp_challenges, column state", "UPDATE otp_challenges SET state = 'secret'"),
        ("otp_challenges, column seed", "UPDATE otp_challenges SET seed = x'736563726574'"),
        ("otp_challenges, column checks", "UPDATE otp_challenges SET checks = -1"),
        ("otp_challenges, column sends", "UPDATE otp_challenges SET sends = 4294967296"),
        ("otp_challenges, column recipient", "UPDATE otp_challenges SET recipient = 'secret'"),
        ("otp_challenges, column parameters", "UPDATE otp_challenges SET parameters = '{\"secret\": 1}'"),
        ("otp_challenges, column language", "UPDATE otp_challenges SET language = CAST(x'ff' AS TEXT)"),
        ("otp_challenges, column code_length", "UPDATE otp_challenges SET code_length = 3"),
        ("otp_ledgers, column live", "UPDATE otp_ledgers SET live = x'736563726574'"),
        ("otp_ledgers, column sends_day", "UPDATE otp_ledgers SET sends_day = x'736563726574'"),
        ("otp_deliveries, column state", "UPDATE otp_deliveries SET state = 'secret'"),
        ("otp_replies, column is_queued", "UPDATE otp_replies SET is_queued = 2"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let store = common::open(directory.path());
        for number in [1, 2] {
            let written = usual(number);
            store.run(all_keys(&written), move |records| written.put(records)).await.unwrap();
        }
        spoil(directory.path(), &format!("{sql} WHERE rowid = 1"));

        let error = store.run(all_keys(&usual(1)), |_| ()).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt(_)), "{column}: {error:?}");
        assert!(error.to_string().contains(column), "{column}: {error}");
        assert!(!error.to_string().contains("secret"), "{column}: {error}");
        assert_eq!(read(&store, &usual(2)).await, usual(2), "its neighbours are well");
    }
}

#[tokio::test]
async fn a_delivery_that_cannot_be_read_holds_up_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let store = common::open(directory.path());
    for number in [1, 2] {
        let mut written = usual(number);
        written.delivery.due_at = NOW - Duration::from_secs(10 - number);
        store.run(all_keys(&written), move |records| written.put(records)).await.unwrap();
    }
    spoil(directory.path(), "UPDATE otp_deliveries SET tries = -1 WHERE rowid = 1");
    let lease = Duration::from_secs(30);
    assert_eq!(store.claim(NOW, lease, 1).await.unwrap(), [], "the spoilt one is put off");
    let claimed = store.claim(NOW, lease, 1).await.unwrap();
    assert_eq!(claimed[0].delivery.challenge, challenge_key(2));
    assert_eq!(store.backlog(NOW).await.unwrap().waiting, 2, "it still shows");
}

#[derive(Debug, Clone, PartialEq)]
struct Written {
    challenge: Challenge,
    ledger: Ledger,
    delivery: Delivery,
    meter: Meter,
    reply: Reply,
    claim: Claim,
}

impl Written {
    fn put(&self, records: &mut Records) {
        records.challenges.put(self.challenge.clone());
        records.ledgers.put(self.ledger.clone());
        records.deliveries.put(self.delivery.clone());
        records.meters.put(self.meter.clone());
        records.replies.put(self.reply.clone());
        records.claims.put(self.claim.clone());
    }

    fn with_other_values(self) -> Self {
        let usual = usual(77);
        Self {
            challenge: Challenge { key: self.challenge.key, ..usual.challenge },
            ledger: Ledger { key: self.ledger.key, ..usual.ledger },
            delivery: Delivery { challenge: self.delivery.challenge, ..usual.delivery },
            meter: Meter { key: self.meter.key, ..usual.meter },
            reply: Reply { key: self.reply.key, ..usual.reply },
            claim: Claim { key: self.claim.key, ..usual.claim },
        }
    }
}

fn usual(number: u64) -> Written {
    Written {
        challenge: common::challenge(number),
        ledger: common::ledger(number),
        delivery: common::delivery(number),
        meter: common::meter(number),
        reply: common::reply(number),
        claim: common::claim(number),
    }
}

fn all_keys(of: &Written) -> Keys {
    Keys {
        challenges: vec![of.challenge.key],
        ledgers: vec![of.ledger.key],
        deliveries: vec![of.delivery.challenge],
        meters: vec![of.meter.key],
        replies: vec![of.reply.key],
        claims: vec![of.claim.key],
    }
}

async fn read(store: &SqliteStore, of: &Written) -> Written {
    let keys = all_keys(of);
    let known = keys.clone();
    store
        .run(keys, move |records| Written {
            challenge: records.challenges.find(&known.challenges[0]).cloned().unwrap(),
            ledger: records.ledgers.find(&known.ledgers[0]).cloned().unwrap(),
            delivery: records.deliveries.find(&known.deliveries[0]).cloned().unwrap(),
            meter: records.meters.find(&known.meters[0]).cloned().unwrap(),
            reply: records.replies.find(&known.replies[0]).cloned().unwrap(),
            claim: records.claims.find(&known.claims[0]).cloned().unwrap(),
        })
        .await
        .unwrap()
}

fn spoil(directory: &Path, sql: &str) {
    let path = directory.join("otp.db");
    diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(sql).unwrap();
}

fn extreme_time(number: u64) -> Timestamp {
    Timestamp::from_millis([i64::MIN, -1, 0, 1, i64::MAX][number as usize % 5])
}

fn extreme_challenges() -> Vec<Challenge> {
    let recipients = ["+14155550123", "+999999999999999", "a@example.com", "o'neil+\u{e9}@example.com"];
    let recipients = recipients.iter().filter_map(|text| Recipient::from_canonical(text).ok());
    let texts =
        ["", "'; DROP TABLE otp_ledgers; --", "\u{0}\n\"\\{}", "\u{1F600} \u{202E}", &"x".repeat(100_000)];
    let parameters: BTreeMap<_, _> =
        texts.iter().map(|text| (format!("k{text}"), (*text).to_owned())).collect();
    let states = [ChallengeState::Pending, ChallengeState::Verified, ChallengeState::Canceled];
    let channels = Channel::ALL;
    let mut number = 0;
    let mut challenges = Vec::new();
    for recipient in recipients {
        for state in states {
            number += 1;
            challenges.push(Challenge {
                namespace: "x".repeat(64).parse().unwrap(),
                purpose: "a.b-c_9".parse().unwrap(),
                recipient: recipient.clone(),
                channel: channels[number as usize % channels.len()],
                language: Language::new("zh-Hant-TW").unwrap(),
                parameters: parameters.clone().into(),
                context: [None, Some([0; 32]), Some([255; 32])][number as usize % 3],
                key_id: "ABCdef-_01234567".parse().unwrap(),
                format: CodeFormat::new([4, 10][number as usize % 2], Alphabet::Unambiguous).unwrap(),
                generation: u32::MAX,
                seed: [[0; 16], [255; 16]][number as usize % 2],
                state,
                sends: u32::MAX,
                checks: u32::MAX - 1,
                created_at: extreme_time(number),
                issued_at: extreme_time(number + 1),
                expires_at: extreme_time(number + 2),
                verified_at: [None, Some(extreme_time(number))][number as usize % 2],
                ..common::challenge(number)
            });
        }
    }
    challenges
}

fn extreme_ledger(number: u64) -> Ledger {
    let mut window = Window::default();
    for hour in 0..40 {
        window.record(Duration::from_secs(86_400), NOW + Duration::from_secs(3600 * hour));
    }
    let mut extreme_window = Window::default();
    extreme_window.record(Duration::from_secs(3600), extreme_time(number));
    Ledger {
        live: (0..number * 3).map(challenge_key).collect(),
        last_send_at: Some(extreme_time(number)),
        sends_hour: window,
        sends_day: extreme_window,
        failures_in_a_row: u32::MAX,
        locked_at: [None, Some(extreme_time(number))][number as usize % 2],
        updated_at: extreme_time(number + 1),
        ..common::ledger(number)
    }
}

fn extreme_delivery(number: u64) -> Delivery {
    let states = [
        DeliveryState::Queued,
        DeliveryState::Sending,
        DeliveryState::Sent,
        DeliveryState::Delivered,
        DeliveryState::Failed,
        DeliveryState::Abandoned,
    ];
    Delivery {
        generation: u32::MAX,
        send: u32::MAX,
        state: states[number as usize % states.len()],
        tries: u32::MAX,
        unknown_tries: u32::MAX,
        due_at: extreme_time(number),
        send_by: extreme_time(number + 1),
        sender: [None, Some(String::new()), Some("s\0\u{1F600}".to_owned())][number as usize % 3].clone(),
        reference: [Some("r".repeat(5000)), None][number as usize % 2].clone(),
        queued_at: extreme_time(number + 2),
        updated_at: extreme_time(number + 3),
        ..common::delivery(number)
    }
}

fn extreme_reply(number: u64) -> Reply {
    Reply {
        fingerprint: [[0; 32], [255; 32]][number as usize % 2],
        code_length: [0, u8::MAX][number as usize % 2],
        is_queued: number.is_multiple_of(2),
        expires_in: [Duration::ZERO, Duration::from_millis(i64::MAX as u64)][number as usize % 2],
        forget_at: extreme_time(number),
        ..common::reply(number)
    }
}
