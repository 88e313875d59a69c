//! Environment variables as a source.

use super::{Given, Origin, Raw};
use crate::config::{key::Key, problem::Problem, suggestion::hint, table::keys};

/// Variables that begin with `OTP_` and belong to the project's test suites.
const FOREIGN: [&str; 1] = ["OTP_TEST_ROUNDS"];

/// Takes `(name, value, place)`. Only names that begin with `OTP_` must be known.
pub(super) fn read<'a>(
    variables: impl IntoIterator<Item = (&'a str, &'a str, String)>,
    problems: &mut Vec<Problem>,
) -> Vec<Given> {
    let mut given = Vec::new();
    for (name, value, place) in variables {
        let ours = name.starts_with("OTP_");
        match find(name) {
            // Another program's `KEY=` is no statement about ours.
            Some(_) if value.is_empty() && !ours => {}
            Some((key, from_file)) => {
                let raw = if from_file { Raw::File(value.to_owned()) } else { Raw::Text(value.to_owned()) };
                given.push(Given { key, name: name.to_owned(), raw, origin: Origin::Given(place) });
            }
            None if ours && !FOREIGN.contains(&name) => {
                let text = format!("unknown variable{}", suggestion(name));
                let place = place.strip_suffix(name).unwrap_or(&place).trim_end();
                problems.push(Problem::of(name, place, text));
            }
            None => {}
        }
    }
    given
}

fn find(name: &str) -> Option<(&'static Key, bool)> {
    let direct = keys().find(|key| key.variables.contains(&name)).map(|key| (key, false));
    direct.or_else(|| {
        let name = name.strip_suffix("_FILE")?;
        keys().find(|key| key.secret && key.variables.contains(&name)).map(|key| (key, true))
    })
}

fn suggestion(name: &str) -> String {
    let base = name.strip_suffix("_FILE").unwrap_or(name);
    if let Some(key) = keys().find(|key| key.variables.contains(&base)) {
        return format!("; {base} is no secret and is given as it is, as {}", key.kind.expected());
    }
    let by_variable = keys().flat_map(|key| key.variables.iter().map(|variable| (*variable, *variable)));
    let by_name = keys().map(|key| (key.name, key.variables[0]));
    match hint(name, by_variable.chain(by_name)) {
        hint if hint.is_empty() => "; `otp config` lists every key".to_owned(),
        hint => hint,
    }
}
