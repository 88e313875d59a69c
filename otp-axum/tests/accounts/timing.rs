//! How long answers take: known, unknown and verified alike. `OTP_TEST_ROUNDS=5000` for a long run.

use std::time::{Duration, Instant};

use crate::support::{Host, WRONG};

/// What medians may differ by.
const BAR: Duration = Duration::from_millis(1);
/// Subjects of one round: unknown, known, verified.
const KINDS: [&str; 3] = ["unknown", "known", "verified"];

#[tokio::test]
async fn medians_do_not_differ() {
    let host = Host::new();
    let rounds = rounds();
    let mut samples: [[Vec<Duration>; 3]; 4] = Default::default();
    for round in 0..rounds {
        let email = |kind: usize| format!("{}{round}@example.com", KINDS[kind]);
        // Spread over number blocks, which have budgets.
        let phone = |kind: usize| format!("+1415{}{:04}", 220 + 200 * kind + round % 150, round / 150);
        for kind in 1..3 {
            assert_eq!(host.register(&email(kind), &phone(kind)).await.status, 200);
        }
        host.mark(&email(2)).await;
        // Each kind goes first, second and third equally often.
        for place in 0..3 {
            let kind = (place + round) % 3;
            let (email, phone) = (email(kind), phone(kind));
            samples[0][kind].push(time(async || host.resend(&email).await.status, 200).await);
            samples[1][kind].push(time(async || host.verify_account(&email, WRONG).await.status, 400).await);
            samples[2][kind].push(time(async || host.verify_phone(&phone).await.status, 200).await);
            samples[3][kind].push(time(async || host.verify_otp(&phone, WRONG).await.status, 400).await);
        }
        host.work().await;
    }
    for (call, samples) in ["resend", "verify-account", "verify-phone", "verify-otp"].iter().zip(&samples) {
        let medians = samples.each_ref().map(|samples| median(samples.clone()));
        println!("{call}: unknown, known, verified {medians:?} over {rounds} rounds");
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let difference = median_difference(&samples[one], &samples[other]);
            assert!(difference < BAR, "{call}: {} and {}: {difference:?}", KINDS[one], KINDS[other]);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "measures")]
async fn time(ask: impl AsyncFnOnce() -> u16, expected: u16) -> Duration {
    let start = Instant::now();
    let status = ask().await;
    let took = start.elapsed();
    assert_eq!(status, expected);
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
