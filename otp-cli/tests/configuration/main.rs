//! The configuration of `otp`, from sources written down as texts, and the program that reads it.

mod production;
mod program;
mod reference;
mod secrets;
mod senders;
#[cfg(all(feature = "smtp", feature = "twilio", feature = "vonage"))]
mod shapes;
mod sources;
mod support;
mod texts;
mod values;
