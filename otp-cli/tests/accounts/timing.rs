//! How long a server on its database takes for known, unknown and verified accounts. `OTP_TEST_ROUNDS=5000` for a long
//! run.

use std::time::{Duration, Instant};

use otp_core::{Recipient, Timestamp};
use otp_diesel::{Options, SqliteStore};
use otp_service::Accounts;
use serde_json::{Value, json};

use crate::support::{Connection, Server};

/// What medians may differ by.
const BAR: Duration = Duration::from_millis(1);
const KINDS: [&str; 3] = ["unknown", "known", "verified"];
const CALLS: [(&str, u16); 4] = [
    ("auth/resend-verification", 200),
    ("auth/verify-account", 400),
    ("users/verify-phone", 200),
    ("users/verify-otp", 400),
];

#[test]
fn medians_do_not_differ() {
    let server = Server::start(&[("OTP_MAX_STARTS_PER_ADDRESS_PER_HOUR", "10000000")]);
    let rounds = rounds();
    let mut connection = Connection::new(server.address);
    register(&server, &mut connection, rounds);
    let mut samples: [[Vec<Duration>; 3]; 4] = Default::default();
    for round in 0..rounds {
        for (call, samples) in CALLS.iter().zip(&mut samples) {
            // Each kind goes first, second and third equally often.
            for place in 0..3 {
                let kind = (place + round) % 3;
                samples[kind].push(time(&mut connection, *call, &body(call.0, kind, round)));
            }
        }
    }
    for ((call, _), samples) in CALLS.iter().zip(&samples) {
        let medians = samples.each_ref().map(|samples| median(samples.clone()));
        println!("{call}: unknown, known, verified {medians:?} over {rounds} rounds");
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let difference = median_difference(&samples[one], &samples[other]);
            assert!(difference < BAR, "{call}: {} and {}: {difference:?}", KINDS[one], KINDS[other]);
        }
    }
}

fn email(kind: usize, round: usize) -> String {
    format!("{}{round}@example.com", KINDS[kind])
}

/// Spread over number blocks, which have budgets.
fn phone(kind: usize, round: usize) -> String {
    format!("+1415{}{:04}", 220 + 200 * kind + round % 150, round / 150)
}

fn body(call: &str, kind: usize, round: usize) -> Value {
    match call {
        "auth/resend-verification" => json!({ "email": email(kind, round) }),
        "auth/verify-account" => json!({ "email": email(kind, round), "otp": "x" }),
        "users/verify-phone" => json!({ "phone": phone(kind, round) }),
        _ => json!({ "phone": phone(kind, round), "otp_code": "x" }),
    }
}

fn register(server: &Server, connection: &mut Connection, rounds: usize) {
    for (round, kind) in (0..rounds).flat_map(|round| [(round, 1), (round, 2)]) {
        let account = json!({
            "email": email(kind, round), "phone": phone(kind, round), "first_name": "Ada", "last_name": "L",
        });
        let (status, answer) = connection.post("users/register", &account);
        assert_eq!(status, 200, "{answer}");
    }
    let database = server.folder.path().join("otp.db").display().to_string();
    let accounts = SqliteStore::open(database, Options::new()).unwrap().accounts();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let now = Timestamp::from_millis(1_700_000_000_000);
        for (round, text) in
            (0..rounds).flat_map(|round| [(round, email(2, round)), (round, phone(2, round))])
        {
            let recipient = Recipient::parse(&text).unwrap();
            let account = accounts.find(&recipient).await.unwrap().expect("an account");
            assert!(accounts.mark_verified(&account.id, &recipient, now).await.unwrap(), "{round}");
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "measures")]
fn time(connection: &mut Connection, (call, expected): (&str, u16), body: &Value) -> Duration {
    let start = Instant::now();
    let (status, answer) = connection.post(call, body);
    let took = start.elapsed();
    assert_eq!(status, expected, "{answer}");
    took
}

fn median<T: Ord + Copy>(mut samples: Vec<T>) -> T {
    samples.sort_unstable();
    samples[samples.len() / 2]
}

/// Of samples taken one after the other, so that what else the machine does is in both.
fn median_difference(one: &[Duration], other: &[Duration]) -> Duration {
    let nanos = |sample: &Duration| i64::try_from(sample.as_nanos()).expect("a short time");
    let differences = one.iter().zip(other).map(|(one, other)| nanos(one) - nanos(other)).collect();
    Duration::from_nanos(median::<i64>(differences).unsigned_abs())
}

#[expect(clippy::disallowed_methods, reason = "the length of a test run is the caller's wish")]
fn rounds() -> usize {
    std::env::var("OTP_TEST_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(500)
}
