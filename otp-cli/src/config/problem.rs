//! [`Problem`]: what is wrong with a configuration.

use std::{collections::BTreeSet, fmt, slice};

/// One thing that is wrong, in words: the key, where it was given, what is expected. It never holds a secret value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem(String);

impl Problem {
    /// A problem of one key or file. `source` says where it was given; empty, it is left out.
    pub(super) fn of(subject: impl fmt::Display, source: impl fmt::Display, text: impl fmt::Display) -> Self {
        match source.to_string() {
            source if source.is_empty() => Self(format!("{subject}: {text}")),
            source => Self(format!("{subject} ({source}): {text}")),
        }
    }

    /// The problem in words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything that is wrong with a configuration; never empty. `Display` writes one line each below a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Ok` where there are none.
    pub(super) fn check(mut problems: Vec<Problem>) -> Result<(), Self> {
        // A text that is used in eight languages is wrong once.
        let mut seen = BTreeSet::new();
        problems.retain(|problem| seen.insert(problem.clone()));
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// The problems, in the order in which they were found.
    pub fn iter(&self) -> slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a problem:")?,
            count => write!(f, "the configuration has {count} problems:")?,
        }
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Problems {}
