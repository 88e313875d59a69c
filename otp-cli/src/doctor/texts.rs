//! Lengths of messages, lives of codes, and how requests are answered.

use std::time::Duration;

use otp_core::message::MessageEnding;

use super::{Finding, Patient};
use crate::config::DeliveryMode;

/// Texts that are named one by one.
const MOST_NAMED: usize = 10;
/// What people need to find the message and type its code.
const SHORTEST_LIFE: Duration = Duration::from_secs(120);

pub(super) fn length(patient: &Patient) -> Vec<Finding> {
    const NAME: &str = "message length";
    const REMEDY: &str = "each SMS is paid for: shorten it, or avoid characters outside the GSM alphabet";
    let draft = &patient.draft;
    let (Some(catalogue), Some(policy)) = (&draft.catalogue, &draft.policy) else { return Vec::new() };
    let minutes = u32::try_from(policy.life().as_secs().div_ceil(60)).unwrap_or(u32::MAX);
    let digits = usize::from(policy.format().length());
    // One text in many languages is one line.
    let mut long: Vec<(String, Vec<String>)> = Vec::new();
    for text in catalogue.check_segments(digits, minutes) {
        let purpose = text.purpose.map(|purpose| format!(" for {purpose}")).unwrap_or_default();
        let ending = match text.ending {
            MessageEnding::None => String::new(),
            ending => format!(" with its ending for {ending}"),
        };
        let (count, encoding) = (text.segments.segments, text.segments.encoding);
        let units = text.segments.septets.unwrap_or(text.segments.utf16_units);
        let said = format!("{purpose} takes {count} SMS{ending} ({encoding}, {units} units)");
        match long.iter_mut().find(|(known, _)| *known == said) {
            Some((_, languages)) => languages.push(text.language.to_string()),
            None => long.push((said, vec![text.language.to_string()])),
        }
    }
    let mut found: Vec<_> = long
        .iter()
        .take(MOST_NAMED)
        .map(|(said, languages)| {
            Finding::warn(NAME, format!("the text in {}{said}", languages.join(", ")), REMEDY)
        })
        .collect();
    if long.len() > MOST_NAMED {
        let finding = format!("{} more texts take more than one SMS", long.len() - MOST_NAMED);
        found.push(Finding::warn(NAME, finding, REMEDY));
    }
    found.extend(catalogue.check_endings(digits, minutes).take(MOST_NAMED).map(|lost| {
        let finding = format!(
            "the text in {} goes out without its ending for {}: {}",
            lost.language, lost.ending, lost.error
        );
        Finding::warn(NAME, finding, "shorten the text, so that the ending fits")
    }));
    if found.is_empty() {
        found.push(Finding::ok(NAME, "every text message takes one SMS"));
    }
    found
}

pub(super) fn codes(patient: &Patient) -> Vec<Finding> {
    const NAME: &str = "codes";
    let draft = &patient.draft;
    let Some(policy) = &draft.policy else { return Vec::new() };
    let mut found = Vec::new();
    if policy.life() < SHORTEST_LIFE {
        let finding = format!(
            "valid for {} s, which is short: late messages bring expired codes",
            policy.life().as_secs()
        );
        found.push(Finding::warn(
            NAME,
            finding,
            "raise OTP_SECURITY_CODE_EXPIRATION_SECONDS (600 s is usual)",
        ));
    }
    if !policy.once_only() {
        let remedy = "set OTP_VERIFY_SECURITY_CODE_ONLY_ONCE=true unless people type a code twice on purpose";
        found.push(Finding::warn(NAME, "a code succeeds more than once", remedy));
    }
    let by_phone = draft.routes.keys().any(|channel| channel.takes_phone_number());
    // In production these are problems of the configuration.
    if let Err(problems) = policy.check_production(by_phone) {
        let limits: Vec<_> = problems.iter().map(|problem| problem.limit).collect();
        let finding = format!("looser than production allows: {}", limits.join(", "));
        found.push(Finding::warn(NAME, finding, "fine for tests; `otp config` shows the keys"));
    }
    if found.is_empty() {
        let (digits, life) = (policy.format().length(), policy.life().as_secs());
        let finding =
            format!("{digits} digits, valid {life} s and once, {} wrong ones answered", policy.max_checks());
        found.push(Finding::ok(NAME, finding));
    }
    found
}

pub(super) fn answers(patient: &Patient) -> Vec<Finding> {
    let live = patient.draft.policy.as_ref().map_or(1, |policy| policy.live_challenges());
    let sessions = match live {
        1 => "a new registration ends the session before it".to_owned(),
        live => format!("{live} sessions of a recipient live side by side"),
    };
    let reasons = if patient.draft.strict_errors {
        "refusals give no reason (strict_errors)"
    } else {
        "refusals give their reason"
    };
    vec![Finding::ok("answers", format!("{reasons}; {sessions}"))]
}

pub(super) fn delivery(patient: &Patient) -> Vec<Finding> {
    vec![match patient.draft.delivery {
        DeliveryMode::Queue => Finding::ok("delivery", "by a worker: requests wait for no provider"),
        DeliveryMode::Inline => Finding::warn(
            "delivery",
            "inline: every registration waits for its provider, up to 8 s",
            "set OTP_DELIVERY=queue unless callers need the provider's answer",
        ),
    }]
}
