//! What happened, and the guarantees as sentences about that alone: no foretelling, no state of the rules.

use std::collections::BTreeMap;

use otp_core::ChallengeKey;

use crate::{
    operation::{DAY, HOUR, Limits},
    reference::{Answer, Moment},
};

/// What stories must come to, for the suite to mean anything.
pub(crate) const EVENTS: [&str; 19] = [
    "begun",
    "code renewed",
    "code repeated",
    "verified",
    "verified again",
    "wrong",
    "old code refused",
    "mismatch",
    "expired",
    "already verified",
    "too many checks",
    "throttled",
    "locked for now",
    "locked by host",
    "message wanted",
    "message not wanted",
    "late report",
    "repeated after a crash",
    "receipt",
];

/// One challenge: a key, and the how-many-eth to have it.
pub(crate) type Challenge = (ChallengeKey, u32);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Guessed {
    pub(crate) at: Moment,
    pub(crate) cell: usize,
    pub(crate) challenge: Challenge,
    pub(crate) right: bool,
    /// Whether the challenge was verified before.
    pub(crate) again: bool,
    /// When the code's generation began.
    pub(crate) begun: Moment,
}

#[derive(Debug, Clone, Copy)]
enum Entry {
    Guessed(Guessed),
    Unlocked { cell: usize },
    Sent { at: Moment, cell: usize, challenge: Challenge },
}

#[derive(Default)]
pub(crate) struct Audit {
    entries: Vec<Entry>,
    pub(crate) seen: BTreeMap<&'static str, u32>,
}

impl Audit {
    pub(crate) fn see(&mut self, event: &'static str) {
        debug_assert!(EVENTS.contains(&event), "{event}");
        *self.seen.entry(event).or_default() += 1;
    }

    pub(crate) fn see_refusal(&mut self, answer: Answer) {
        match answer {
            Answer::Mismatch => self.see("mismatch"),
            Answer::Expired => self.see("expired"),
            Answer::AlreadyVerified => self.see("already verified"),
            Answer::TooManyChecks => self.see("too many checks"),
            Answer::Throttled => self.see("throttled"),
            Answer::LockedForNow => self.see("locked for now"),
            Answer::LockedByHost => self.see("locked by host"),
            Answer::Verified | Answer::Wrong { .. } | Answer::Started => {}
        }
    }

    pub(crate) fn guessed(&mut self, guessed: Guessed) {
        self.see(match (guessed.right, guessed.again) {
            (false, _) => "wrong",
            (true, false) => "verified",
            (true, true) => "verified again",
        });
        self.entries.push(Entry::Guessed(guessed));
    }

    pub(crate) fn unlocked(&mut self, cell: usize) {
        self.entries.push(Entry::Unlocked { cell });
    }

    pub(crate) fn sent(&mut self, at: Moment, cell: usize, challenge: Challenge) {
        self.entries.push(Entry::Sent { at, cell, challenge });
    }

    pub(crate) fn assert_guarantees(&self, limits: &Limits) {
        self.guesses_are_bounded(limits);
        self.failures_are_bounded(limits);
        self.sends_are_bounded(limits);
        self.codes_die(limits);
    }

    /// G1 and G2.
    fn guesses_are_bounded(&self, limits: &Limits) {
        let mut answered = BTreeMap::<Challenge, u32>::new();
        let mut successes = BTreeMap::<Challenge, u32>::new();
        for guess in self.guesses() {
            // A code that succeeds more than once is only told what it was told before.
            *answered.entry(guess.challenge).or_default() += u32::from(!(guess.right && guess.again));
            *successes.entry(guess.challenge).or_default() += u32::from(guess.right);
        }
        assert!(
            answered.values().all(|guesses| *guesses <= limits.max_checks),
            "guesses answered: {answered:?}"
        );
        let once = successes.values().all(|successes| *successes <= 1);
        assert!(once || !limits.once_only, "successes: {successes:?}");
    }

    /// G3.
    fn failures_are_bounded(&self, limits: &Limits) {
        let mut days = BTreeMap::<usize, Vec<i64>>::new();
        let mut in_a_row = BTreeMap::<usize, u32>::new();
        for entry in &self.entries {
            match entry {
                Entry::Unlocked { cell } => {
                    days.remove(cell);
                    in_a_row.remove(cell);
                }
                Entry::Guessed(guess) => {
                    let row = in_a_row.entry(guess.cell).or_default();
                    assert!(*row < limits.failures_in_a_row, "answered although locked: {guess:?}");
                    *row = if guess.right { 0 } else { *row + 1 };
                    let day = days.entry(guess.cell).or_default();
                    day.extend((!guess.right).then_some(guess.at.passed));
                    assert!(most_within(day, DAY) <= limits.failures_per_day, "failures a day: {day:?}");
                }
                Entry::Sent { cell, .. } => {
                    let row = in_a_row.get(cell).copied().unwrap_or_default();
                    assert!(row < limits.failures_in_a_row, "sent although locked");
                }
            }
        }
    }

    /// G4.
    fn sends_are_bounded(&self, limits: &Limits) {
        let mut by_cell = BTreeMap::<usize, Vec<i64>>::new();
        let mut by_challenge = BTreeMap::<Challenge, u32>::new();
        for entry in &self.entries {
            if let Entry::Sent { at, cell, challenge } = entry {
                by_cell.entry(*cell).or_default().push(at.passed);
                *by_challenge.entry(*challenge).or_default() += 1;
            }
        }
        for sends in by_cell.values() {
            assert!(sends.windows(2).all(|pair| pair[1] - pair[0] >= limits.cooldown), "cooldown: {sends:?}");
            assert!(most_within(sends, HOUR) <= limits.sends_per_hour, "sends an hour: {sends:?}");
            assert!(most_within(sends, DAY) <= limits.sends_per_day, "sends a day: {sends:?}");
        }
        assert!(by_challenge.values().all(|sends| *sends <= limits.sends_per_challenge), "{by_challenge:?}");
    }

    /// No success at or after the end of a code's life, nor while the clock stands clearly before its beginning (so a
    /// clock that is set back can lengthen no life by more than the code was old).
    fn codes_die(&self, limits: &Limits) {
        for guess in self.guesses().filter(|guess| guess.right) {
            let age = guess.at.clock - guess.begun.clock;
            assert!((-30_000..limits.life).contains(&age), "{guess:?}");
        }
    }

    fn guesses(&self) -> impl Iterator<Item = &Guessed> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Guessed(guess) => Some(guess),
            _ => None,
        })
    }
}

/// The most of these ascending times in any span of `period`.
fn most_within(times: &[i64], period: i64) -> u32 {
    let within = |from: &i64| times.iter().filter(|time| (*from..from + period).contains(*time)).count();
    times.iter().map(within).max().unwrap_or_default() as u32
}
