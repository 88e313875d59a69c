//! What must not stand in a log.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    mode::Mode,
    providers::{KEY, SECRET, SID, TOKEN},
    world::Phase,
};

/// The digits of a number without its country, and of a code.
const DIGITS: usize = 10;

/// Looks for numbers, codes and session tokens of all phases, and for the accounts' names and secrets.
pub(crate) fn no_secret_in(mode: &Mode, log: &str, phases: &[Phase]) {
    assert!(log.contains("provider answered") || log.contains("no answer of the provider"), "all is logged");
    let basic = |user, password| STANDARD.encode(format!("{user}:{password}"));
    let secrets = [SID, TOKEN, KEY, SECRET].map(str::to_owned);
    for secret in secrets.into_iter().chain([basic(SID, TOKEN), basic(KEY, SECRET)]) {
        assert!(!log.contains(&secret), "{mode}: an account's secret is in the log");
    }
    let arrivals = phases.iter().flat_map(|phase| phase.preferred.iter().chain(&phase.other));
    let digits: HashSet<&str> =
        arrivals.flat_map(|arrival| [last(&arrival.to), last(&arrival.code)]).collect();
    let accepted = phases.iter().flat_map(|phase| &phase.accepted);
    let tokens: HashSet<&str> = accepted.map(|accepted| accepted.token.as_str()).collect();
    for run in log.split(|c: char| !c.is_ascii_digit()) {
        let found = (DIGITS..=run.len()).any(|end| digits.contains(&run[end - DIGITS..end]));
        assert!(!found, "{mode}: a number or a code is in the log");
    }
    for word in log.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))) {
        assert!(!tokens.contains(word), "{mode}: a session token is in the log");
    }
}

fn last(digits: &str) -> &str {
    &digits[digits.len() - DIGITS..]
}
