//! Runs operations against the rules, beside what the contract says must come of them.

use std::collections::BTreeMap;

use otp_core::{
    Challenge, ChallengeKey, Channel, KeyId, Language, Ledger, LedgerKey, Namespace, Outcome, Parameters,
    Policy, Purpose, Recipient, Timestamp, Verdict,
    transition::{self, Change, Loaded, ResendInput, SendKind, StartInput},
};

use crate::{
    answer::{EVENTS, assert_told, is_open, name},
    operation::{DAY, Operation},
};

const CONTEXT: [u8; 32] = [1; 32];
const OTHER_CONTEXT: [u8; 32] = [2; 32];

/// A guess on its way to the provider.
#[derive(Debug, Clone, Copy)]
struct Asked {
    key: ChallengeKey,
    generation: u32,
}

/// What is to be known of a challenge without a look at its record.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Guesses that may no longer be made: answered, hidden, or on their way.
    spent: u32,
    /// Answers that told something of the code.
    told: u32,
    verified: bool,
    generation: u32,
    ends: i64,
    channel: Channel,
}

pub(crate) struct World {
    policy: Policy,
    ledger_key: LedgerKey,
    now: i64,
    keys: Vec<ChallengeKey>,
    challenges: BTreeMap<ChallengeKey, Challenge>,
    ledger: Option<Ledger>,
    asked: Vec<Asked>,
    known: BTreeMap<ChallengeKey, Known>,
    live: Vec<ChallengeKey>,
    failures: Vec<i64>,
    in_a_row: u32,
    locked: bool,
    pub(crate) seen: BTreeMap<&'static str, u32>,
}

impl World {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            policy,
            ledger_key: LedgerKey::from_bytes([7; 32]),
            now: 1_800_000_000_000,
            keys: Vec::new(),
            challenges: BTreeMap::new(),
            ledger: None,
            asked: Vec::new(),
            known: BTreeMap::new(),
            live: Vec::new(),
            failures: Vec::new(),
            in_a_row: 0,
            locked: false,
            seen: BTreeMap::new(),
        }
    }

    pub(crate) fn run(&mut self, operation: Operation) {
        match operation {
            Operation::Start { by_recipient } => {
                let key = if by_recipient { [0; 32] } else { self.fresh_key() };
                self.start(ChallengeKey::from_bytes(key));
            }
            Operation::Resend { session, new_code } => {
                self.on(session, |world, key| world.resend(key, new_code));
            }
            Operation::Reserve { session, right_context } => {
                self.on(session, |world, key| world.reserve(key, right_context));
            }
            Operation::Settle { asked, verdict } => {
                let _ = self.settle(asked, verdict);
            }
            Operation::Cancel { session } => self.on(session, Self::cancel),
            Operation::Unlock => {
                let unlocked = transition::unlock(self.ledger.clone(), &self.policy, self.at());
                self.write(unlocked.write);
                self.failures.clear();
                (self.in_a_row, self.locked) = (0, false);
            }
            Operation::Pass(millis) => self.now += millis,
        }
    }

    /// Begins a challenge; `None` while the recipient is locked.
    pub(crate) fn begin(&mut self) -> Option<ChallengeKey> {
        let key = ChallengeKey::from_bytes(self.fresh_key());
        self.start(key).then_some(key)
    }

    /// Asks for all these verdicts on the newest challenge before the first is told; how many failures were told.
    pub(crate) fn guess_at_once<const GUESSES: usize>(
        &mut self,
        verdicts: [Option<Verdict>; GUESSES],
    ) -> usize {
        verdicts.iter().for_each(|_| self.run(Operation::Reserve { session: 0, right_context: true }));
        assert_eq!(self.asked.len(), GUESSES, "all may be asked");
        let before = self.failures.len();
        verdicts.into_iter().for_each(|verdict| self.run(Operation::Settle { asked: 0, verdict }));
        self.failures.len() - before
    }

    fn start(&mut self, key: ChallengeKey) -> bool {
        let transition = transition::start(self.load(key), self.start_input(key), &self.policy, self.at());
        let started = transition.outcome.is_ok();
        let before = self.challenges.get(&key).map(|challenge| challenge.sends);
        if let Some(after) = self.write(transition.write).filter(|_| started) {
            let repeats = before.is_some_and(|sends| after.sends == sends + 1);
            assert!(repeats || (after.sends, after.checks) == (1, 0));
            let known = self.known.get(&key).filter(|_| repeats);
            let (spent, told) = known.map_or((0, 0), |known| (known.spent, known.told));
            self.note(&after, Known { spent, told, ..fresh(&after) });
            if !repeats {
                self.live.retain(|live| *live != key);
                self.live.push(key);
                let most = self.policy.live_challenges() as usize;
                self.live.drain(..self.live.len().saturating_sub(most));
                self.keys.retain(|known| *known != key);
                self.keys.insert(0, key);
            }
        }
        started
    }

    fn resend(&mut self, key: ChallengeKey, new_code: bool) {
        let known = self.known[&key];
        let other = if known.channel == Channel::Sms { Channel::Voice } else { Channel::Sms };
        let input = ResendInput {
            channel: new_code.then_some(other),
            language: None,
            parameters: None,
            context: None,
            key_id: key_id(),
            seed: [4; 16],
            send: SendKind::Exempt,
        };
        let transition = transition::resend(self.load(key), input, &self.policy, self.at());
        let started = transition.outcome.is_ok();
        if let Some(after) = self.write(transition.write).filter(|_| started) {
            self.note(&after, Known { spent: known.spent, told: known.told, ..fresh(&after) });
        }
    }

    fn cancel(&mut self, key: ChallengeKey) {
        let canceled = transition::cancel(self.load(key), self.at());
        if canceled.outcome.is_ok() {
            self.live.retain(|live| *live != key);
        }
        self.write(canceled.write);
    }

    fn reserve(&mut self, key: ChallengeKey, right_context: bool) {
        let context = if right_context { CONTEXT } else { OTHER_CONTEXT };
        let transition = transition::reserve(self.load(key), Some(&context), &self.policy, self.at());
        let (known, max) = (self.known[&key], self.policy.max_checks());
        let mut expected = self.refusals(key);
        if is_open(&expected) && known.spent >= max {
            expected.push(Some(Outcome::TooManyChecks));
        } else if is_open(&expected) && !right_context {
            expected.push(Some(Outcome::Wrong { checks_left: max - known.spent - 1 }));
        } else if is_open(&expected) {
            expected.push(None);
        }
        let found = transition.outcome.err();
        assert_told(found, &expected);
        match found {
            None => {
                assert_eq!(transition.outcome, Ok(known.generation));
                self.known(key).spent += 1;
                self.asked.push(Asked { key, generation: known.generation });
                assert_eq!(transition.write.ledger, self.ledger, "asking is no failure");
            }
            Some(Outcome::Wrong { .. }) => {
                self.known(key).spent += 1;
                self.known(key).told += 1;
                self.failed();
                self.see("wrong context");
            }
            Some(refused) => {
                assert_eq!(transition.write, Change::default(), "{refused:?} changes nothing");
                self.see(name(refused));
            }
        }
        self.write(transition.write);
        self.audit(key);
    }

    /// Tells the verdict on a guess on its way; `None` where there is none.
    pub(crate) fn settle(&mut self, asked: usize, verdict: Option<Verdict>) -> Option<Option<Outcome>> {
        let asked = self.asked.remove(asked.checked_rem(self.asked.len())?);
        let (key, known) = (asked.key, self.known[&asked.key]);
        let (policy, at) = (self.policy.clone(), self.at());
        let transition = transition::settle(self.load(key), asked.generation, verdict, &policy, at);
        let (older, max) = (known.generation != asked.generation, policy.max_checks());
        let mut expected = self.refusals(key);
        if is_open(&expected) {
            expected.push(match verdict {
                _ if older => Some(Outcome::Expired),
                Some(Verdict::Right) => Some(Outcome::Verified),
                Some(Verdict::Wrong) => Some(Outcome::Wrong { checks_left: max - known.spent }),
                Some(Verdict::Over) => Some(Outcome::Expired),
                None => None,
            });
        }
        let found = transition.outcome;
        assert_told(found, &expected);
        let is_over = verdict == Some(Verdict::Over) && transition.write != Change::default();
        match found {
            Some(Outcome::Verified) => {
                assert!(!known.verified || !policy.once_only(), "a code succeeds once");
                if known.verified {
                    self.known(key).spent -= 1;
                } else {
                    self.known(key).told += 1;
                }
                self.known(key).verified = true;
                self.in_a_row = 0;
                self.see(if known.verified { "verified again" } else { "verified" });
            }
            Some(Outcome::Wrong { .. }) => {
                self.known(key).told += 1;
                self.failed();
                self.see("wrong");
            }
            Some(Outcome::Expired) if is_over => {
                self.known(key).told += 1;
                self.failed();
                self.see("over");
            }
            None => {
                assert_eq!(transition.write.ledger, self.ledger, "no verdict is no failure");
                self.known(key).spent -= 1;
                self.see("no verdict");
            }
            Some(refused) => {
                assert_eq!(transition.write, Change::default(), "{refused:?} decides nothing");
                self.see(match refused {
                    Outcome::Locked { .. } => "verdict hidden by a lock",
                    Outcome::Expired if older => "verdict on an older code",
                    Outcome::Mismatch => "verdict on a challenge that is gone",
                    refused => name(refused),
                });
            }
        }
        self.write(transition.write);
        self.audit(key);
        Some(found)
    }

    /// What a guess may be refused with whatever it is; the last is `None` where it may also be let through.
    fn refusals(&self, key: ChallengeKey) -> Vec<Option<Outcome>> {
        let known = self.known[&key];
        let recent = |period: i64| self.failures.iter().filter(|at| **at > self.now - period).count();
        let limit = self.policy.failures_per_day() as usize;
        let locked_for_now = Outcome::Locked { retry_after: Some(std::time::Duration::ZERO) };
        let refused = if !self.live.contains(&key) {
            Some(Outcome::Mismatch)
        } else if known.verified && self.policy.once_only() {
            Some(Outcome::AlreadyVerified)
        } else if self.locked {
            Some(Outcome::Locked { retry_after: None })
        } else if recent(DAY) >= limit {
            Some(locked_for_now)
        } else {
            None
        };
        let perhaps = (refused.is_none() && recent(DAY + DAY / 24) >= limit).then_some(Some(locked_for_now));
        let expired = (refused.is_none() && self.now >= known.ends).then_some(Outcome::Expired);
        perhaps.into_iter().chain([refused.or(expired)]).collect()
    }

    fn failed(&mut self) {
        self.failures.push(self.now);
        let of_the_day = self.failures.iter().filter(|at| **at > self.now - DAY).count();
        assert!(of_the_day <= self.policy.failures_per_day() as usize, "failures a day");
        assert!(!self.locked, "answered although locked");
        self.in_a_row += 1;
        self.locked = self.in_a_row >= self.policy.failures_in_a_row();
    }

    fn audit(&self, key: ChallengeKey) {
        let (known, max) = (self.known[&key], self.policy.max_checks());
        let of = |asked: &&Asked| asked.key == key && asked.generation == known.generation;
        let on_their_way = self.asked.iter().filter(of).count() as u32;
        assert!(known.told + on_their_way <= max, "guesses answered and asked: {known:?}, {on_their_way}");
        let record = &self.challenges[&key];
        assert_eq!(record.checks, known.spent, "{known:?}");
        assert_eq!(record.verified_at.is_some(), known.verified);
    }

    fn on(&mut self, session: usize, act: impl FnOnce(&mut Self, ChallengeKey)) {
        if let Some(key) = session.checked_rem(self.keys.len()).map(|session| self.keys[session]) {
            act(self, key);
        }
    }

    fn known(&mut self, key: ChallengeKey) -> &mut Known {
        self.known.get_mut(&key).expect("a challenge that was begun")
    }

    fn note(&mut self, after: &Challenge, known: Known) {
        self.known.insert(after.key, known);
        self.audit(after.key);
    }

    fn see(&mut self, event: &'static str) {
        assert!(EVENTS.contains(&event), "{event}");
        *self.seen.entry(event).or_default() += 1;
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn load(&self, key: ChallengeKey) -> Loaded {
        Loaded { challenge: self.challenges.get(&key).cloned(), ledger: self.ledger.clone(), delivery: None }
    }

    /// The challenge that was written.
    fn write(&mut self, change: Change) -> Option<Challenge> {
        assert_eq!(change.delivery, None);
        self.ledger = change.ledger.or(self.ledger.take());
        if let Some(challenge) = &change.challenge {
            self.challenges.insert(challenge.key, challenge.clone());
        }
        change.challenge
    }

    fn fresh_key(&self) -> [u8; 32] {
        let mut key = [1; 32];
        key[..8].copy_from_slice(&(self.challenges.len() as u64 + 1).to_be_bytes());
        key
    }

    fn start_input(&self, key: ChallengeKey) -> StartInput {
        StartInput {
            key,
            ledger: self.ledger_key,
            namespace: Namespace::default(),
            purpose: Purpose::default(),
            recipient: Recipient::parse("+14155550123").expect("a phone number"),
            channel: Channel::Sms,
            language: Language::new("en").expect("a language"),
            parameters: Parameters::default(),
            context: Some(CONTEXT),
            key_id: key_id(),
            seed: [3; 16],
            send: SendKind::Exempt,
        }
    }
}

fn fresh(after: &Challenge) -> Known {
    Known {
        spent: 0,
        told: 0,
        verified: false,
        generation: after.generation,
        ends: after.expires_at.as_millis(),
        channel: after.channel,
    }
}

fn key_id() -> KeyId {
    "k1".parse().expect("a key id")
}
