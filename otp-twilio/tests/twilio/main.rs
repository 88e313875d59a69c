//! The crate against a stand-in for Twilio on loopback: recorded requests, every error, signatures, faults.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod described;
mod errors;
mod faults;
mod golden;
mod stories;
mod support;
mod verify;
mod verify_server;
mod webhook;
