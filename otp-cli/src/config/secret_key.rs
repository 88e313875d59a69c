//! `secret_key`: the keyring.

use std::path::{Path, PathBuf};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT},
};
use otp_core::{KeyId, Keyring, KeyringError};
use zeroize::Zeroizing;

use super::{
    DatabaseUrl, Environment, MissingKey,
    key_file::{KeyFile, KeyFileError},
    setting::MASK,
    source::Origin,
    values::Values,
};
use crate::new_key::new_key;

/// Random bytes that repeat this much are no random bytes.
const FEWEST_DIFFERENT_BYTES: usize = 12;

/// Reads `secret_key`. In development a missing one is taken from its file, or made.
pub(super) fn read(
    values: &mut Values,
    environment: Environment,
    database: Option<&DatabaseUrl>,
    missing_key: MissingKey,
    directory: &Path,
) -> Option<Keyring> {
    if let Some(entries) = values.list("secret_key").filter(|entries| !entries.is_empty()) {
        return parse(&entries)
            .map_err(|problems| {
                problems.iter().for_each(|problem| values.problem("secret_key", problem));
            })
            .ok();
    }
    if values.is_given("secret_key") {
        values.problem("secret_key", "a key is expected, not nothing; `otp keygen` makes one");
        return None;
    }
    if environment == Environment::Production {
        values.missing("secret_key", "a key is expected in production; `otp keygen` makes one");
        return None;
    }
    let path = key_path(database?, directory);
    match KeyFile::open(&path, missing_key) {
        Ok(file) => {
            values.show("secret_key", MASK, Origin::Given(file.origin(&path)));
            values.warnings.extend(file.notice(&path));
            Some(file.keyring)
        }
        Err(error) => {
            values.problem("secret_key", error);
            None
        }
    }
}

/// Reads `kid:base64` entries.
///
/// # Errors
///
/// What is expected, by place in the list. Never what was found: a key without its id looks like any text.
pub(super) fn parse(entries: &[String]) -> Result<Keyring, Vec<String>> {
    let mut problems = Vec::new();
    let mut secrets = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let place = if entries.len() == 1 { String::new() } else { format!("entry {}: ", index + 1) };
        match read_entry(entry, entries.len() == 1) {
            Ok(secret) => secrets.push(secret),
            Err(problem) => problems.push(format!("{place}{problem}")),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Keyring::new(secrets).map_err(|error| vec![error.to_string()])
}

fn read_entry(entry: &str, alone: bool) -> Result<(KeyId, Vec<u8>), String> {
    let (id, secret) = match entry.split_once(':') {
        Some((id, secret)) => (id.trim(), secret.trim()),
        None if alone => ("k1", entry.trim()),
        None => return Err("kid:base64 is expected; every one of several keys needs its id".to_owned()),
    };
    let id: KeyId = id.parse().map_err(|error: KeyringError| error.to_string())?;
    let bytes = STANDARD_PAD_INDIFFERENT
        .decode(secret)
        .or_else(|_| URL_SAFE_PAD_INDIFFERENT.decode(secret))
        .map_err(|_| "kid:base64 is expected; `otp keygen` makes a key".to_owned())?;
    let bytes = Zeroizing::new(bytes);
    let problem = match Keyring::new([(id.clone(), bytes.to_vec())]) {
        Err(KeyringError::TooShort(_)) => {
            "a key of at least 32 bytes is expected; `otp keygen` makes a good one"
        }
        Err(_) => "this key is a placeholder; `otp keygen` makes a real one",
        Ok(_) if different(&bytes) < FEWEST_DIFFERENT_BYTES => {
            "this key is weak, its bytes repeat; `otp keygen` makes a good one"
        }
        Ok(_) => return Ok((id, bytes.to_vec())),
    };
    Err(problem.to_owned())
}

fn different(bytes: &[u8]) -> usize {
    let mut sorted = Zeroizing::new(bytes.to_vec());
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

/// Beside the database file; for other databases in the working directory.
fn key_path(database: &DatabaseUrl, directory: &Path) -> PathBuf {
    let name = match database.path() {
        Some(path) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".secret-key");
            PathBuf::from(name)
        }
        None => PathBuf::from("otp.secret-key"),
    };
    directory.join(name)
}

/// A keyring of one new key, for commands that must not write a file.
pub(super) fn ephemeral() -> Result<Keyring, KeyFileError> {
    let text = new_key(None).map_err(|error| KeyFileError::Random(error.to_string()))?;
    parse(&[text.expose().to_owned()]).map_err(|_| KeyFileError::Content)
}
