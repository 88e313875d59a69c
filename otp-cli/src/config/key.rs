//! [`Key`]: one row of the table of keys.

use super::kind::Kind;

/// A configuration key: what it is called in each source, what it takes, and what it means.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Key {
    /// Name in `otp.toml` and in `otp config`.
    pub name: &'static str,
    /// Other names in `otp.toml`.
    pub aliases: &'static [&'static str],
    /// Environment variables; the first is the usual one.
    pub variables: &'static [&'static str],
    /// What it takes.
    pub kind: Kind,
    /// Its value when nothing is said.
    pub default: Default,
    /// Whether its value must never be shown.
    pub secret: bool,
    /// The `[section]` of `otp.toml` in which it may stand without the section's prefix.
    pub section: Option<&'static str>,
    /// One sentence or two for the reference.
    pub doc: &'static str,
}

/// The value of a [`Key`] that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Default {
    /// There is none: the key is not set.
    Unset,
    /// As if this text had been given.
    Text(&'static str),
    /// It depends on other keys, as described.
    Derived(&'static str),
}

impl Key {
    /// A row without a default.
    pub(super) const fn new(
        name: &'static str,
        variables: &'static [&'static str],
        kind: Kind,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            variables,
            kind,
            default: Default::Unset,
            secret: false,
            section: None,
            doc,
        }
    }

    pub(super) const fn default(self, text: &'static str) -> Self {
        Self { default: Default::Text(text), ..self }
    }

    pub(super) const fn derived(self, description: &'static str) -> Self {
        Self { default: Default::Derived(description), ..self }
    }

    pub(super) const fn alias(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub(super) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    pub(super) const fn section(self, section: &'static str) -> Self {
        Self { section: Some(section), ..self }
    }

    /// Every name in `otp.toml`: `smtp_server`, and for `[smtp] server` the same with its section.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}
