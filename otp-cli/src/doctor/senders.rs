//! Who carries messages.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use otp_core::Channel;
use tokio::{task::JoinSet, time::timeout};

use super::{Finding, LIMIT, Patient};
use crate::{
    config::{Environment, SenderName},
    senders::{Built, Workshop, origins},
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

pub(super) fn from(patient: &Patient) -> Vec<Finding> {
    let senders = &patient.draft.senders;
    let mut found: Vec<_> = origins(senders)
        .into_iter()
        .map(|(key, origin)| match origin {
            Some(origin) => Finding::ok(format!("from {key}"), origin),
            None => Finding::fail(
                format!("from {key}"),
                "neither a number in E.164 nor a sender id",
                "write the number with + and its country code, without spaces: +14155551234",
            ),
        })
        .collect();
    if let Some(smtp) = &senders.smtp {
        found.push(Finding::ok("from smtp_from_email", format!("mail comes from {}", smtp.from_email)));
    }
    if found.is_empty() {
        found.push(Finding::ok("from", "not used: no sender takes one"));
    }
    found
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
            Some(_) => Finding::ok(
                "receipts vonage",
                "read where Vonage signed them; those of SMS with SHA-256 or SHA-512 HMAC only, which has to be chosen \
                 as signature method in the dashboard (MD5 hash, the default, is refused)",
            ),
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
