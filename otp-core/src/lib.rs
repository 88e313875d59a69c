//! Pure rules of one-time-code verification: who is verified, what the code is, how often it may be sent and guessed,
//! and what the message says.
//!
//! Nothing here does I/O, reads a clock, draws random numbers or looks at the environment: time and random bytes are
//! arguments. So every rule is a function that a test calls, and a program without a web server, a database or an async
//! runtime can use this crate alone.
//!
//! | module or type | answers |
//! |---|---|
//! | [`Recipient`], [`PhoneNumber`], [`EmailAddress`] | who, in one canonical spelling |
//! | [`Channel`], [`Purpose`], [`Namespace`] | how, why, for which tenant |
//! | [`Keyring`], [`Code`], [`SessionToken`] | what is secret, and how it is derived |
//! | [`Policy`], [`Destinations`] | every limit |
//! | [`Challenge`], [`Ledger`], [`Delivery`] | what is remembered |
//! | [`transition`] | what happens: start, check, resend, cancel, status, unlock |
//! | [`message`] | what the recipient reads, in which language |
//!
//! [`transition`] shows a whole verification in thirty lines. To run it against a database with delivery in the
//! background, take `otp-service` and a store; to put it on the web, `otp-axum` or `otp-actix`.

mod challenge;
mod channel;
mod claim;
mod code;
mod delivery;
mod key;
mod keyring;
mod ledger;
pub mod message;
mod meter;
mod name;
mod policy;
mod recipient;
mod reply;
mod time;
mod token;
pub mod transition;
mod window;

pub use challenge::{Challenge, ChallengeState, CodeInputs, CodeSource, Parameters};
pub use channel::{Channel, UnknownChannel};
pub use claim::{CLAIM_MARGIN, Claim};
pub use code::{Alphabet, Code, CodeFormat, InvalidCodeLength, InvalidPrescribedCode, Submitted};
pub use delivery::{Attempted, Delivery, DeliveryState, FailureClass};
pub use key::{ChallengeKey, ClaimKey, LedgerKey, MeterKey, ReplyKey};
pub use keyring::{KeyId, Keyring, KeyringError, MIN_SECRET_LENGTH};
pub use ledger::Ledger;
pub use message::Language;
pub use meter::{Admission, Meter, Quota};
pub use name::{InvalidName, MAX_NAME_LENGTH, Namespace, Purpose};
pub use policy::{Destinations, InvalidDestination, Policy, PolicyBuilder, PolicyProblem, PolicyProblems};
pub use recipient::{
    EmailAddress, InvalidEmailAddress, InvalidPhoneNumber, InvalidRecipient, NotCanonical, PhoneNumber,
    Recipient, Region,
};
pub use reply::{REPLY_LIFE, Replay, Reply};
pub use time::Timestamp;
pub use token::SessionToken;
pub use transition::{Outcome, Refusal, Started, Status, StatusState, Verdict};
pub use window::Window;
