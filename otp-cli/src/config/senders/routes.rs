//! `sms`, `voice`, `whatsapp`, `email`: the senders of each channel in order.

use std::collections::BTreeMap;

use otp_core::Channel;

use super::SenderName;
use crate::config::{Capabilities, Environment, kind::Value, suggestion::hint, values::Values};

/// Reads the routes. A channel without a sender is not in them: it is not supported.
pub(in crate::config) fn routes(
    values: &mut Values,
    environment: Environment,
    build: &Capabilities,
) -> BTreeMap<Channel, Vec<SenderName>> {
    let mut routes = BTreeMap::new();
    let mut any_given = false;
    for channel in Channel::ALL {
        let name = channel.as_str();
        let usual = match environment {
            Environment::Development => vec![SenderName::Console.to_string()],
            Environment::Production => Vec::new(),
        };
        values.derive(name, Value::List(usual));
        let texts = values.list(name).unwrap_or_default();
        any_given |= !texts.is_empty();
        let senders = senders(values, channel, &texts, environment, build);
        if !senders.is_empty() {
            routes.insert(channel, senders);
        }
    }
    if !any_given {
        let keys = Channel::ALL.map(Channel::as_str).join(", ");
        let expected = format!(
            "a sender is expected for at least one of {keys}; {}",
            available(environment, build, None)
        );
        values.problem("sms", expected);
    }
    routes
}

fn senders(
    values: &mut Values,
    channel: Channel,
    texts: &[String],
    environment: Environment,
    build: &Capabilities,
) -> Vec<SenderName> {
    let mut senders = Vec::new();
    for text in texts {
        let sender = SenderName::ALL.into_iter().find(|sender| sender.as_str() == text);
        let available = || available(environment, build, Some(channel));
        let problem = match sender {
            None => {
                let known = SenderName::ALL.map(SenderName::as_str);
                format!(
                    "{text:?} is no sender{}; {}",
                    hint(text, known.map(|name| (name, name))),
                    available()
                )
            }
            Some(sender) if !build.senders.contains(&sender) => {
                format!("{sender} is not built into this version; {}", available())
            }
            Some(sender) if !sender.serves(channel) => {
                format!("{sender} does not deliver by {channel}; {}", available())
            }
            Some(sender) if senders.contains(&sender) => format!("{sender} is there twice"),
            Some(sender) if environment == Environment::Production && sender.is_for_development() => {
                format!("{sender} is for development only; {}", available())
            }
            Some(sender) => {
                senders.push(sender);
                continue;
            }
        };
        values.problem(channel.as_str(), problem);
    }
    if environment == Environment::Production && senders.contains(&SenderName::Discard) {
        values.warn(channel.as_str(), "discard sends nothing");
    }
    senders
}

fn available(environment: Environment, build: &Capabilities, channel: Option<Channel>) -> String {
    let fits = |sender: &&SenderName| {
        let refused = environment == Environment::Production && sender.is_for_development();
        !refused && channel.is_none_or(|channel| sender.serves(channel))
    };
    let names: Vec<_> = build.senders.iter().filter(fits).map(|sender| sender.as_str()).collect();
    format!("available are {}", names.join(", "))
}
