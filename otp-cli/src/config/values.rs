//! Values by key, and what was found on the way.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::{
    http_url::HttpUrl,
    key::{Default, Key},
    kind::Value,
    problem::Problem,
    secret::Secret,
    setting::{MASK, Setting},
    source::{Given, Origin, Raw},
    table::{key, keys},
};

/// What holds for every key: what was given, else the default. Collects problems and warnings, so that one look at a
/// configuration finds them all.
pub(super) struct Values {
    given: BTreeMap<&'static str, Given>,
    values: BTreeMap<&'static str, Value>,
    /// What to show instead of a secret, and of values that were made rather than given.
    shown: BTreeMap<&'static str, (String, Origin)>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
    /// Keys that have a problem.
    refused: BTreeSet<&'static str>,
}

impl Values {
    /// Reads every value as its key's kind. A bad one is a problem, and the default stands in for it.
    pub(super) fn new(given: BTreeMap<&'static str, Given>, problems: Vec<Problem>) -> Self {
        let mut this = Self {
            given,
            values: BTreeMap::new(),
            shown: BTreeMap::new(),
            problems,
            warnings: Vec::new(),
            refused: BTreeSet::new(),
        };
        for key in keys() {
            let value = this.given.get(key.name).and_then(|given| key.kind.read(&given.raw));
            if value.is_none()
                && this.given.get(key.name).is_some_and(|given| !matches!(given.raw, Raw::File(_)))
            {
                this.problem(key.name, format!("{} is expected{}", key.kind.expected(), this.found(key)));
            }
            let default = || match key.default {
                Default::Text(text) => key.kind.read(&Raw::Text(text.to_owned())),
                Default::Unset | Default::Derived(_) => None,
            };
            if let Some(value) = value.or_else(default) {
                this.values.insert(key.name, value);
            }
        }
        this
    }

    /// The number of a key that has a default, or got one by [`Values::derive`].
    pub(super) fn number(&self, name: &str) -> u32 {
        match self.get(name) {
            Some(Value::Number(number)) => *number,
            _ => unreachable_kind(name),
        }
    }

    pub(super) fn boolean(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Boolean(value)) => *value,
            _ => unreachable_kind(name),
        }
    }

    pub(super) fn choice(&self, name: &str) -> &'static str {
        match self.get(name) {
            Some(Value::Choice(word)) => word,
            _ => unreachable_kind(name),
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    /// The list's entries; `None` where there is no value.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.get(name) {
            Some(Value::List(items)) => Some(items.clone()),
            _ => None,
        }
    }

    pub(super) fn address(&self, name: &str) -> Option<SocketAddr> {
        match self.get(name) {
            Some(Value::Address(address)) => Some(*address),
            _ => None,
        }
    }

    pub(super) fn url(&self, name: &str) -> Option<&HttpUrl> {
        match self.get(name) {
            Some(Value::Url(url)) => Some(url),
            _ => None,
        }
    }

    pub(super) fn path(&self, name: &str) -> Option<&Path> {
        match self.get(name) {
            Some(Value::Path(path)) => Some(path),
            _ => None,
        }
    }

    /// The path of a key, from the working directory on.
    pub(super) fn path_buf(&self, name: &str) -> Option<PathBuf> {
        self.path(name).map(Path::to_owned)
    }

    /// Gives a key without a value its derived default.
    pub(super) fn derive(&mut self, name: &'static str, value: Value) {
        self.values.entry(name).or_insert(value);
    }

    /// Shows `text` in `otp config` in place of the value, and where it comes from.
    pub(super) fn show(&mut self, name: &'static str, text: impl Into<String>, origin: Origin) {
        self.shown.insert(name, (text.into(), origin));
    }

    /// Whether some source gave the key, well or badly.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The name by which the key was given.
    pub(super) fn name_given(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(|given| given.name.as_str())
    }

    pub(super) fn origin(&self, name: &str) -> Origin {
        self.given.get(name).map_or(Origin::Default, |given| given.origin.clone())
    }

    /// Adds what is wrong with a key's text, URL or path, if `check` finds something. What has a problem already, as a
    /// placeholder for instance, needs no second one.
    #[cfg(any(feature = "smtp", feature = "twilio", feature = "vonage"))]
    pub(super) fn check<E: std::error::Error>(
        &mut self,
        name: &str,
        check: impl FnOnce(&str) -> Result<(), E>,
    ) {
        if self.refused.contains(name) {
            return;
        }
        let checked = match self.get(name) {
            Some(Value::Text(text)) => check(text),
            Some(Value::Choice(word)) => check(word),
            Some(Value::Url(url)) => check(url.as_str()),
            Some(Value::Path(path)) => check(&path.to_string_lossy()),
            _ => Ok(()),
        };
        if let Err(error) = checked {
            self.problem(name, crate::command::causes(&error));
        }
    }

    /// Adds a problem of a key.
    pub(super) fn problem(&mut self, name: &str, text: impl std::fmt::Display) {
        self.refused.insert(key(name).name);
        self.problems.push(Problem::of(name, self.place(name), text));
    }

    /// Adds a problem of a key that has to be given and is not; one given badly has its problem already.
    pub(super) fn missing(&mut self, name: &str, why: impl std::fmt::Display) {
        if !self.is_given(name) {
            let variable = key(name).variables[0];
            self.problem(name, format!("missing ({variable}); {why}"));
        }
    }

    pub(super) fn warn(&mut self, name: &str, text: impl std::fmt::Display) {
        let warning = Problem::of(name, self.place(name), text);
        self.warnings.push(warning.to_string());
    }

    /// Every key with what holds, secrets masked.
    pub(super) fn settings(&self) -> Vec<Setting> {
        keys().map(|key| self.setting(key)).collect()
    }

    fn setting(&self, key: &'static Key) -> Setting {
        let (value, origin) = match (self.shown.get(key.name), self.get(key.name)) {
            (Some((text, origin)), _) => (text.as_str().into(), origin.clone()),
            (None, Some(Value::List(items))) if items.is_empty() => {
                (json(&Value::List(Vec::new())), self.origin(key.name))
            }
            (None, Some(_)) if key.secret => (MASK.into(), self.origin(key.name)),
            (None, Some(value)) => (json(value), self.origin(key.name)),
            (None, None) => (serde_json::Value::Null, Origin::Default),
        };
        Setting { name: key.name, value, origin }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(key(name).name)
    }

    fn place(&self, name: &str) -> String {
        match self.origin(name) {
            Origin::Default => String::new(),
            given => given.to_string(),
        }
    }

    fn found(&self, key: &Key) -> String {
        match self.given.get(key.name).map(|given| &given.raw) {
            Some(Raw::Text(text)) if text.trim().is_empty() => ", not nothing".to_owned(),
            Some(Raw::Text(text)) if !key.secret => format!(", not {:?}", shorten(text)),
            Some(Raw::List(_)) => ", not a list".to_owned(),
            _ => String::new(),
        }
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Choice(word) => (*word).into(),
        Value::Number(number) => (*number).into(),
        Value::Boolean(value) => (*value).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.as_slice().into(),
        Value::Address(address) => address.to_string().into(),
        Value::Url(url) => url.as_str().into(),
        Value::Path(path) => path.display().to_string().into(),
    }
}

fn unreachable_kind(name: &str) -> ! {
    unreachable!("{name} has a default of the kind that is asked for; a test reads every key")
}
