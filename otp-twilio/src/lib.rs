//! Twilio: texts, WhatsApp messages, calls, Verify, Lookup and delivery receipts.
//!
//! Twilio has two kinds of service, and so this crate has two senders:
//!
//! | | [`TwilioSender`] | [`TwilioVerify`] |
//! |---|---|---|
//! | Twilio's product | Programmable Messaging and Voice | Verify v2 |
//! | the code | ours; Twilio carries the text that we wrote | Twilio's, or ours in its texts (`custom_code`) |
//! | who compares a guess | we do | Twilio does, unless the code is ours |
//! | channels | texts, WhatsApp, calls | those the Verify service has: texts, calls, WhatsApp, e-mail |
//! | delivery receipts | [`TwilioWebhook`] | none |
//! | name | `twilio` | `twilio-verify` |
//!
//! # A sender
//!
//! ```
//! use std::sync::Arc;
//! use otp_core::Channel;
//! use otp_provider::Client;
//! use otp_service::Routes;
//! use otp_twilio::{Account, TwilioSender};
//!
//! # fn example() -> Result<Routes, Box<dyn std::error::Error>> {
//! let account = Account::with_token("AC00000000000000000000000000000001", "the auth token")?;
//! let twilio = TwilioSender::builder(Client::new()?, account)
//!     .messaging_service("MG00000000000000000000000000000001")
//!     .voice("+15005550006")
//!     .status_callback("https://otp.example.com/webhooks/twilio")
//!     .feedback(true)
//!     .redaction(true)
//!     .build()?;
//!
//! let twilio = Arc::new(twilio);
//! let routes = Routes::default().with(Channel::Sms, twilio.clone()).with(Channel::Voice, twilio);
//! # Ok(routes)
//! # }
//! # example().unwrap();
//! ```
//!
//! | option | does | default |
//! |---|---|---|
//! | [`from`](TwilioSenderBuilder::from) | texts come from this number, short code or name | none |
//! | [`messaging_service`](TwilioSenderBuilder::messaging_service) | texts come from this pool of senders (`MG...`) | none |
//! | [`whatsapp`](TwilioSenderBuilder::whatsapp) | WhatsApp messages come from this number or pool | none |
//! | [`whatsapp_template`](TwilioSenderBuilder::whatsapp_template) | the content template (`HX...`) whose variable 1 is the code | the text as it is |
//! | [`voice`](TwilioSenderBuilder::voice) | calls come from this number | none |
//! | [`status_callback`](TwilioSenderBuilder::status_callback) | where Twilio reports what became of a message | no reports |
//! | [`validity_period`](TwilioSenderBuilder::validity_period) | drops a text that waited longer than its code lives | on |
//! | [`smart_encoding`](TwilioSenderBuilder::smart_encoding) | replaces typographic characters that cost room | off |
//! | [`feedback`](TwilioSenderBuilder::feedback) | tells Twilio that a code was used | off |
//! | [`redaction`](TwilioSenderBuilder::redaction) | empties Twilio's copy of a delivered text | off |
//! | [`lookup`](TwilioSenderBuilder::lookup) | asks for the line's type before each send (1.5 s at most; paid for) | off |
//! | [`country_list`](TwilioSenderBuilder::country_list) | says that the host has a list of countries it serves | on |
//! | [`base_url`](TwilioSenderBuilder::base_url), [`lookup_base_url`](TwilioSenderBuilder::lookup_base_url) | other hosts | Twilio's |
//! | [`name`](TwilioSenderBuilder::name) | the sender's name | `twilio` |
//!
//! A channel is carried where it has a sender. A call speaks the text, and with it the code digit by digit, twice, in
//! the message's language where Twilio has a voice for it.
//!
//! # Delivery receipts
//!
//! A message that Twilio took is not delivered yet. [`TwilioWebhook`] reads what Twilio posts to the status callback,
//! after it has checked the signature; hosts that Twilio cannot reach ask with [`TwilioSender::report`].
//!
//! ```
//! use otp_twilio::TwilioWebhook;
//!
//! // Signed with the auth token, whatever credentials the sender has; the address is the one that Twilio calls.
//! let webhook = TwilioWebhook::new(
//!     "AC00000000000000000000000000000001",
//!     "the auth token",
//!     "https://otp.example.com",
//! )?;
//! # Ok::<(), otp_twilio::ConfigError>(())
//! ```
//!
//! | status | is |
//! |---|---|
//! | `delivered`, `read`; a call that was `completed` | delivered |
//! | `undelivered`, `failed`, `canceled` | failed, with the class of the error code |
//! | a call that was `busy` or had `no-answer` | failed, `route` |
//! | everything else | still on its way |
//!
//! # Verify
//!
//! ```
//! use otp_provider::Client;
//! use otp_service::Sender;
//! use otp_twilio::{Account, TwilioVerify};
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let account = Account::with_api_key(
//!     "AC00000000000000000000000000000001",
//!     "SK00000000000000000000000000000001",
//!     "the key's secret",
//! )?;
//! let verify = TwilioVerify::builder(Client::new()?, account, "VA00000000000000000000000000000001").build()?;
//! assert!(verify.codes().is_some(), "Twilio makes the codes and compares the guesses");
//! # Ok(())
//! # }
//! # example().unwrap();
//! ```
//!
//! | option | does | default |
//! |---|---|---|
//! | [`channels`](TwilioVerifyBuilder::channels) | the channels that the service has switched on | texts, calls |
//! | [`locale`](TwilioVerifyBuilder::locale) | asks for the message's language | on |
//! | [`custom_code`](TwilioVerifyBuilder::custom_code) | sends our code, and reports that it was used | off |
//! | [`app_hash`](TwilioVerifyBuilder::app_hash) | lets an Android app read the code from the text | none |
//! | [`country_list`](TwilioVerifyBuilder::country_list) | says that the host has a list of countries it serves | on |
//! | [`base_url`](TwilioVerifyBuilder::base_url) | another host | Twilio's |
//! | [`name`](TwilioVerifyBuilder::name) | the sender's name | `twilio-verify` |
//!
//! Verify keeps one verification per number and service, for ten minutes, five messages and five guesses, and a second
//! start for the number sends its code again. Here that happens for a resend of the same code only. A start for another
//! purpose, context or generation cancels the verification that runs and begins a new one, so that no code opens what it
//! was not sent for; the person may get a message with the old code first, which opens nothing any more. Purposes that
//! are used at the same time for one number end each other's codes: give each a service of its own. A guess that another
//! verification answered is never right.
//!
//! # Failures
//!
//! A failure's `code` is Twilio's error code, which <https://www.twilio.com/docs/api/errors> explains; without one it is
//! the [status or the fault](otp_provider#failures). A `429` alone says nothing: `60203` is a limit on one number, which
//! another provider must not be used to go round.
//!
//! | codes | happened | class |
//! |---|---|---|
//! | 20429, 20503, 21611, 30001, 30017, 63018 | too much at once; nothing was taken | `transient` |
//! | `verification_in_progress` | Verify goes on with another message's verification | `transient` |
//! | 20500, 20504 | failed half-way | `unknown` |
//! | 20003, 20005, 20403, 20404, 30002 | account or credentials | `provider` |
//! | 21212, 21603, 21606, 21659, 21703 | the number or service that we send from | `provider` |
//! | 21408, 21215, 21608 | countries or numbers that the account may not send to | `provider`; countries `blocked` without a list of our own |
//! | 30022, 30032, 30034 | a registration that carriers want of the sender | `provider` |
//! | 63007, 63016, 63027 | the WhatsApp sender or its template | `provider` |
//! | 60220, 60223, 60238 | the Verify service | `provider` |
//! | 21612, 30003, 30007, 30008, 30410 | no way to the number from here | `route` |
//! | 21211, 30005, 60200 about `To` | no such number | `recipient` |
//! | 21614, 30006, 60205 | a landline | `recipient`, another channel: voice |
//! | 63003, 63024 | not on WhatsApp | `recipient`, another channel: sms |
//! | `lookup_invalid`, `lookup_landline`, `lookup_line_type` | Lookup refused the number | `recipient` |
//! | 21610, 30004 | opted out, or blocked by person or carrier | `blocked` |
//! | 30450, 60410, 60605 | fraud protection | `blocked` |
//! | 60203, 60212 | a limit on the number | `blocked` |
//! | 21602, 21604, 21617, other 60200 | a mistake of ours | `request` |
//! | any other with a 4xx | | `provider` |
//! | any other of a receipt | | `route` |
//!
//! The whole table is data in `src/failure.rs`.
//!
//! # What is never shown
//!
//! Errors, logs and `Debug` hold no account, key, token, number, text or code, and nothing that Twilio wrote: its texts
//! quote numbers.

mod builder;
mod config;
mod failure;
mod form;
mod lookup;
mod probe;
mod public_url;
mod running;
mod sender;
mod shape;
mod verify;
mod voice;
mod webhook;

pub use self::{
    builder::TwilioSenderBuilder,
    config::{Account, ConfigError},
    probe::{AccountState, Probe},
    sender::TwilioSender,
    shape::Shape,
    verify::{TwilioVerify, TwilioVerifyBuilder},
    webhook::TwilioWebhook,
};
