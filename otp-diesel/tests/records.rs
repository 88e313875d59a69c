//! Records come back as they were written, or not at all.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::{Database, NOW, challenge_key, claim_key, ledger_key, meter_key, reply_key};
use otp_core::{
    Alphabet, Challenge, ChallengeState, Channel, Claim, CodeFormat, Delivery, DeliveryState, FailureClass,
    Language, Ledger, Meter, Recipient, Reply, Timestamp, Window,
};
use otp_service::{Keys, Listed, Listing, Records, Retention, Store, StoreError, StoreExt};

common::on_every_database!(
    extreme_values_survive_a_restart,
    every_change_of_a_challenge_is_written,
    a_row_that_cannot_be_read_is_an_error_that_names_the_column_and_not_the_value,
    a_delivery_that_cannot_be_read_holds_up_no_other,
    operators_see_challenges_newest_first,
);

async fn extreme_values_survive_a_restart<D: Database>(database: D) {
    let store = database.open();
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
    let store = database.open();
    for record in &written {
        assert_eq!(&read(&store, record).await, record, "after a restart");
    }

    for record in written.clone() {
        let swapped = record.clone().with_other_values();
        let put = swapped.clone();
        store.run(all_keys(&record), move |records| put.put(records)).await.unwrap();
        assert_eq!(read(&database.open(), &record).await, swapped, "after an update, from elsewhere");
    }
}

async fn every_change_of_a_challenge_is_written<D: Database>(database: D) {
    let store = database.open();
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
        assert_eq!(read(&database.open(), &written).await, written, "change {number}");
    }
}

async fn a_row_that_cannot_be_read_is_an_error_that_names_the_column_and_not_the_value<D: Database>(
    database: D,
) {
    let is_sqlite = database.url().starts_with("sqlite");
    let is_postgres = database.url().starts_with("postgres");
    let bytes = |text: &str| {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        if is_postgres { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") }
    };
    let (language, secret) = ("CAST(x'ff' AS TEXT)".to_owned(), "'secret'".to_owned());
    for (table, column, value) in [
        ("otp_challenges", "state", secret.clone()),
        ("otp_challenges", "seed", bytes("secret")),
        ("otp_challenges", "checks", "-1".to_owned()),
        ("otp_challenges", "sends", "4294967296".to_owned()),
        ("otp_challenges", "recipient", secret.clone()),
        ("otp_challenges", "parameters", "'{\"secret\": 1}'".to_owned()),
        ("otp_challenges", "language", if is_sqlite { language } else { "'s e c'".to_owned() }),
        ("otp_challenges", "code_length", "3".to_owned()),
        ("otp_ledgers", "live", bytes("secret")),
        ("otp_ledgers", "sends_day", bytes("secret")),
        ("otp_deliveries", "state", secret.clone()),
        ("otp_deliveries", "namespace", "'Se cret'".to_owned()),
        ("otp_deliveries", "failure", secret.clone()),
        ("otp_deliveries", "other_channel", secret),
        ("otp_replies", "is_queued", "2".to_owned()),
    ] {
        let store = database.open();
        for number in [1, 2] {
            let written = usual(number);
            store.run(all_keys(&written), move |records| written.put(records)).await.unwrap();
        }
        let key = match table {
            "otp_ledgers" => "ledger_key",
            "otp_replies" => "reply_key",
            _ => "challenge_key",
        };
        let hex: String = common::bytes(1).iter().map(|byte| format!("{byte:02x}")).collect();
        let row = if is_postgres { format!("'\\x{hex}'") } else { format!("x'{hex}'") };
        database.execute(&format!("UPDATE {table} SET {column} = {value} WHERE {key} = {row}"));

        let error = store.run(all_keys(&usual(1)), |_| ()).await.unwrap_err();
        let column = format!("{table}, column {column}");
        assert!(matches!(error, StoreError::Corrupt(_)), "{column}: {error:?}");
        assert!(error.to_string().contains(&column), "{column}: {error}");
        assert!(!error.to_string().contains("secret"), "{column}: {error}");
        assert_eq!(read(&store, &usual(2)).await, usual(2), "its neighbours are well");
        database.execute(&format!("DELETE FROM {table}"));
    }
}

async fn a_delivery_that_cannot_be_read_holds_up_no_other<D: Database>(database: D) {
    let store = database.open();
    for number in [1, 2] {
        let mut written = usual(number);
        written.delivery.due_at = NOW - Duration::from_secs(10 - number);
        store.run(all_keys(&written), move |records| written.put(records)).await.unwrap();
    }
    let due_at = (NOW - Duration::from_secs(9)).as_millis();
    database.execute(&format!("UPDATE otp_deliveries SET tries = -1 WHERE due_at = {due_at}"));
    let lease = Duration::from_secs(30);
    assert_eq!(
        store.claim(&otp_core::Namespace::default(), NOW, lease, 1).await.unwrap(),
        [],
        "the spoilt one is put off"
    );
    let claimed = store.claim(&otp_core::Namespace::default(), NOW, lease, 1).await.unwrap();
    assert_eq!(claimed[0].delivery.challenge, challenge_key(2));
    assert_eq!(store.backlog(NOW).await.unwrap().waiting, 2, "it still shows");
}

async fn operators_see_challenges_newest_first<D: Database>(database: D) {
    let store = database.open();
    for number in 1..=5 {
        let mut written = usual(number);
        written.challenge.created_at = NOW + Duration::from_secs(number);
        // The first two soon end.
        let life = if number < 3 { 1 } else { 100 };
        written.challenge.expires_at = NOW + Duration::from_secs(number + life);
        written.challenge.ledger = ledger_key(number % 2);
        written.delivery.sender = Some("twilio".to_owned());
        written.delivery.reference = Some(format!("SM{}", number % 4));
        written.delivery.queued_at = NOW + Duration::from_secs(number);
        store.run(all_keys(&usual(number)), move |records| written.put(records)).await.unwrap();
    }
    let list = async |ledgers: Option<Vec<u64>>, before: Option<u64>, limit| {
        let listing = Listing {
            ledgers: ledgers.map(|numbers| numbers.into_iter().map(ledger_key).collect()),
            before: before.map(|seconds| NOW + Duration::from_secs(seconds)),
            limit,
        };
        let listed = store.list(listing).await.unwrap();
        for Listed { challenge, delivery } in &listed {
            assert_eq!(delivery.as_ref().unwrap().challenge, challenge.key);
        }
        let seconds = |listed: &Listed| NOW.until(listed.challenge.created_at).as_secs();
        listed.iter().map(seconds).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 3).await, [5, 4, 3]);
    assert_eq!(list(None, Some(3), 3).await, [2, 1]);
    assert_eq!(list(Some(vec![1]), None, 10).await, [5, 3, 1]);
    assert_eq!(list(Some(vec![1, 0]), Some(4), 2).await, [3, 2]);
    assert_eq!(list(Some(vec![]), None, 2).await, [0; 0]);

    let found = store.delivery_of("twilio", "SM1").await.unwrap().unwrap();
    assert_eq!(found.challenge, challenge_key(5), "the latest");
    assert_eq!(store.delivery_of("vonage", "SM1").await.unwrap(), None);
    assert_eq!(store.delivery_of("twilio", "SM1 ").await.unwrap(), None);
    assert_eq!(store.delivery_of("twilio", "sm1").await.unwrap(), None);

    let over = async |seconds, first| {
        let retention = Retention { before: NOW + Duration::from_secs(seconds), now: NOW };
        let over = store.over(retention, first).await.unwrap();
        (over.challenges, over.first.iter().map(|challenge| challenge.key).collect::<Vec<_>>())
    };
    assert_eq!(over(50, 5).await, (2, vec![challenge_key(1), challenge_key(2)]), "the others live on");
    assert_eq!(over(2, 5).await, (0, Vec::new()), "what ends at that moment is not over");
    assert_eq!(over(105, 2).await, (4, vec![challenge_key(1), challenge_key(2)]));
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

async fn read(store: &impl Store, of: &Written) -> Written {
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
        namespace: "x".repeat(64).parse().unwrap(),
        failure: [None, Some(FailureClass::Blocked)][number as usize % 2],
        other_channel: [Some(Channel::Whatsapp), None][number as usize % 2],
        sender: [None, Some(String::new()), Some("s\u{1}\u{1F600}".to_owned())][number as usize % 3].clone(),
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
