//! The verification service: the rules of `otp-core`, put in order over five ports.
//!
//! | port | keeps or does | implementations |
//! |---|---|---|
//! | [`Store`] | challenges, ledgers, deliveries | `otp-diesel`, [`MemoryStore`] |
//! | [`Sender`] | delivers a message | `otp-twilio`, `otp-vonage`, `otp-smtp`, [`DiscardSender`], [`RecordingSender`] |
//! | [`Accounts`] | knows who is registered, and who is verified | `otp-diesel`, [`MemoryAccounts`]; most hosts their own |
//! | [`Clock`] | tells the time | [`SystemClock`], [`ManualClock`] |
//! | [`Events`] | takes what happened | [`TracingEvents`] |
//!
//! [`Verifier`] is what an application holds; its documentation shows a whole verification. [`Worker`] sends what it
//! queued.
//!
//! # What happens at a start
//!
//! 1. The caller's address and the number's block spend one start each, or the request is refused.
//! 2. One [`Store::apply`] loads the recipient's ledger, asks [`otp_core::transition::start`], and writes ledger,
//!    challenge and delivery together. From here on a crash loses nothing.
//! 3. The caller gets its session token. A worker takes the delivery under a lease, derives the code, renders the text,
//!    sends it and records what became of it.
//!
//! # Implementing a port
//!
//! [`store`] states the promises of a store in prose, and the feature `conformance` brings the suites that check them.

pub mod accounts;
mod breaker;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod desk;
mod events;
mod memory;
mod proof;
mod random;
mod records;
mod routes;
mod sender;
pub mod store;
mod verifier;
pub mod webhook;
mod worker;

pub use accounts::{
    Account, AccountId, Accounts, AccountsError, InvalidAccountId, MemoryAccounts, NewAccount, RegisterError,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use events::{Event, EventKind, Events, TracingEvents};
pub use memory::MemoryStore;
pub use proof::{CLOCK_TOLERANCE, Claims, InvalidJwks, PROOF_LIFE, ProofError, ProofVerifier, Proofs};
pub use random::{RandomError, random_bytes};
pub use records::{Keys, Record, Records, Row, Rows};
pub use routes::{Routes, SEND_LIMIT, TAKE_OVER_AFTER};
pub use sender::{
    CodeProvider, DiscardSender, FollowUp, Message, Receipt, RecordingSender, SendError, Sender,
};
pub use store::{
    Backlog, Claimed, Listed, Listing, Over, Retention, Source, Step, Store, StoreError, StoreExt,
};
pub use tokio_util::sync::CancellationToken;
pub use verifier::{
    Address, ChallengeStatus, CheckError, CheckRequest, Checked, ClaimError, DeliveryMode, DeliveryStatus,
    PrescribedCode, PrescribedCodes, ReceiveError, ResendRequest, Session, StartError, StartRequest,
    Verifier, VerifierBuilder,
};
pub use webhook::{DeliveryReport, ReportState, Reports, WebhookError, WebhookReader, WebhookRequest};
pub use worker::Worker;
