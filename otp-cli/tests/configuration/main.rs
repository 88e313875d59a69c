//! The configuration of `otp`, from sources written down as texts, and the program that reads it.

mod production;
mod program;
mod reference;
mod secrets;
mod senders;
mod sources;
mod support;
mod texts;
mod values;
