//! What the suites share: certificates, messages, and a reader of mail that is no part of the crate.

pub(crate) mod certificates;
pub(crate) mod mail;
pub(crate) mod payloads;

use std::{collections::BTreeMap, error::Error as _};

use otp_core::{Channel, EmailAddress, Language, Purpose, Recipient, message::Catalogue};
use otp_service::{Message, SendError};
use otp_smtp::Failure;

pub(crate) const CODE: &str = "481516";
pub(crate) const USER: &str = "codes-user";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const TO: &str = "alice@example.org";

pub(crate) fn from() -> EmailAddress {
    EmailAddress::parse("codes@example.com").expect("a valid address")
}

pub(crate) fn recipient(text: &str) -> Recipient {
    Recipient::parse(text).expect("a valid recipient")
}

/// A code in the built-in words of a language.
pub(crate) fn message(language: &str) -> Message {
    let language: Language = language.parse().expect("a legal tag");
    let catalogue = Catalogue::builder().app_name("Example").build().expect("the built-in catalogue");
    let rendered = catalogue.render(&otp_core::message::RenderRequest {
        purpose: &Purpose::default(),
        language: &language,
        channel: Channel::Email,
        security_code: CODE,
        minutes: 10,
        parameters: &BTreeMap::new(),
    });
    let id = "0123456789abcdef0123456789abcdef.3";
    let mut message =
        Message::plain(id, recipient(TO), Channel::Email, rendered.language.clone(), String::new());
    message.app_name = "Example".to_owned();
    message.subject = rendered.subject;
    message.body = rendered.body;
    message.code = otp_core::message::RenderedText::new(CODE.to_owned());
    message
}

/// All that a log could show of an error.
pub(crate) fn shown(error: &SendError) -> String {
    let mut shown = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        shown.push_str(&format!(" {inner} {inner:?}"));
        cause = inner.source();
    }
    shown
}

/// The source of an error of this crate.
pub(crate) fn failure(error: &SendError) -> Failure {
    let source = error.source.as_ref().expect("a source");
    *source.downcast_ref::<Failure>().expect("a failure of this crate")
}
