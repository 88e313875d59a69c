//! `otp.toml` as a source.

use toml::de::{DeTable, DeValue};

use super::{Given, Origin, Raw};
use crate::config::{key::Key, problem::Problem, suggestion::hint, table::keys};

/// Reads keys at the top level and in `[section]`s.
pub(super) fn read(path: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<Given> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line_of = |place: usize| text[..place.min(text.len())].matches('\n').count() + 1;
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        // Only the message: the error's Display shows the line, which may hold a secret.
        let line = error.span().map(|span| line_of(span.start)).unwrap_or(1);
        problems.push(Problem::of(
            format_args!("{path}:{line}"),
            "",
            format_args!("not TOML: {}", error.message()),
        ));
    }
    if !errors.is_empty() {
        return Vec::new();
    }
    let mut entries = Vec::new();
    for (name, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(section) => {
                let inside = section.iter().map(|(inner, value)| (Some(&**name.get_ref()), inner, value));
                entries.extend(inside);
                if section.is_empty() && !sections().any(|known| known == name.get_ref()) {
                    problems.push(Problem::of(name.get_ref(), path, "unknown section"));
                }
            }
            _ => entries.push((None, name, value)),
        }
    }
    entries.sort_by_key(|(_, name, _)| name.span().start);

    let mut given = Vec::new();
    for (section, name, value) in entries {
        let place = format!("{path}:{}", line_of(name.span().start));
        match find(section, name.get_ref()) {
            Some((key, from_file)) => {
                let written = spelled(section, name.get_ref());
                let raw = match raw(value.get_ref()) {
                    Raw::Text(path) if from_file => Raw::File(path),
                    _ if from_file => Raw::Unusable,
                    raw => raw,
                };
                let origin = Origin::Given(place);
                given.push(Given { key, name: written, raw, origin });
            }
            None => {
                let text = unknown(section, name.get_ref());
                problems.push(Problem::of(spelled(section, name.get_ref()), place, text));
            }
        }
    }
    given
}

fn sections() -> impl Iterator<Item = &'static str> {
    keys().filter_map(|key| key.section)
}

fn spelled(section: Option<&str>, name: &str) -> String {
    match section {
        Some(section) => format!("[{section}] {name}"),
        None => name.to_owned(),
    }
}

/// The key of a name, and whether the name is that of the file which holds its value.
fn find(section: Option<&str>, name: &str) -> Option<(&'static Key, bool)> {
    let named = |name: &str| {
        let full = section.map_or_else(|| name.to_owned(), |section| format!("{section}_{name}"));
        let has = |key: &Key, name: &str| key.names().any(|known| known == name);
        keys().find(|key| {
            let here = section.is_none() || key.section == section;
            here && (has(key, &full) || has(key, name))
        })
    };
    let direct = named(name).map(|key| (key, false));
    direct.or_else(|| named(name.strip_suffix("_file")?).filter(|key| key.secret).map(|key| (key, true)))
}

fn unknown(section: Option<&str>, name: &str) -> String {
    let all = || keys().flat_map(Key::names).map(|name| (name, name));
    match section {
        None => {
            let sections = || sections().map(|section| (section, section));
            let hint = match hint(name, all()) {
                hint if hint.is_empty() => "; `otp config` lists every key".to_owned(),
                hint => hint,
            };
            let is_section = sections().any(|(section, _)| section == name);
            if is_section {
                format!("a section [{name}] is expected, not a value")
            } else {
                format!("unknown key{hint}")
            }
        }
        Some(section) if !sections().any(|known| known == section) => {
            let mut known: Vec<_> = sections().collect();
            known.dedup();
            format!("unknown section{}; sections are {}", belongs_above(name), known.join(", "))
        }
        Some(section) => {
            let inside = keys().filter(|key| key.section == Some(section));
            let inside: Vec<_> = inside.map(|key| &key.name[section.len() + 1..]).collect();
            let known = hint(name, inside.iter().map(|name| (*name, *name)));
            let known = if known.is_empty() { belongs_above(name) } else { known };
            format!("unknown key{known}; [{section}] takes {}", inside.join(", "))
        }
    }
}

/// What stands below a `[section]` belongs to it, which surprises people.
fn belongs_above(name: &str) -> String {
    if find(None, name).is_some() {
        format!("; {name} stands above the first [section]")
    } else {
        String::new()
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::Array(items) => {
            let items = items.iter().map(|item| scalar(item.get_ref()));
            items.collect::<Option<_>>().map_or(Raw::Unusable, Raw::List)
        }
        _ => scalar(value).map_or(Raw::Unusable, Raw::Text),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            let parsed = i128::from_str_radix(number.as_str(), number.radix());
            Some(parsed.map_or_else(|_| number.to_string(), |number| number.to_string()))
        }
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
