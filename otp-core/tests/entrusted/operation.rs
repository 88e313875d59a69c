//! What can happen, and the limits it happens under.

use std::time::Duration;

use otp_core::{Policy, Verdict};
use proptest::{collection::vec, option, prelude::*, sample::select};

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const DAY: i64 = 24 * 3_600 * SECOND;

/// Small limits, so that stories hit them; times in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    life: i64,
    once_only: bool,
    max_checks: u32,
    failures_per_day: u32,
    failures_in_a_row: u32,
    live_challenges: u32,
}

impl Limits {
    pub(crate) fn policy(&self) -> Policy {
        Policy::builder()
            .life(Duration::from_millis(self.life.unsigned_abs()))
            .once_only(self.once_only)
            .max_checks(self.max_checks)
            .failures_per_day(self.failures_per_day)
            .failures_in_a_row(self.failures_in_a_row)
            .live_challenges(self.live_challenges)
            .build()
            .expect("limits within their ranges")
    }
}

pub(crate) fn limits() -> impl Strategy<Value = Limits> {
    let life = select(vec![10 * SECOND, 600 * SECOND, 600 * SECOND, DAY]);
    (life, prop::bool::weighted(0.7), 1..=4_u32, 0..=4_u32, 0..=5_u32, 1..=3_u32).prop_map(
        |(life, once_only, max_checks, more_a_day, more_in_a_row, live_challenges)| Limits {
            life,
            once_only,
            max_checks,
            failures_per_day: max_checks + more_a_day,
            failures_in_a_row: max_checks + more_in_a_row,
            live_challenges,
        },
    )
}

/// Sessions count from the newest, guesses on their way from the oldest; numbers beyond the last begin again.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    /// A challenge begins; nothing is sent, so that send limits are out of the way.
    Start { by_recipient: bool },
    /// The message is asked for again; with a new code where it changes channel.
    Resend { session: usize, new_code: bool },
    /// A guess arrives and its provider is asked.
    Reserve { session: usize, right_context: bool },
    /// The provider answers, or does not.
    Settle { asked: usize, verdict: Option<Verdict> },
    /// The host withdraws the challenge.
    Cancel { session: usize },
    /// The host lifts the lock.
    Unlock,
    /// Time passes.
    Pass(i64),
}

pub(crate) fn story() -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 1..150)
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => any::<bool>().prop_map(|by_recipient| Operation::Start { by_recipient }),
        2 => (session(), any::<bool>()).prop_map(|(session, new_code)| Operation::Resend { session, new_code }),
        12 => (session(), prop::bool::weighted(0.9))
            .prop_map(|(session, right_context)| Operation::Reserve { session, right_context }),
        12 => (0..4_usize, verdict()).prop_map(|(asked, verdict)| Operation::Settle { asked, verdict }),
        1 => session().prop_map(|session| Operation::Cancel { session }),
        1 => Just(Operation::Unlock),
        4 => time().prop_map(Operation::Pass),
    ]
}

fn session() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0), 2 => 0..3_usize, 1 => 0..12_usize]
}

fn verdict() -> impl Strategy<Value = Option<Verdict>> {
    let verdict = prop_oneof![
        2 => Just(Verdict::Right),
        5 => Just(Verdict::Wrong),
        1 => Just(Verdict::Over),
    ];
    option::weighted(0.8, verdict)
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 0..2 * SECOND,
        2 => select(vec![10 * SECOND - 1, 10 * SECOND, 600 * SECOND - 1, 600 * SECOND]),
        1 => select(vec![DAY / 24, DAY - 1, DAY, DAY + DAY / 24]),
        1 => 0..DAY,
    ]
}
