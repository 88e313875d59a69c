//! What the contract says must come of each request.
//!
//! Every answer is foretold exactly, but for one freedom: a budget may count an event a 24th of its period longer than
//! the period (two 24ths where the clock was set back), never shorter.

use otp_core::{Channel, transition::SendKind};

use crate::operation::{CELLS, DAY, HOUR, Limits, SECOND};

/// How far before its beginning a code still counts: the clocks of several servers differ.
const TOLERANCE: i64 = 30 * SECOND;

/// A point in time: what truly passed since the story began, and what the clock shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) passed: i64,
    pub(crate) clock: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Verified,
    Wrong { checks_left: u32 },
    Started,
    Mismatch,
    Expired,
    AlreadyVerified,
    TooManyChecks,
    Throttled,
    LockedForNow,
    LockedByHost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    Verified,
    Canceled,
}

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) cell: usize,
    pub(crate) stage: Stage,
    pub(crate) answered: u32,
    pub(crate) asked: u32,
    pub(crate) generation: u32,
    pub(crate) channel: Channel,
    pub(crate) context: Option<u8>,
    pub(crate) begun: Moment,
    pub(crate) ends: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    sends: Vec<Moment>,
    failures: Vec<Moment>,
    failures_in_a_row: u32,
    locked: bool,
    live: Vec<usize>,
}

/// What a start or resend asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) channel: Option<Channel>,
    pub(crate) context: Option<Option<u8>>,
    pub(crate) send: SendKind,
}

/// What an accepted start or resend does to the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// A new challenge begins.
    Begins,
    /// The same challenge with a new code.
    Renews,
    /// The same code again.
    Repeats,
}

pub(crate) struct Reference {
    limits: Limits,
    cells: Vec<Cell>,
    pub(crate) sessions: Vec<Session>,
    /// Whether the clock was ever set back.
    pub(crate) stepped: bool,
}

/// Whether a limit is reached.
#[derive(Clone, Copy)]
enum Reached {
    No,
    Perhaps,
    Surely,
}

impl Reference {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, cells: vec![Cell::default(); CELLS.len()], sessions: Vec::new(), stepped: false }
    }

    /// What a guess for `session` may be answered, claimed for `cell`.
    pub(crate) fn check(&self, now: Moment, session: usize, cell: usize, right: bool) -> Vec<Answer> {
        let found = &self.sessions[session];
        let answered = found.answered >= self.limits.max_checks;
        let verdict = match right {
            true => Answer::Verified,
            false => Answer::Wrong { checks_left: self.limits.max_checks.saturating_sub(found.answered + 1) },
        };
        first(
            [
                (self.is_unreachable(session, cell).into(), Answer::Mismatch),
                ((found.stage == Stage::Verified && self.limits.once_only).into(), Answer::AlreadyVerified),
                (self.cells[cell].locked.into(), Answer::LockedByHost),
                (self.failures_of_the_day(cell, now), Answer::LockedForNow),
                (is_over(found, now).into(), Answer::Expired),
                (answered.into(), Answer::TooManyChecks),
            ],
            verdict,
        )
    }

    pub(crate) fn checked(&mut self, now: Moment, session: usize, answer: Answer) {
        let found = &mut self.sessions[session];
        let cell = &mut self.cells[found.cell];
        match answer {
            Answer::Verified => {
                if found.stage == Stage::Pending {
                    found.answered += 1;
                }
                found.stage = Stage::Verified;
                cell.failures_in_a_row = 0;
            }
            Answer::Wrong { .. } => {
                found.answered += 1;
                cell.failures.push(now);
                cell.failures_in_a_row += 1;
                cell.locked = cell.failures_in_a_row >= self.limits.failures_in_a_row;
            }
            _ => {}
        }
    }

    /// What a start may be answered; `session` has its key already.
    pub(crate) fn start(
        &self,
        now: Moment,
        cell: usize,
        session: Option<usize>,
        send: SendKind,
    ) -> Vec<Answer> {
        match session.filter(|session| self.is_repeatable(*session)) {
            Some(session) => self.resend(now, session, send),
            None => first(self.send_limits(now, cell, send), Answer::Started),
        }
    }

    /// What a resend may be answered.
    pub(crate) fn resend(&self, now: Moment, session: usize, send: SendKind) -> Vec<Answer> {
        let found = &self.sessions[session];
        let sent_out = found.asked >= self.limits.sends_per_challenge && send != SendKind::Exempt;
        let [by_host, for_now, throttled] = self.send_limits(now, found.cell, send);
        first(
            [
                (self.is_unreachable(session, found.cell).into(), Answer::Mismatch),
                ((found.stage == Stage::Verified).into(), Answer::AlreadyVerified),
                by_host,
                for_now,
                throttled,
                ((found.answered >= self.limits.max_checks).into(), Answer::TooManyChecks),
                (sent_out.into(), Answer::Throttled),
            ],
            Answer::Started,
        )
    }

    /// Takes an accepted start or resend to the books and says what becomes of the code. A session without a number
    /// yet gets the next.
    pub(crate) fn started(
        &mut self,
        now: Moment,
        cell: usize,
        session: Option<usize>,
        ask: Ask,
        begins: bool,
    ) -> Effect {
        if ask.send != SendKind::Exempt {
            self.cells[cell].sends.push(now);
        }
        let (life, least) = (self.limits.life, self.limits.least_life_at_send());
        let number = session.unwrap_or(self.sessions.len());
        if begins {
            let fresh = Session {
                cell,
                stage: Stage::Pending,
                answered: 0,
                asked: 1,
                generation: session.map_or(0, |session| self.sessions[session].generation) + 1,
                channel: ask.channel.expect("a start names its channel"),
                context: ask.context.expect("a start names its context"),
                begun: now,
                ends: now.clock + life,
            };
            match session {
                Some(session) => self.sessions[session] = fresh,
                None => self.sessions.push(fresh),
            }
            let most = self.limits.live_challenges as usize;
            let live = &mut self.cells[cell].live;
            live.retain(|live| *live != number);
            live.push(number);
            live.drain(..live.len().saturating_sub(most));
            return Effect::Begins;
        }
        let found = &mut self.sessions[number];
        found.asked += 1;
        let (channel, context) = (ask.channel.unwrap_or(found.channel), ask.context.unwrap_or(found.context));
        let changed = (channel, context) != (found.channel, found.context);
        (found.channel, found.context) = (channel, context);
        // Its message may wait until the least life is left, so there must be twice as much now.
        if changed || is_over(found, now) || found.ends - now.clock < 2 * least {
            found.generation += 1;
            (found.begun, found.ends) = (now, now.clock + life);
            Effect::Renews
        } else {
            Effect::Repeats
        }
    }

    /// Whether a start under the session's key continues it.
    pub(crate) fn is_repeatable(&self, session: usize) -> bool {
        let found = &self.sessions[session];
        found.stage == Stage::Pending
            && found.answered < self.limits.max_checks
            && found.asked < self.limits.sends_per_challenge
            && self.is_live(session)
    }

    pub(crate) fn cancel(&mut self, session: usize) -> Answer {
        let found = &self.sessions[session];
        if self.is_unreachable(session, found.cell) {
            return Answer::Mismatch;
        }
        if found.stage == Stage::Verified {
            return Answer::AlreadyVerified;
        }
        let cell = found.cell;
        self.cells[cell].live.retain(|live| *live != session);
        self.sessions[session].stage = Stage::Canceled;
        Answer::Started
    }

    pub(crate) fn unlock(&mut self, cell: usize) {
        let cell = &mut self.cells[cell];
        (cell.locked, cell.failures_in_a_row) = (false, 0);
        cell.failures.clear();
    }

    /// Whether the session's message is still of use.
    pub(crate) fn wants(&self, session: usize, generation: u32, now: Moment) -> bool {
        let found = &self.sessions[session];
        found.stage == Stage::Pending
            && found.generation == generation
            && self.is_live(session)
            && !is_over(found, now)
            && found.ends - now.clock >= self.limits.least_life_at_send()
    }

    pub(crate) fn is_unreachable(&self, session: usize, cell: usize) -> bool {
        let found = &self.sessions[session];
        found.cell != cell || found.stage == Stage::Canceled || !self.is_live(session)
    }

    fn is_live(&self, session: usize) -> bool {
        self.cells[self.sessions[session].cell].live.contains(&session)
    }

    fn send_limits(&self, now: Moment, cell: usize, send: SendKind) -> [(Reached, Answer); 3] {
        let sends = &self.cells[cell].sends;
        let reached = match send {
            SendKind::Exempt => Reached::No,
            SendKind::Deliver | SendKind::Silent => self
                .cooldown(sends, now)
                .or(self.reached(sends, HOUR, self.limits.sends_per_hour, now))
                .or(self.reached(sends, DAY, self.limits.sends_per_day, now)),
        };
        [
            (self.cells[cell].locked.into(), Answer::LockedByHost),
            (self.failures_of_the_day(cell, now), Answer::LockedForNow),
            (reached, Answer::Throttled),
        ]
    }

    fn failures_of_the_day(&self, cell: usize, now: Moment) -> Reached {
        self.reached(&self.cells[cell].failures, DAY, self.limits.failures_per_day, now)
    }

    fn cooldown(&self, sends: &[Moment], now: Moment) -> Reached {
        let Some(last) = sends.last() else { return Reached::No };
        if now.passed - last.passed < self.limits.cooldown {
            Reached::Surely
        } else if now.clock - last.clock < self.limits.cooldown {
            // The clock was set back: it must have seen the cooldown pass as well.
            Reached::Perhaps
        } else {
            Reached::No
        }
    }

    fn reached(&self, events: &[Moment], period: i64, limit: u32, now: Moment) -> Reached {
        let longest = period + if self.stepped { 2 } else { 1 } * period / 24;
        let surely = events.iter().filter(|event| now.passed - event.passed < period).count();
        let perhaps = events.iter().filter(|event| now.clock - event.clock < longest).count();
        match limit as usize {
            limit if surely >= limit => Reached::Surely,
            limit if perhaps >= limit => Reached::Perhaps,
            _ => Reached::No,
        }
    }
}

fn is_over(session: &Session, now: Moment) -> bool {
    now.clock >= session.ends || now.clock < session.begun.clock - TOLERANCE
}

impl From<bool> for Reached {
    fn from(reached: bool) -> Self {
        if reached { Self::Surely } else { Self::No }
    }
}

impl Reached {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Surely, _) | (_, Self::Surely) => Self::Surely,
            (Self::Perhaps, _) | (_, Self::Perhaps) => Self::Perhaps,
            _ => Self::No,
        }
    }
}

/// The answers possible where refusals are tried in this order.
fn first(refusals: impl IntoIterator<Item = (Reached, Answer)>, otherwise: Answer) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (reached, refusal) in refusals {
        match reached {
            Reached::No => {}
            Reached::Perhaps => answers.push(refusal),
            Reached::Surely => {
                answers.push(refusal);
                return answers;
            }
        }
    }
    answers.push(otherwise);
    answers
}
