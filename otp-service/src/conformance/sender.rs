//! What a sender promises.

use std::sync::Arc;

use otp_core::{Channel, Language, Recipient};

use super::samples::phone;
use crate::sender::{Message, Sender};

/// Sends one message by each channel the sender carries, to made-up recipients: point it at a stand-in of its provider.
///
/// # Panics
///
/// When the sender has no name, carries no channel, fails, or shows a recipient or text in an error.
pub async fn sender(sender: Arc<dyn Sender>) {
    let name = sender.name().to_owned();
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    assert!(!name.is_empty() && plain, "a sender's name is a word for configuration files: {name:?}");
    let carried: Vec<_> = Channel::ALL.into_iter().filter(|channel| sender.carries(*channel)).collect();
    assert!(!carried.is_empty(), "{name} carries no channel");
    for channel in carried {
        let to = if channel.takes_phone_number() { phone() } else { address() };
        let language: Language = "en".parse().expect("a legal tag");
        let message =
            Message::plain("conformance-1", to.clone(), channel, language, "Your code is 123456".to_owned());
        if let Err(error) = sender.send(&message).await {
            let mut shown = format!("{error} {error:?}");
            let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
            while let Some(inner) = cause {
                shown.push_str(&format!(" {inner} {inner:?}"));
                cause = inner.source();
            }
            let leaks = shown.contains(to.as_str()) || shown.contains("123456");
            assert!(!leaks, "{name}'s error shows the recipient or the text");
            panic!("{name} did not send by {channel}: {error}");
        }
    }
}

fn address() -> Recipient {
    Recipient::parse("name@example.com").expect("a valid address")
}
