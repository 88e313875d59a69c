//! What the suites share.

use std::{fs, path::PathBuf, time::Duration};

use otp_core::{Channel, FailureClass, Language, Recipient, message::RenderedText};
use otp_provider::{
    Client, Limits,
    testing::{Reply, Server, Step},
};
use otp_service::{Message, SendError};
use otp_twilio::{Account, TwilioSender, TwilioSenderBuilder, TwilioVerify, TwilioVerifyBuilder};
use serde_json::Value;

pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const SERVICE: &str = "VA00000000000000000000000000000001";
pub(crate) const NUMBER: &str = "+447700900000";
pub(crate) const FROM: &str = "+15005550006";
pub(crate) const CODE: &str = "123456";
pub(crate) const MESSAGE: &str = "SM00000000000000000000000000000001";
pub(crate) const VERIFICATION: &str = "VE00000000000000000000000000000001";

pub(crate) fn account() -> Account {
    Account::with_token(ACCOUNT, TOKEN).unwrap()
}

pub(crate) fn client() -> Client {
    Client::with_limits(Limits::default().call(Duration::from_secs(1))).unwrap()
}

/// A sender that talks to the server, not built yet.
pub(crate) fn sender(server: &Server) -> TwilioSenderBuilder {
    TwilioSender::builder(client(), account()).base_url(server.base()).from(FROM)
}

/// The same for Verify.
pub(crate) fn verify(server: &Server) -> TwilioVerifyBuilder {
    TwilioVerify::builder(client(), account(), SERVICE).base_url(server.base())
}

pub(crate) fn to() -> Recipient {
    Recipient::from_canonical(NUMBER).unwrap()
}

/// A message with this text and the usual code.
pub(crate) fn message(channel: Channel, language: &str, body: &str) -> Message {
    let language = Language::new(language).unwrap();
    let id = "00112233445566778899aabbccddeeff.1";
    let mut message = Message::plain(id, to(), channel, language, body.to_owned());
    message.code = RenderedText::new(CODE.to_owned());
    message.expires_in = Duration::from_secs(300);
    message
}

pub(crate) fn text() -> Message {
    message(Channel::Sms, "en-GB", "Your code is 123456")
}

/// Twilio's answer to a message that it took.
pub(crate) fn taken() -> Step {
    Step::Reply(Reply::json(
        201,
        &format!(r#"{{"sid": "{MESSAGE}", "status": "queued", "error_code": null}}"#),
    ))
}

pub(crate) fn golden_folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden"))
}

pub(crate) fn golden_document(file: &str) -> Value {
    let text = fs::read_to_string(golden_folder().join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The rows of `errors.json` for Twilio.
pub(crate) fn rows() -> Vec<Value> {
    let document = golden_document("errors.json");
    let rows = document["rows"].as_array().unwrap().iter();
    rows.filter(|row| row["provider"] == "twilio").cloned().collect()
}

/// How a send fails: class, code.
pub(crate) fn failure(error: &SendError) -> (FailureClass, &str) {
    (error.class, error.code.as_deref().unwrap_or_default())
}
