//! The crate against a stand-in for Twilio on loopback: recorded requests, every error, signatures, faults.

mod errors;
mod faults;
mod golden;
mod stories;
mod support;
mod webhook;
