//! Codes, limits and destinations.

use std::time::Duration;

use otp_core::{Channel, Destinations, Policy, PolicyProblem};

use super::{Environment, kind::Value, values::Values};

/// Longest life in seconds of a code that travels by phone, without a warning.
const LONGEST_PHONE_LIFE: u32 = 600;

/// Builds the policy. Ranges were checked when the values were read; here is what binds several of them, and what
/// production must not loosen.
pub(super) fn policy(values: &mut Values, environment: Environment) -> Option<Policy> {
    let production = environment == Environment::Production;
    values.derive("max_sends_per_challenge", Value::Number(values.number("max_sends_per_hour")));
    values.derive("max_starts_per_prefix_per_hour", Value::Number(if production { 200 } else { 1_000_000 }));
    let (length, least) = (values.number("token_length"), values.number("min_token_length"));
    if length < least {
        let origin = values.origin("min_token_length");
        let expected = format!(
            "at least min_token_length is expected, which is {least} ({origin}); \
             for codes of {length} digits set min_token_length (OTP_MIN_TOKEN_LENGTH) to {length} as well"
        );
        values.problem("token_length", expected);
    }
    let life = values.number(LIFE);
    // Asked for, not only well: a bad sender must not hide a bad life.
    let asked = |channel: &Channel| values.list(channel.as_str()).is_some_and(|senders| !senders.is_empty());
    let by_phone =
        Channel::ALL.iter().filter(|channel| asked(channel)).any(|channel| channel.takes_phone_number());
    let seconds = |number: u32| Duration::from_secs(number.into());
    let policy = Policy::builder()
        .code_length(u8::try_from(length).unwrap_or(u8::MAX))
        .life(seconds(life))
        .once_only(values.boolean("verify_security_code_only_once"))
        .max_checks(values.number("max_failed_attempts"))
        .cooldown(seconds(values.number("resend_cooldown_seconds")))
        .sends_per_challenge(values.number("max_sends_per_challenge"))
        .sends_per_hour(values.number("max_sends_per_hour"))
        .sends_per_day(values.number("max_sends_per_day"))
        .starts_per_caller_per_hour(values.number("max_starts_per_address_per_hour"))
        .starts_per_block_per_hour(values.number("max_starts_per_prefix_per_hour"))
        .live_challenges(values.number("live_challenges"))
        .build();
    let policy = match policy {
        Ok(policy) => policy,
        Err(problems) => {
            problems.iter().for_each(|problem| add(values, problem));
            return None;
        }
    };
    if production {
        if let Err(problems) = policy.check_production(by_phone) {
            problems.iter().for_each(|problem| add(values, problem));
        }
    } else if by_phone && life > LONGEST_PHONE_LIFE {
        let text =
            format!("{life} s is long for a code by phone; production takes {LONGEST_PHONE_LIFE} s at most");
        values.warn(LIFE, text);
    }
    if values.name_given(LIFE).is_some_and(|name| name.to_lowercase().ends_with("_time")) {
        values
            .warn(LIFE, "security_code_expiration_time is the old name; it still works, and counts seconds");
    }
    Some(policy)
}

/// Reads `allowed_countries` and `denied_prefixes`.
pub(super) fn destinations(values: &mut Values) -> Option<Destinations> {
    let countries = values.list("allowed_countries").unwrap_or_default();
    let countries: Vec<_> = countries.iter().map(|country| country.to_ascii_uppercase()).collect();
    let prefixes = values.list("denied_prefixes").unwrap_or_default();
    let mut good = true;
    for country in &countries {
        let problem = match country.as_str() {
            // Reserved in ISO 3166, so it looks right and would match no number at all.
            "UK" => "\"UK\" is no ISO 3166 country; GB is expected".to_owned(),
            _ => match Destinations::new([country], [""; 0]) {
                Ok(_) => continue,
                Err(error) => error.to_string(),
            },
        };
        values.problem("allowed_countries", problem);
        good = false;
    }
    for prefix in &prefixes {
        if let Err(error) = Destinations::new([""; 0], [prefix]) {
            values.problem("denied_prefixes", error);
            good = false;
        }
    }
    good.then(|| Destinations::new(countries, prefixes).ok()).flatten()
}

const LIFE: &str = "security_code_expiration_seconds";

fn add(values: &mut Values, problem: &PolicyProblem) {
    let (expected, here) = match problem.expected.strip_suffix(" in production") {
        Some(expected) => (expected, " in production"),
        None => (problem.expected.as_str(), ""),
    };
    values.problem(key_of(problem.limit), format!("{expected} is expected{here}, not {}", problem.found));
}

/// The key of a policy's limit.
fn key_of(limit: &'static str) -> &'static str {
    match limit {
        "code_length" => "token_length",
        "life" => LIFE,
        "max_checks" => "max_failed_attempts",
        "cooldown" => "resend_cooldown_seconds",
        "sends_per_challenge" => "max_sends_per_challenge",
        "sends_per_hour" => "max_sends_per_hour",
        "sends_per_day" => "max_sends_per_day",
        "starts_per_caller_per_hour" => "max_starts_per_address_per_hour",
        "starts_per_block_per_hour" => "max_starts_per_prefix_per_hour",
        other => other,
    }
}
