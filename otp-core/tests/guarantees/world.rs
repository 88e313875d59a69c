//! Runs operations against the rules, with maps for a store, and holds every answer and every write against the
//! reference.

mod deliveries;
mod records;

use std::{collections::HashMap, time::Duration};

use otp_core::{
    Challenge, ChallengeKey, ChallengeState, CodeSource, Delivery, DeliveryState, KeyId, Keyring, Ledger,
    LedgerKey, Namespace, Outcome, Policy, Purpose, Recipient, Refusal, SessionToken, Started, StatusState,
    Submitted, Timestamp,
    transition::{self, Change, ResendInput, Transition},
};

use crate::{
    audit::{Audit, Guessed},
    operation::{CELLS, DAY, Guess, HOUR, Limits, Operation},
    post::Post,
    reference::{Answer, Ask, Effect, Moment, Reference, Stage},
};

const EPOCH: i64 = 1_800_000_000_000;
const LEASE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    limits: Limits,
    policy: Policy,
    keyring: Keyring,
    cells: Vec<Scope>,
    now: Moment,
    drawn: u64,
    challenges: HashMap<ChallengeKey, Challenge>,
    ledgers: HashMap<LedgerKey, Ledger>,
    deliveries: HashMap<ChallengeKey, Delivery>,
    /// The sessions' keys, numbered like the reference's.
    keys: Vec<ChallengeKey>,
    /// The codes of a key's generations, and for what each was bound.
    codes: HashMap<ChallengeKey, Vec<String>>,
    /// How many challenges a key had.
    begun: HashMap<ChallengeKey, u32>,
    reference: Reference,
    post: Post,
    pub(crate) audit: Audit,
}

struct Scope {
    namespace: Namespace,
    purpose: Purpose,
    recipient: Recipient,
    ledger: LedgerKey,
    address: ChallengeKey,
}

impl World {
    pub(crate) fn new(limits: Limits) -> Self {
        let keyring = Keyring::new([(key_id(), (0..32).collect())]).expect("a good key");
        let scope = |(namespace, purpose, recipient)| {
            let namespace = Namespace::new(namespace).expect("a name");
            let purpose = Purpose::new(purpose).expect("a name");
            let recipient = Recipient::from_canonical(recipient).expect("a phone number");
            let ledger = keyring.ledger_keys(&namespace, &purpose, &recipient)[0];
            let address = keyring.challenge_keys(&namespace, &purpose, &recipient)[0];
            Scope { namespace, purpose, recipient, ledger, address }
        };
        Self {
            limits,
            policy: limits.policy(),
            cells: CELLS.map(scope).into(),
            keyring,
            now: Moment { passed: 0, clock: EPOCH },
            drawn: 0,
            challenges: HashMap::new(),
            ledgers: HashMap::new(),
            deliveries: HashMap::new(),
            keys: Vec::new(),
            codes: HashMap::new(),
            begun: HashMap::new(),
            reference: Reference::new(limits),
            post: Post::default(),
            audit: Audit::default(),
        }
    }

    pub(crate) fn run(&mut self, operation: Operation) {
        match operation {
            Operation::Start { cell, by_recipient, channel, context, send } => {
                self.start(cell, by_recipient, Ask { channel: Some(channel), context: Some(context), send });
            }
            Operation::Pass(millis) => self.pass(millis),
            Operation::StepBack(millis) => {
                self.now.clock -= millis;
                self.reference.stepped = true;
            }
            Operation::Unlock { cell } => self.unlock(cell),
            Operation::Report { held, end } => self.report(held, &end),
            Operation::Renew { held } => self.renew(held),
            Operation::Check { session, guess } => {
                self.on(session, |world, session| world.check(session, &guess))
            }
            Operation::Resend { session, channel, context, send } => {
                self.on(session, |world, session| world.resend(session, Ask { channel, context, send }));
            }
            Operation::Cancel { session } => self.on(session, Self::cancel),
            Operation::Status { session } => self.on(session, |world, session| world.status(session)),
            Operation::PassToEnd { session, offset } => self.on(session, |world, session| {
                let left = world.reference.sessions[session].ends + offset - world.now.clock;
                world.pass(left.max(0));
            }),
            Operation::Claim { session } => self.on(session, Self::claim),
            Operation::Receipt { session, arrived } => {
                self.on(session, |world, session| world.receipt(session, arrived));
            }
        }
    }

    fn start(&mut self, cell: usize, by_recipient: bool, ask: Ask) {
        let token = SessionToken::from_random(self.draw());
        let key = if by_recipient { self.cells[cell].address } else { token.challenge_key() };
        let session = self.keys.iter().position(|known| *known == key);
        let allowed = self.reference.start(self.now, cell, session, ask.send);
        let begins = session.is_none_or(|session| !self.reference.is_repeatable(session));

        let input = self.start_input(cell, key, ask);
        let transition = transition::start(self.load(key, cell), input, &self.policy, self.at());
        self.sent(key, cell, session, ask, begins, &allowed, transition);
    }

    fn resend(&mut self, session: usize, ask: Ask) {
        let (key, cell) = (self.keys[session], self.reference.sessions[session].cell);
        let allowed = self.reference.resend(self.now, session, ask.send);
        let input = ResendInput {
            channel: ask.channel,
            language: None,
            parameters: None,
            context: ask.context.map(context_hash),
            key_id: key_id(),
            seed: self.draw(),
            send: ask.send,
        };
        let transition = transition::resend(self.load(key, cell), input, &self.policy, self.at());
        self.sent(key, cell, Some(session), ask, false, &allowed, transition);
    }

    /// What start and resend have in common: everything after the rule.
    #[expect(clippy::too_many_arguments, reason = "one request and all that is known of it")]
    fn sent(
        &mut self,
        key: ChallengeKey,
        cell: usize,
        session: Option<usize>,
        ask: Ask,
        begins: bool,
        allowed: &[Answer],
        Transition { write, outcome }: Transition<Result<Started, Refusal>>,
    ) {
        let answer = outcome.as_ref().map_or_else(|refusal| answer_of(*refusal), |_| Answer::Started);
        assert!(allowed.contains(&answer), "{answer:?}, not {allowed:?}");
        let started = match outcome {
            Ok(started) => started,
            Err(refusal) => {
                self.audit.see_refusal(answer);
                self.refused(cell, &write);
                self.write(write);
                if answer != Answer::Mismatch {
                    self.wait_is_true(cell, refusal);
                }
                return;
            }
        };
        let before = self.challenges.get(&key).cloned();
        let effect = self.reference.started(self.now, cell, session, ask, begins);
        if session.is_none() {
            self.keys.push(key);
        }
        if effect == Effect::Begins {
            *self.begun.entry(key).or_default() += 1;
        }
        let foretold = self.reference.sessions[session.unwrap_or(self.keys.len() - 1)].clone();
        let after = write.challenge.clone().expect("an accepted start writes its challenge");
        assert_eq!(
            (after.generation, after.sends, after.checks),
            (foretold.generation, foretold.asked, foretold.answered)
        );
        assert_eq!((after.channel, after.context), (foretold.channel, context_hash(foretold.context)));
        assert_eq!(after.expires_at, Timestamp::from_millis(foretold.ends));
        assert_eq!((started.expires_at, started.channel), (after.expires_at, after.channel));
        counters_never_fall(before.as_ref(), &after, effect == Effect::Begins);

        let code = after.code(&self.keyring).expect("the key is in the ring").expose().to_owned();
        let codes = self.codes.entry(key).or_default();
        if effect == Effect::Repeats {
            assert_eq!(codes.last(), Some(&code), "a repeated message has the same code");
            self.audit.see("code repeated");
        } else {
            assert!(!codes.contains(&code), "a new generation has a new code");
            codes.push(code.clone());
            self.audit.see(if effect == Effect::Begins { "begun" } else { "code renewed" });
        }
        self.queued(key, ask, code, &after, write.delivery.as_ref());
        self.write(write);
        if ask.send != transition::SendKind::Exempt {
            self.audit.sent(self.now, cell, (key, self.begun[&key]));
        }
        let wait = self.at().until(started.resend_at);
        self.wait_is_true(cell, Refusal::Throttled { retry_after: wait });
    }

    /// An accepted message is in the queue, due, and has time.
    fn queued(
        &mut self,
        key: ChallengeKey,
        ask: Ask,
        code: String,
        challenge: &Challenge,
        delivery: Option<&Delivery>,
    ) {
        assert_eq!(delivery.is_some(), ask.send == transition::SendKind::Deliver);
        let Some(delivery) = delivery else { return };
        assert!(delivery.state == DeliveryState::Queued && delivery.is_due(self.at()), "{delivery:?}");
        assert_eq!((delivery.challenge, delivery.generation), (key, challenge.generation));
        let least = self.limits.least_life_at_send();
        assert_eq!(delivery.send_by.as_millis(), challenge.expires_at.as_millis() - least);
        assert!(
            delivery.send_by.as_millis() - self.now.clock >= least,
            "time to wait in the queue: {delivery:?}"
        );
        self.post.queue(key, code, challenge.generation);
    }

    fn check(&mut self, session: usize, guess: &Guess) {
        let (own, code) = (self.reference.sessions[session].clone(), self.code(session));
        let mut key = self.keys[session];
        let (mut cell, mut context, mut text) = (own.cell, own.context, code.clone());
        match guess {
            Guess::Right => {}
            Guess::Wrong => text = wrong(&code),
            Guess::Old => {
                text = self.codes[&key].iter().rev().nth(1).cloned().unwrap_or_else(|| wrong(&code))
            }
            Guess::OtherContext => context = own.context.map_or(Some(0), |_| None),
            Guess::CodeOf(other) => text = self.code(newest(*other, self.keys.len())),
            Guess::ForCell(other) => cell = *other,
            Guess::UnknownToken => key = SessionToken::from_random(self.draw()).challenge_key(),
        }
        let right = text == code && context == own.context;
        let allowed = match guess {
            Guess::UnknownToken => vec![Answer::Mismatch],
            _ => self.reference.check(self.now, session, cell, right),
        };
        let (loaded, submitted) = (self.load(key, cell), Submitted::parse(&text));
        let source = CodeSource::Keyring(&self.keyring);
        let claimed = context_hash(context);
        let Transition { write, outcome } =
            transition::check(loaded, &submitted, claimed.as_ref(), source, &self.policy, self.at());

        let answer = match outcome {
            Outcome::Verified => Answer::Verified,
            Outcome::Wrong { checks_left } => Answer::Wrong { checks_left },
            Outcome::Mismatch => Answer::Mismatch,
            Outcome::Expired => Answer::Expired,
            Outcome::AlreadyVerified => Answer::AlreadyVerified,
            Outcome::TooManyChecks => Answer::TooManyChecks,
            Outcome::Locked { retry_after: None } => Answer::LockedByHost,
            Outcome::Locked { retry_after: Some(_) } => Answer::LockedForNow,
        };
        assert!(allowed.contains(&answer), "{guess:?}: {answer:?}, not {allowed:?}");
        if !matches!(answer, Answer::Verified | Answer::Wrong { .. }) {
            assert_eq!(write, Change::default(), "an unanswered guess changes nothing");
            if let Outcome::Locked { retry_after } = outcome {
                self.wait_is_true(cell, Refusal::Locked { retry_after });
            }
            self.audit.see_refusal(answer);
            return;
        }
        if matches!(guess, Guess::Old) && text != wrong(&code) {
            self.audit.see("old code refused");
        }
        self.reference.checked(self.now, session, answer);
        let after = write.challenge.as_ref().expect("an answered guess is counted");
        counters_never_fall(self.challenges.get(&key), after, false);
        assert_eq!(after.checks, self.reference.sessions[session].answered);
        assert_eq!(
            after.state == ChallengeState::Verified,
            self.reference.sessions[session].stage == Stage::Verified
        );
        assert!(write.ledger.is_some() && write.delivery.is_none());
        self.write(write);
        self.audit.guessed(Guessed {
            at: self.now,
            cell,
            challenge: (key, self.begun[&key]),
            right,
            again: own.stage == Stage::Verified,
            begun: own.begun,
        });
    }

    fn cancel(&mut self, session: usize) {
        let (key, cell) = (self.keys[session], self.reference.sessions[session].cell);
        let foretold = self.reference.cancel(session);
        let Transition { write, outcome } = transition::cancel(self.load(key, cell), self.at());
        match outcome {
            Ok(()) => {
                assert_eq!(foretold, Answer::Started);
                let state = write.challenge.as_ref().map(|challenge| challenge.state);
                assert_eq!(state, Some(ChallengeState::Canceled));
                self.post.withdraw(key);
                self.write(write);
            }
            Err(refusal) => {
                assert_eq!(foretold, answer_of(refusal));
                assert_eq!(write, Change::default());
            }
        }
        self.message_is_as_foretold(key);
    }

    fn status(&self, session: usize) {
        let (key, own) = (self.keys[session], &self.reference.sessions[session]);
        let status = transition::status(self.load(key, own.cell), &self.policy, self.at());
        assert_eq!(status.is_none(), self.reference.is_unreachable(session, own.cell));
        let Some(status) = status else { return };
        assert_eq!(status.checks_left, self.limits.max_checks.saturating_sub(own.answered));
        assert_eq!(status.state == StatusState::Verified, own.stage == Stage::Verified);
        assert_eq!(status.delivery, self.post.messages.get(&key).map(|message| message.state));
        let wait = self.at().until(status.resend_at);
        self.wait_is_true(own.cell, Refusal::Throttled { retry_after: wait });
    }

    fn unlock(&mut self, cell: usize) {
        let key = self.cells[cell].ledger;
        let Transition { write, .. } =
            transition::unlock(self.ledgers.get(&key).cloned(), &self.policy, self.at());
        if let (Some(before), Some(after)) = (self.ledgers.get(&key), &write.ledger) {
            assert_eq!((&before.sends_hour, &before.sends_day), (&after.sends_hour, &after.sends_day));
            assert_eq!((&before.live, before.last_send_at), (&after.live, after.last_send_at));
        }
        self.write(write);
        self.reference.unlock(cell);
        self.audit.unlocked(cell);
    }

    /// A refusal writes at most a ledger whose stepped times were settled: every count is what it was.
    fn refused(&self, cell: usize, write: &Change) {
        assert!(write.challenge.is_none() && write.delivery.is_none(), "{write:?}");
        let Some(after) = &write.ledger else { return };
        let Some(before) = self.ledgers.get(&self.cells[cell].ledger) else {
            panic!("refused a stranger: {after:?}")
        };
        let (hour, day) = (millis(HOUR), millis(DAY));
        let counts = |ledger: &Ledger| {
            let sends = (ledger.sends_hour.count(hour, self.at()), ledger.sends_day.count(day, self.at()));
            (sends, ledger.failures_day.count(day, self.at()), ledger.failures_in_a_row)
        };
        assert_eq!(counts(before), counts(after));
        assert_eq!((&before.live, before.locked_at), (&after.live, after.locked_at));
        let healed = before.last_send_at > after.last_send_at && after.last_send_at == Some(self.at());
        assert!(before.last_send_at == after.last_send_at || healed, "{before:?} {after:?}");
    }

    /// After the wait a refusal tells, that refusal is over.
    fn wait_is_true(&self, cell: usize, refusal: Refusal) {
        let (Refusal::Throttled { retry_after } | Refusal::Locked { retry_after: Some(retry_after) }) =
            refusal
        else {
            return;
        };
        let key = ChallengeKey::from_bytes([0; 32]);
        let ask = Ask {
            channel: Some(otp_core::Channel::Sms),
            context: Some(None),
            send: transition::SendKind::Deliver,
        };
        let later = self.at() + retry_after;
        let input = self.start_input_with_seed(cell, key, ask, [0; 16]);
        let outcome = transition::start(self.load(key, cell), input, &self.policy, later).outcome;
        let again = match refusal {
            Refusal::Throttled { .. } => matches!(outcome, Err(Refusal::Throttled { .. })),
            _ => matches!(outcome, Err(Refusal::Locked { .. })),
        };
        assert!(!again, "refused again after the wait: {refusal:?}, {outcome:?}");
    }

    fn on(&mut self, session: usize, act: impl FnOnce(&mut Self, usize)) {
        if !self.keys.is_empty() {
            act(self, newest(session, self.keys.len()));
        }
    }
}

/// Counters of a challenge never fall, and its end is final. A new challenge under the key has a later generation.
fn counters_never_fall(before: Option<&Challenge>, after: &Challenge, begins: bool) {
    let Some(before) = before else { return };
    if begins {
        assert!(after.generation > before.generation, "{before:?} {after:?}");
        return;
    }
    assert!(after.generation >= before.generation && after.sends >= before.sends, "{before:?} {after:?}");
    assert!(after.checks >= before.checks && after.created_at == before.created_at, "{before:?} {after:?}");
    assert!(before.state == ChallengeState::Pending || after.state == before.state, "{before:?} {after:?}");
    assert_eq!(after.generation == before.generation, after.seed == before.seed);
}

fn answer_of(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::Throttled { .. } => Answer::Throttled,
        Refusal::Locked { retry_after: None } => Answer::LockedByHost,
        Refusal::Locked { retry_after: Some(_) } => Answer::LockedForNow,
        Refusal::Mismatch => Answer::Mismatch,
        Refusal::AlreadyVerified => Answer::AlreadyVerified,
        Refusal::TooManyChecks => Answer::TooManyChecks,
    }
}

/// A code that differs in its first character.
fn wrong(code: &str) -> String {
    let first = if code.starts_with('2') { "3" } else { "2" };
    format!("{first}{}", &code[1..])
}

/// The index of the `back`th from the end.
fn newest(back: usize, length: usize) -> usize {
    length - 1 - back % length
}

fn context_hash(context: Option<u8>) -> Option<[u8; 32]> {
    context.map(|context| [context; 32])
}

fn key_id() -> KeyId {
    "k1".parse().expect("a key id")
}

fn millis(millis: i64) -> Duration {
    Duration::from_millis(millis.unsigned_abs())
}
