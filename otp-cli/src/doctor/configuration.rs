//! What was configured.

use std::collections::BTreeSet;

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{Finding, Patient};
use crate::{
    config::{Environment, Origin, PAID_FOR, PLACEHOLDER},
    show::count,
};

pub(super) fn problems(patient: &Patient) -> Vec<Finding> {
    let draft = &patient.draft;
    let mut found: Vec<_> = draft
        .problems
        .iter()
        .map(|problem| {
            Finding::fail(
                "configuration",
                problem.as_str(),
                "correct it; docs/configuration.md has every key",
            )
        })
        .collect();
    // Those have a check of their own.
    let has_own_check = |warning: &str| warning.ends_with(PLACEHOLDER) || warning.ends_with(PAID_FOR);
    let warnings = draft.warnings.iter().filter(|warning| !has_own_check(warning));
    found.extend(warnings.map(|warning| {
        Finding::warn(
            "configuration",
            warning.as_str(),
            "`otp config` shows what holds, and where it is from",
        )
    }));
    if draft.problems.is_empty() {
        // A key that was made is none that was given, wherever it is kept.
        let is_given = |origin: &Origin| !origin.to_string().starts_with("default");
        let given = draft.settings.iter().filter(|setting| is_given(&setting.origin)).count();
        let environment = match draft.environment {
            Environment::Development => "development",
            Environment::Production => "production",
        };
        let files = match patient.files.as_slice() {
            [] => "no file".to_owned(),
            files => files.join(" and "),
        };
        let finding =
            format!("complete, for {environment}: {} given, {files} read", count(given as u64, "key"));
        found.push(Finding::ok("configuration", finding));
    }
    found
}

pub(super) fn build(patient: &Patient) -> Vec<Finding> {
    let senders: Vec<_> = patient.build.senders.iter().map(|sender| sender.as_str()).collect();
    let databases: Vec<_> = patient.build.databases.iter().map(|kind| kind.as_str()).collect();
    let finding =
        format!("has the senders {} and the databases {}", senders.join(", "), databases.join(", "));
    vec![Finding::ok("build", finding)]
}

pub(super) fn credentials(patient: &Patient) -> Vec<Finding> {
    let draft = &patient.draft;
    let mut found = Vec::new();
    for placeholder in &draft.placeholders {
        let finding = format!("{} holds a placeholder from a guide", placeholder.key);
        found.push(if placeholder.in_use {
            let remedy = "put in the real value, from the provider's console or the mail server's operator";
            Finding::fail("credentials", finding, remedy)
        } else {
            let remedy = "nothing uses it now; put in the real value before a channel does, or remove it";
            Finding::warn("credentials", finding, remedy)
        });
    }
    let uses_provider = draft.routes.values().flatten().any(|name| name.provider().is_some());
    if found.is_empty() {
        found.push(if uses_provider {
            Finding::ok("credentials", "no placeholders among them")
        } else {
            Finding::ok("credentials", "not used: no channel has a sender that takes any")
        });
    }
    found
}

pub(super) fn secret_key(patient: &Patient) -> Vec<Finding> {
    let draft = &patient.draft;
    let origin = draft.settings.iter().find(|setting| setting.name == "secret_key");
    let Some((keyring, setting)) = draft.keyring.as_ref().zip(origin) else {
        // Its problem is a line of the configuration's.
        return Vec::new();
    };
    let origin = setting.origin.to_string();
    if let Some(later) = origin.strip_prefix("default: ") {
        return vec![Finding::ok("secret key", format!("none yet: {later}"))];
    }
    let keys = count(keyring.ids().len() as u64, "key");
    let finding = format!("{keys} of at least 32 bytes, {} signs; from {origin}", keyring.signing_id());
    vec![Finding::ok("secret key", finding)]
}

/// Targets of libraries that write what they send at these levels: URLs and addresses at debug, all of it at trace.
const TALKATIVE: [&str; 6] = ["hyper", "hyper_util", "reqwest", "rustls", "lettre", "h2"];

pub(super) fn log(patient: &Patient) -> Vec<Finding> {
    let directives = patient.draft.log.as_str();
    let Ok(targets) = directives.parse::<Targets>() else {
        return vec![Finding::warn(
            "log",
            "the filter is more than targets and levels, so what it lets through is not known",
            "use a filter like info or info,otp_service=debug",
        )];
    };
    let loud: BTreeSet<_> =
        TALKATIVE.into_iter().filter(|target| targets.would_enable(target, &tracing::Level::DEBUG)).collect();
    let everything = targets.default_level().is_some_and(|level| level >= LevelFilter::TRACE);
    if everything || !loud.is_empty() {
        let who: Vec<_> = loud.into_iter().collect();
        let finding =
            format!("at {directives:?} libraries log what they send and where to ({})", who.join(", "));
        return vec![Finding::warn("log", finding, "set OTP_LOG=info, or name this program's targets only")];
    }
    vec![Finding::ok("log", format!("{directives}: recipients are masked, codes and keys never written"))]
}
