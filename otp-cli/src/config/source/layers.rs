//! The sources on top of each other.

use std::{collections::BTreeMap, fs, path::Path};

use super::{Given, Origin, Raw, Sources, dotenv, toml_file, variables};
use crate::config::problem::Problem;

/// Secrets are short; whoever names a disk image gets a problem instead of a stuck program.
const LONGEST_SECRET_FILE: u64 = 64 * 1024;

/// What holds for each key that was given. Unknown names, contradictions and unreadable files are problems.
pub(in crate::config) fn settle(
    sources: &Sources,
    problems: &mut Vec<Problem>,
) -> BTreeMap<&'static str, Given> {
    problems.extend(sources.problems.iter().cloned());
    let mut layers = Vec::new();
    if let Some((path, text)) = &sources.file {
        layers.push(toml_file::read(path, text, problems));
    }
    if let Some((path, text)) = &sources.env_file {
        let entries = dotenv::parse(path, text, problems);
        let entries = entries
            .iter()
            .map(|(name, (value, line))| (name.as_str(), value.as_str(), format!("{path}:{line} {name}")));
        layers.push(variables::read(entries, problems));
    }
    let environment = sources.environment.iter();
    let environment =
        environment.map(|(name, value)| (name.as_str(), value.as_str(), format!("environment {name}")));
    layers.push(variables::read(environment, problems));

    let mut settled: BTreeMap<&'static str, Given> = BTreeMap::new();
    for layer in layers {
        settled.extend(without_contradictions(layer, problems));
    }
    for given in settled.values_mut() {
        if let Raw::File(path) = &given.raw {
            let path = path.clone();
            match read_secret(&sources.directory.join(&path)) {
                Ok(text) => {
                    given.raw = Raw::Text(text);
                    given.origin = Origin::Given(format!("{path} by {}", given.origin));
                }
                Err(error) => {
                    problems.push(Problem::of(given.key.name, &given.origin, format!("{path}: {error}")));
                    given.raw = Raw::File(path);
                }
            }
        }
    }
    settled
}

/// Two names of one key in one source must say the same.
fn without_contradictions(layer: Vec<Given>, problems: &mut Vec<Problem>) -> BTreeMap<&'static str, Given> {
    let mut kept: BTreeMap<&'static str, Given> = BTreeMap::new();
    for given in layer {
        match kept.get(given.key.name) {
            Some(other) if other.raw != given.raw => problems.push(Problem::of(
                given.key.name,
                &given.origin,
                format!("also given as {} ({}), with another value; remove one", other.name, other.origin),
            )),
            Some(_) => {}
            None => {
                kept.insert(given.key.name, given);
            }
        }
    }
    kept
}

fn read_secret(path: &Path) -> Result<String, String> {
    let expected = |found: &str| format!("a file with the value in it is expected; {found}");
    let length = fs::metadata(path).map_err(|error| expected(&error.to_string()))?.len();
    if length > LONGEST_SECRET_FILE {
        return Err(expected("this one is longer than 64 KiB"));
    }
    let text = fs::read_to_string(path).map_err(|error| expected(&error.to_string()))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(expected("this one is empty")),
        value => Ok(value.to_owned()),
    }
}
