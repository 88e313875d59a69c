//! Twilio: texts, WhatsApp, calls, Verify, Lookup, delivery receipts.

mod builder;
mod config;
mod failure;
mod form;
mod lookup;
mod probe;
mod public_url;
mod sender;
mod verify;
mod voice;
mod webhook;

pub use self::{
    builder::TwilioSenderBuilder,
    config::{Account, ConfigError},
    probe::{AccountState, Probe},
    sender::TwilioSender,
    verify::{TwilioVerify, TwilioVerifyBuilder},
    webhook::TwilioWebhook,
};
