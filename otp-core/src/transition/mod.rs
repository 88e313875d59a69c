//! The rules: functions from a state and an input to the next state and an outcome.
//!
//! | function | what it does |
//! |---|---|
//! | [`start`] | begins a challenge and asks for its message |
//! | [`check`] | answers a guess |
//! | [`reserve`], [`settle`] | the same for a code that a provider made and compares |
//! | [`resend`] | asks for the message again, with the same code while that can live |
//! | [`cancel`] | withdraws a challenge |
//! | [`status`] | reads where a challenge stands |
//! | [`unlock`] | lifts a recipient's lock |
//!
//! None of them reads a clock, a random source or a database, so a host may run them inside any store that can hold a
//! few records still while they run:
//!
//! ```
//! use otp_core::{transition::{self, Loaded, Refusal, SendKind, StartInput}, *};
//!
//! let keyring = Keyring::new([("k1".parse()?, (0..32).collect::<Vec<u8>>())])?;
//! let (policy, now) = (Policy::default(), Timestamp::from_millis(1_800_000_000_000));
//! let (namespace, purpose) = (Namespace::default(), Purpose::new("signup")?);
//! let recipient = Recipient::parse("+14155550123")?;
//! let token = SessionToken::from_random([7; 20]); // 20 bytes of the operating system's random source
//!
//! let input = StartInput {
//!     key: token.challenge_key(),
//!     ledger: keyring.ledger_keys(&namespace, &purpose, &recipient)[0],
//!     namespace, purpose, recipient,
//!     channel: Channel::Sms,
//!     language: "en".parse()?,
//!     parameters: Parameters::default(),
//!     context: None,
//!     key_id: keyring.signing_id().clone(),
//!     seed: [9; 16], // random as well
//!     send: SendKind::Deliver,
//! };
//! let started = transition::start(Loaded::default(), input, &policy, now);
//! let challenge = started.write.challenge.ok_or("no challenge")?;
//! let code = challenge.code(&keyring).ok_or("no key")?;
//!
//! let loaded = Loaded { challenge: Some(challenge), ledger: started.write.ledger, delivery: started.write.delivery };
//! let guess = Submitted::parse(code.expose());
//! let checked = transition::check(loaded, &guess, None, CodeSource::Keyring(&keyring), &policy, now);
//! assert_eq!(checked.outcome, Outcome::Verified);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod entrusted;
mod manage;
mod resend;
mod start;

use std::time::Duration;

pub use check::{Outcome, check};
pub use entrusted::{Verdict, reserve, settle};
pub use manage::{Status, StatusState, cancel, status, unlock};
pub use resend::{ResendInput, resend};
pub use start::{SendKind, StartInput, start};

use crate::{
    challenge::{Challenge, ChallengeState},
    channel::Channel,
    delivery::Delivery,
    ledger::Ledger,
    time::Timestamp,
};

/// How far the clocks of several servers may differ before a code counts as issued in the future.
pub(crate) const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);

/// The records of one challenge, as a store found them.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The challenge under the caller's key.
    pub challenge: Option<Challenge>,
    /// The ledger of the caller's namespace, purpose and recipient.
    pub ledger: Option<Ledger>,
    /// The delivery under the caller's key.
    pub delivery: Option<Delivery>,
}

/// The records a store must write before the outcome is told; absent ones stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The challenge's next state.
    pub challenge: Option<Challenge>,
    /// The ledger's next state.
    pub ledger: Option<Ledger>,
    /// The delivery's next state.
    pub delivery: Option<Delivery>,
}

/// What a rule decided: write first, then tell.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an outcome must not be told before its records are durable"]
pub struct Transition<T> {
    /// What to write.
    pub write: Change,
    /// What to tell, once it is written.
    pub outcome: T,
}

impl<T> Transition<T> {
    fn unchanged(outcome: T) -> Self {
        Self { write: Change::default(), outcome }
    }

    /// The same records with another outcome.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Transition<U> {
        Transition { write: self.write, outcome: f(self.outcome) }
    }
}

/// A code is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// How it travels.
    pub channel: Channel,
    /// Its number of characters.
    pub code_length: u8,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When another message may be asked for.
    pub resend_at: Timestamp,
}

/// Why no message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "callers must handle every refusal")]
pub enum Refusal {
    /// A send limit is reached.
    #[error("please wait before requesting another code")]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many wrong guesses for this recipient.
    #[error("too many failed verification attempts")]
    Locked {
        /// When guesses are answered again; absent where the host must unlock.
        retry_after: Option<Duration>,
    },
    /// There is no such challenge for this recipient, or a newer one took its place (resend only).
    #[error("session token mis-match")]
    Mismatch,
    /// The challenge is verified already (resend only).
    #[error("security code is already verified")]
    AlreadyVerified,
    /// The challenge has no guesses left; start a new one (resend only).
    #[error("too many failed verification attempts, request a new code")]
    TooManyChecks,
}

impl Loaded {
    /// The challenge and its ledger, if it is one that can still be talked about: of this recipient, not withdrawn,
    /// not replaced. Everything else looks like a challenge that never was.
    fn live(mut self) -> Option<(Challenge, Ledger, Option<Delivery>)> {
        self.live_mut()?;
        Some((self.challenge?, self.ledger?, self.delivery))
    }

    /// The same where it lies: moving the records takes a tenth of a check's time.
    fn live_mut(&mut self) -> Option<(&mut Challenge, &mut Ledger)> {
        let (challenge, ledger) = (self.challenge.as_mut()?, self.ledger.as_mut()?);
        let same = challenge.ledger == ledger.key && ledger.live.contains(&challenge.key);
        let present = challenge.state != ChallengeState::Canceled;
        (same && present).then_some((challenge, ledger))
    }
}
