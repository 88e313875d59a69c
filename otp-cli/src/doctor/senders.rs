//! Who carries messages.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use otp_core::{Channel, PhoneNumber};
use tokio::{task::JoinSet, time::timeout};

use super::{Finding, LIMIT, Patient};
use crate::{
    config::{Environment, SenderName},
    senders::{Built, Workshop},
};

/// What is left for a report once a sender took too long.
const MARGIN: Duration = Duration::from_millis(200);

pub(super) fn routes(patient: &Patient) -> Vec<Finding> {
    const NAME: &str = "senders";
    const REMEDY: &str = "for real messages name providers in OTP_SMS, OTP_EMAIL, OTP_VOICE, OTP_WHATSAPP";
    let routes = &patient.draft.routes;
    let mut groups: Vec<(&[SenderName], Vec<&str>)> = Vec::new();
    for (channel, names) in routes {
        match groups.iter_mut().find(|(known, _)| *known == names.as_slice()) {
            Some((_, channels)) => channels.push(channel.as_str()),
            None => groups.push((names, vec![channel.as_str()])),
        }
    }
    let mut found: Vec<_> = groups
        .iter()
        .map(|(names, channels)| {
            let list: Vec<_> = names.iter().map(|name| name.as_str()).collect();
            let said = format!("{} by {}", channels.join(", "), list.join(", then "));
            match names.first() {
                Some(SenderName::Console) => {
                    let finding = format!("{said}: codes are printed by the server and sent to nobody");
                    Finding::warn(NAME, finding, REMEDY)
                }
                Some(SenderName::File | SenderName::Sandbox | SenderName::Discard) => {
                    Finding::warn(NAME, format!("{said}: nothing reaches anybody"), REMEDY)
                }
                _ => Finding::ok(NAME, said),
            }
        })
        .collect();
    let without = Channel::ALL.iter().filter(|channel| !routes.contains_key(channel));
    let without: Vec<_> = without.map(|channel| channel.as_str()).collect();
    if !without.is_empty() && !routes.is_empty() {
        found.push(Finding::ok(NAME, format!("not used: {}", without.join(", "))));
    }
    found
}

pub(super) fn real_messages(patient: &Patient) -> Vec<Finding> {
    let names = in_use(patient);
    let paid: Vec<_> =
        names.iter().filter(|name| name.provider().is_some()).map(|name| name.as_str()).collect();
    let is_development = patient.draft.environment == Environment::Development;
    vec![match paid.as_slice() {
        [] => Finding::ok("real messages", "not used: nothing leaves this machine"),
        paid if is_development => Finding::warn(
            "real messages",
            format!("in development {} sends messages that arrive and are paid for", paid.join(", ")),
            "for tests use sandbox, file or console, or OTP_TEST_RECIPIENTS; for service set OTP_ENV=production",
        ),
        _ => Finding::ok("real messages", "production sends them"),
    }]
}

/// What a message may come from.
enum Origin {
    /// A number with `+` and its country code, a short code, or up to 11 letters and digits.
    Texts,
    /// A number with its country code.
    Number,
}

pub(super) fn from(patient: &Patient) -> Vec<Finding> {
    let senders = &patient.draft.senders;
    let mut given = Vec::new();
    if let Some(twilio) = &senders.twilio {
        given.push(("twilio_from", twilio.from.as_deref(), Origin::Texts));
        given.push(("twilio_voice_from", twilio.voice_from.as_deref(), Origin::Number));
        // A messaging service chooses a number itself.
        let whatsapp = twilio.whatsapp_from.as_deref().filter(|from| !from.starts_with("MG"));
        let whatsapp = whatsapp.map(|from| from.trim_start_matches("whatsapp:"));
        given.push(("twilio_whatsapp_from", whatsapp, Origin::Number));
    }
    if let Some(vonage) = &senders.vonage {
        given.push(("vonage_from", vonage.from.as_deref(), Origin::Texts));
        given.push(("vonage_voice_from", vonage.voice_from.as_deref(), Origin::Number));
        given.push(("vonage_whatsapp_from", vonage.whatsapp_from.as_deref(), Origin::Number));
    }
    let mut found = Vec::new();
    for (key, from, origin) in given {
        let Some(from) = from else { continue };
        // Vonage's console writes numbers without the plus.
        let number = if key.starts_with("vonage") {
            format!("+{}", from.trim_start_matches('+'))
        } else {
            from.to_owned()
        };
        let is_number = is_e164(&number);
        let name = format!("from {key}");
        found.push(match origin {
            _ if is_number => Finding::ok(name, "a number in E.164"),
            Origin::Texts if is_short_code(from) => Finding::ok(name, "a short code"),
            Origin::Texts if is_sender_id(from) => {
                Finding::ok(name, "a sender id; some countries replace or refuse it")
            }
            _ => Finding::fail(
                name,
                "neither a number in E.164 nor a sender id",
                "write the number with + and its country code, without spaces: +14155551234",
            ),
        });
    }
    if let Some(smtp) = &senders.smtp {
        found.push(Finding::ok("from smtp_from_email", format!("mail comes from {}", smtp.from_email)));
    }
    if found.is_empty() {
        found.push(Finding::ok("from", "not used: no sender takes one"));
    }
    found
}

fn is_e164(text: &str) -> bool {
    let written = text.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    written && PhoneNumber::prescribed(text).is_ok()
}

fn is_short_code(text: &str) -> bool {
    (3..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// 3GPP TS 23.038: eleven characters of seven bits; carriers want a letter among them.
fn is_sender_id(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b" &-_.".contains(&b);
    (1..=11).contains(&text.len()) && text.bytes().all(legal) && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Looks at every sender at a time.
pub(super) async fn probe(patient: Arc<Patient>) -> Vec<Finding> {
    let mut workshop = Workshop::new(&patient.draft.senders, &patient.clock);
    let mut found = Vec::new();
    let mut running = JoinSet::new();
    for (number, name) in in_use(&patient).into_iter().enumerate() {
        let label = format!("sender {name}");
        match workshop.make(name) {
            Ok(Some(built)) => {
                running.spawn(async move { (number, look(&built, &label).await) });
            }
            Ok(None) => found.push((number, vec![Finding::ok(label, "sends nothing: its code is fixed")])),
            Err(error) => {
                let remedy = "correct its options; docs/configuration.md has every key";
                found.push((number, vec![Finding::fail(label, error.to_string(), remedy)]));
            }
        }
    }
    while let Some(ended) = running.join_next().await {
        found.extend(ended);
    }
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().flat_map(|(_, found)| found).collect()
}

async fn look(built: &Built, label: &str) -> Vec<Finding> {
    timeout(LIMIT - MARGIN, built.probe(label)).await.unwrap_or_else(|_| {
        let remedy = "does a firewall drop the connection? let this machine reach the provider";
        vec![Finding::fail(label, format!("no answer within {} s", LIMIT.as_secs()), remedy)]
    })
}

pub(super) fn receipts(patient: &Patient) -> Vec<Finding> {
    let senders = &patient.draft.senders;
    let mut found = Vec::new();
    if let Some(twilio) = &senders.twilio {
        let is_read = twilio.secret.is_some();
        found.push(match (&twilio.status_callback, is_read) {
            (None, _) => not_used("twilio", "OTP_TWILIO_STATUS_CALLBACK=https://.../webhooks/twilio"),
            (Some(_), true) => Finding::ok("receipts twilio", "asked for, and read where Twilio signed them"),
            (Some(_), false) => Finding::warn(
                "receipts twilio",
                "asked for, and not read",
                "set OTP_TWILIO_SECRET to the auth token, which signs them",
            ),
        });
    }
    if let Some(vonage) = &senders.vonage {
        found.push(match &vonage.signature_secret {
            None => not_used("vonage", "OTP_VONAGE_SIGNATURE_SECRET"),
            Some(_) => Finding::ok("receipts vonage", "read where Vonage signed them"),
        });
    }
    found
}

fn not_used(provider: &str, setting: &str) -> Finding {
    let finding = format!("not used: whether messages arrive is not known; {setting} turns them on");
    Finding::ok(format!("receipts {provider}"), finding)
}

fn in_use(patient: &Patient) -> BTreeSet<SenderName> {
    patient.draft.routes.values().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (text, number, id, short) in [
            ("+14155551234", true, false, false),
            ("4155551234", false, false, false),
            ("(415) 555-1234", false, false, false),
            ("+1 415 555 1234", false, false, false),
            ("Acme", false, true, false),
            ("Acme Verify!", false, false, false),
            ("12345", false, false, true),
        ] {
            assert_eq!(
                (is_e164(text), is_sender_id(text), is_short_code(text)),
                (number, id, short),
                "{text}"
            );
        }
    }
}
