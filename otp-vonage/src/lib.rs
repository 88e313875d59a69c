//! Codes through Vonage: SMS, Messages (SMS and WhatsApp), calls, Verify v2, delivery receipts.
//!
//! # Text messages
//!
//! One [`VonageConfig`] serves senders and webhook. A message needs the API key, the API secret and a sender:
//!
//! ```
//! use std::sync::Arc;
//!
//! use otp_provider::Client;
//! use otp_service::{Sender, SystemClock};
//! use otp_vonage::{VonageConfig, VonageSender};
//!
//! let client = Client::new()?;
//! let clock = Arc::new(SystemClock::new());
//! let config = VonageConfig::new("abcd1234", "the API secret")?.from("Acme")?;
//! let sender = VonageSender::new(config, client, clock)?;
//! assert_eq!(sender.name(), "vonage");
//! assert!(sender.carries(otp_core::Channel::Sms) && !sender.carries(otp_core::Channel::Voice));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Requests can be signed in place of carrying the API secret. Choose the same method in the dashboard, under "API
//! settings":
//!
//! ```
//! use otp_vonage::{VonageConfig, signature::SigningMethod};
//!
//! let config = VonageConfig::new("abcd1234", "the API secret")?
//!     .from("Acme")?
//!     .signature_secret("the signature secret")?
//!     .sign_requests(SigningMethod::Sha256);
//! # Ok::<(), otp_vonage::ConfigError>(())
//! ```
//!
//! # Calls and WhatsApp
//!
//! Both need an application, made in the dashboard with the capabilities "Voice" and "Messages": its id, and the private
//! key that the dashboard let you download.
//!
//! ```
//! use otp_vonage::{VonageConfig, WhatsAppContent};
//!
//! fn configure(private_key: String) -> Result<VonageConfig, otp_vonage::ConfigError> {
//!     let template = "verify_code".to_owned();
//!     VonageConfig::new("abcd1234", "the API secret")?
//!         .from("447700900000")?
//!         .application("aaaaaaaa-bbbb-cccc-dddd-0123456789ab", private_key)?
//!         .whatsapp("447700900001", WhatsAppContent::Authentication { template, language: None })
//! }
//!
//! let key = std::fs::read_to_string("../tests/golden/test-only-rsa-private.pem")?;
//! assert!(configure(key).is_ok());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A call speaks the message in its language (in English where Vonage has no voice for it), the code digit by digit, and
//! a text that has the code once is spoken twice.
//!
//! # Verify v2
//!
//! [`VonageVerify`] leaves making and checking codes to Vonage; its documentation shows the steps. It needs the
//! application, too.
//!
//! # Delivery receipts
//!
//! [`VonageWebhook`] reads what Vonage posts to `/webhooks/vonage`. Give that address in the dashboard, or as
//! [`VonageConfig::callback`], and the signature secret to the configuration.
//!
//! Receipts of the SMS API are signed by the method that the account has, which is "MD5 hash" until somebody changes it.
//! **Choose "SHA-256 HMAC signature" or "SHA-512 HMAC signature" in the dashboard, under "API settings", "SMS settings",
//! "Signature method".** Unsigned requests, MD5 and SHA-1 are refused. Tokens of the other APIs know no choice.
//!
//! A text that takes several SMS goes out in parts, each with an id and a receipt of its own. What they have in common is
//! their `client-ref`, which then is the reference: the first receipt that says "delivered" or "failed" decides. With
//! `client_ref` off, or where Vonage's answer does not repeat it, the first part stands for all.
//!
//! # Is it configured right?
//!
//! [`VonageSender::probe`] asks for the account's balance and for calls in progress: it proves key, secret, application
//! and private key, and sends nothing.
//!
//! # Options
//!
//! | option of [`VonageConfig`] | default | for |
//! |---|---|---|
//! | `new(key, secret)` | | everything |
//! | `from` | none: no SMS | SMS; calls where it is a number |
//! | `sms_api` | SMS API | SMS |
//! | `sign_requests` | off: basic authentication | SMS API |
//! | `signature_secret` | none | signed requests, webhooks |
//! | `application` | none | Messages, calls, Verify; webhooks of another one are refused |
//! | `ttl` | on: the code's remaining life, 20 s to 7 days | SMS |
//! | `client_ref` | on: [`Message::id`](otp_service::Message::id), cut to 100 (SMS API), 40 (Messages), 16 bytes (Verify) | all but calls; receipts of texts in parts |
//! | `callback` | none: the dashboard's | receipts, message statuses, call events |
//! | `insight` | off | a look at the number before each message, 2 s at most |
//! | `voice_from` | `from`, else any number of the application | calls |
//! | `whatsapp` | none: no WhatsApp | WhatsApp |
//! | `brand` | the application's name, cut to 16 characters | Verify |
//! | `own_code` | off: Verify makes and checks the code | Verify |
//! | `locale` | on: the message's language | Verify |
//! | `fallback` | none: a resend starts anew | Verify: what a resend tries next |
//! | `sms_base_url` | `https://rest.nexmo.com` | SMS API, balance |
//! | `api_base_url` | `https://api.nexmo.com` | everything else |
//!
//! # Failures
//!
//! A [`SendError`](otp_service::SendError) has Vonage's code, never its words. Codes without a number are those of
//! [`otp_provider`].
//!
//! | API | code | class |
//! |---|---|---|
//! | SMS | 1, 5, 10 | `transient`; `[ 250 ]` in the text is the pause in milliseconds |
//! | SMS | 2, 12 | `request` |
//! | SMS | 3 | `recipient` where the text names `to`, else `provider` |
//! | SMS | 6, 33 | `recipient` |
//! | SMS | 7 | `blocked` |
//! | SMS | 22 | `route` |
//! | SMS | any other | `provider` |
//! | SMS | no message in the answer | `unknown` |
//! | Messages, calls | 422, 400 | `recipient` where it names `to`, else `provider` |
//! | Messages: SMS | 1280, 1310 | `recipient`, another channel: voice |
//! | Messages: WhatsApp | 1300, 1310 | `recipient`, another channel: sms |
//! | Verify | 422 | `recipient` where it names `to`, else `request` |
//! | Verify, start | 409 | none: the verification in progress goes on, or another takes its place; `transient` where it cannot be canceled yet |
//! | Verify, check | 400; 404, 410; 409 | wrong; over; `provider` |
//! | Number Insight | `insight_3` | `recipient`; any other failure does not keep the message back |
//! | all | `application`, `from`, `whatsapp`, `token` | `provider`: not configured |
//! | all | `channel`, `recipient`, `reference` | `request`: a message that this sender does not carry |
//!
//! Of a receipt, after statuses `failed`, `rejected`, `expired`, `undeliverable` and `unknown`:
//!
//! | `err-code` of the SMS API | `error` of Messages | class |
//! |---|---|---|
//! | 7, 8 | 1000, 1030, 1100, 1220, 1230, 1331 | `transient` |
//! | 10 | 1010, 1090, 1130, 1150, 1320, 1380 to 1382, 1450 | `request` |
//! | 3, 12, 14, 15 | 1040, 1170, 1190, 1260, 1280, 1290, 1300, 1310, 1430 | `recipient` |
//! | 4, 9, 13 | 1050, 1240, 1241, 1270 | `blocked` |
//! | 16, 39, 50 to 54 | 1020 to 1022, 1060, 1070, 1080, 1120, 1140, 1160, 1340, 1350, 1370, 1400 to 1420, 1440 | `provider` |
//! | any other | any other | `route` |
//!
//! A status of Messages that says by which `channel` it went offers another one for the same numbers as an answer does.
//!
//! A call that was `busy` is `transient`; `unanswered`, `timeout`, `cancelled`, `rejected` and `failed` are `route`.

mod api;
mod config;
mod failure;
mod fields;
mod insight;
mod jwt;
mod language;
mod messages;
mod options;
mod probe;
mod receipt;
mod sender;
mod shape;
pub mod signature;
mod sms;
mod verify;
mod voice;
mod webhook;

pub use self::{
    config::VonageConfig,
    insight::Insight,
    jwt::InvalidPrivateKey,
    options::{ConfigError, SmsApi, WhatsAppContent},
    probe::{Account, Probe},
    sender::VonageSender,
    shape::{Shape, origin},
    verify::VonageVerify,
    webhook::VonageWebhook,
};

/// The name of [`VonageSender`], and of the webhook.
const SENDER: &str = "vonage";
/// The name of [`VonageVerify`].
const VERIFY: &str = "vonage-verify";
