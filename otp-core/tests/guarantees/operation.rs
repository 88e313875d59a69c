//! What can happen, and the limits it happens under.

use std::time::Duration;

use otp_core::{Alphabet, Channel, FailureClass, Policy, transition::SendKind};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// (namespace, purpose, recipient) and its neighbours that differ in one of the three.
pub(crate) const CELLS: [(&str, &str, &str); 4] = [
    ("default", "signup", "+14155550123"),
    ("default", "login", "+14155550123"),
    ("tenant", "signup", "+14155550123"),
    ("default", "signup", "+442079460018"),
];
pub(crate) const SECOND: i64 = 1_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Small limits, so that stories hit them; times in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) life: i64,
    pub(crate) once_only: bool,
    pub(crate) max_checks: u32,
    pub(crate) failures_per_day: u32,
    pub(crate) failures_in_a_row: u32,
    pub(crate) cooldown: i64,
    pub(crate) sends_per_challenge: u32,
    pub(crate) sends_per_hour: u32,
    pub(crate) sends_per_day: u32,
    pub(crate) live_challenges: u32,
}

impl Limits {
    pub(crate) fn policy(&self) -> Policy {
        let duration = |millis: i64| Duration::from_millis(millis.unsigned_abs());
        Policy::builder()
            // So many codes that none is another by accident.
            .code_length(10)
            .alphabet(Alphabet::Unambiguous)
            .life(duration(self.life))
            .once_only(self.once_only)
            .max_checks(self.max_checks)
            .failures_per_day(self.failures_per_day)
            .failures_in_a_row(self.failures_in_a_row)
            .cooldown(duration(self.cooldown))
            .sends_per_challenge(self.sends_per_challenge)
            .sends_per_hour(self.sends_per_hour)
            .sends_per_day(self.sends_per_day)
            .live_challenges(self.live_challenges)
            .build()
            .expect("limits within their ranges")
    }

    /// No message leaves with less life left.
    pub(crate) fn least_life_at_send(&self) -> i64 {
        (60 * SECOND).min(self.life / 10)
    }
}

pub(crate) fn limits() -> impl Strategy<Value = Limits> {
    let guesses = (1..=3_u32, 0..=3_u32, 0..=5_u32);
    let times = (
        select(vec![SECOND, 10 * SECOND, 600 * SECOND, 600 * SECOND, HOUR, DAY]),
        select(vec![0, 0, 0, SECOND, SECOND, 60 * SECOND, 60 * SECOND, HOUR, DAY]),
    );
    let sends = (1..=5_u32, 1..=6_u32, 1..=9_u32);
    (guesses, times, sends, prop::bool::weighted(0.7), 1..=3_u32).prop_map(
        |(guesses, times, sends, once_only, live)| {
            let (max_checks, more_a_day, more_in_a_row) = guesses;
            Limits {
                life: times.0,
                once_only,
                max_checks,
                failures_per_day: max_checks + more_a_day,
                failures_in_a_row: max_checks + more_in_a_row,
                cooldown: times.1,
                sends_per_challenge: sends.0,
                sends_per_hour: sends.1,
                sends_per_day: sends.2,
                live_challenges: live,
            }
        },
    )
}

/// Sessions and tries count from the newest; numbers beyond the oldest begin again.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Start {
        cell: usize,
        by_recipient: bool,
        channel: Channel,
        context: Option<u8>,
        send: SendKind,
    },
    Check {
        session: usize,
        guess: Guess,
    },
    Resend {
        session: usize,
        channel: Option<Channel>,
        context: Option<Option<u8>>,
        send: SendKind,
    },
    Cancel {
        session: usize,
    },
    Status {
        session: usize,
    },
    Unlock {
        cell: usize,
    },
    /// Time passes.
    Pass(i64),
    /// Time passes until just before, at or just after the newest session's end.
    PassToEnd {
        session: usize,
        offset: i64,
    },
    /// The clock is set back; no time passes.
    StepBack(i64),
    /// A worker takes the session's message.
    Claim {
        session: usize,
    },
    /// A worker reports a try, however late. A try never reported was one that was killed.
    Report {
        held: usize,
        end: End,
    },
    /// A worker asks for more time for a try.
    Renew {
        held: usize,
    },
    /// The provider reports.
    Receipt {
        session: usize,
        arrived: bool,
    },
}

#[derive(Debug, Clone)]
pub(crate) enum Guess {
    Right,
    Wrong,
    /// A code of the generation before.
    Old,
    /// The right code, claimed for something else.
    OtherContext,
    /// The right code of another session.
    CodeOf(usize),
    /// The right code and token, claimed for another cell.
    ForCell(usize),
    /// The right code under a token nobody was given.
    UnknownToken,
}

#[derive(Debug, Clone)]
pub(crate) enum End {
    Sent,
    Failed { class: FailureClass, retry_after: Option<i64>, random: u64 },
}

pub(crate) fn story() -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 1..120)
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => (cell(), prop::bool::weighted(0.4), channel(), context(), send())
            .prop_map(|(cell, by_recipient, channel, context, send)| {
                Operation::Start { cell, by_recipient, channel, context, send }
            }),
        10 => (session(), guess()).prop_map(|(session, guess)| Operation::Check { session, guess }),
        4 => (session(), option::weighted(0.2, channel()), option::weighted(0.2, context()), send())
            .prop_map(|(session, channel, context, send)| Operation::Resend { session, channel, context, send }),
        1 => session().prop_map(|session| Operation::Cancel { session }),
        1 => session().prop_map(|session| Operation::Status { session }),
        1 => cell().prop_map(|cell| Operation::Unlock { cell }),
        7 => time().prop_map(Operation::Pass),
        2 => (session(), -1..=1_i64).prop_map(|(session, offset)| Operation::PassToEnd { session, offset }),
        1 => select(vec![1, SECOND, 29 * SECOND, 31 * SECOND, 150 * SECOND, 600 * SECOND, HOUR, 2 * HOUR])
            .prop_map(Operation::StepBack),
        7 => session().prop_map(|session| Operation::Claim { session }),
        3 => (prop_oneof![4 => Just(0), 1 => 0..4_usize], end()).prop_map(|(held, end)| Operation::Report { held, end }),
        1 => (0..3_usize).prop_map(|held| Operation::Renew { held }),
        1 => (session(), any::<bool>()).prop_map(|(session, arrived)| Operation::Receipt { session, arrived }),
    ]
}

/// Mostly one cell, so that its limits are reached.
fn cell() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0), 1 => 1..CELLS.len()]
}

/// Mostly the newest.
fn session() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0), 2 => 0..4_usize, 1 => 0..16_usize]
}

fn channel() -> impl Strategy<Value = Channel> {
    prop_oneof![4 => Just(Channel::Sms), 1 => Just(Channel::Voice)]
}

fn context() -> impl Strategy<Value = Option<u8>> {
    option::weighted(0.2, 0..2_u8)
}

fn send() -> impl Strategy<Value = SendKind> {
    prop_oneof![8 => Just(SendKind::Deliver), 1 => Just(SendKind::Silent), 1 => Just(SendKind::Exempt)]
}

fn guess() -> impl Strategy<Value = Guess> {
    prop_oneof![
        4 => Just(Guess::Right),
        6 => Just(Guess::Wrong),
        2 => Just(Guess::Old),
        1 => Just(Guess::OtherContext),
        1 => session().prop_map(Guess::CodeOf),
        1 => (0..CELLS.len()).prop_map(Guess::ForCell),
        1 => Just(Guess::UnknownToken),
    ]
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..2 * SECOND,
        2 => 0..120 * SECOND,
        3 => select(vec![SECOND - 1, SECOND, 30 * SECOND, 30 * SECOND, 60 * SECOND - 1, 60 * SECOND, 61 * SECOND]),
        2 => select(vec![150 * SECOND, HOUR - 1, HOUR, HOUR + 150 * SECOND]),
        1 => select(vec![HOUR, DAY - 1, DAY, DAY + HOUR]),
        1 => 0..HOUR,
        1 => prop_oneof![2 => 0..HOUR, 1 => 0..30 * DAY],
    ]
}

fn end() -> impl Strategy<Value = End> {
    let classes = [
        FailureClass::Transient,
        FailureClass::Transient,
        FailureClass::Unknown,
        FailureClass::Provider,
        FailureClass::Recipient,
    ];
    let pause = option::weighted(0.3, select(vec![0, SECOND, 60 * SECOND, HOUR]));
    let failed = (select(classes.to_vec()), pause, any::<u64>())
        .prop_map(|(class, retry_after, random)| End::Failed { class, retry_after, random });
    prop_oneof![1 => Just(End::Sent), 2 => failed]
}
