//! [`CatalogueProblems`]: everything that is wrong with a catalogue.

use std::{fmt, slice};

use super::{MAX_VALUE_CHARACTERS, TemplateError, TextKind};
use crate::Purpose;

/// One thing that is wrong with a [`CatalogueBuilder`](super::CatalogueBuilder)'s input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueProblem {
    /// The application's name is missing, too long, or holds control characters.
    #[error("app_name {given:?}: 1 to {MAX_VALUE_CHARACTERS} characters on one line are expected")]
    AppName {
        /// The name as given.
        given: String,
    },
    /// A host parameter's name cannot be used.
    #[error(
        "parameter {name:?}: 1 to 32 of a-z, 0-9 and _ are expected, starting with a letter, and not {}",
        built_in_names()
    )]
    Parameter {
        /// The name as given.
        name: String,
    },
    /// A text was given for something that is no language.
    #[error("language {tag:?} ({}): a tag like \"en\", \"pt-BR\" or \"zh-Hant\" is expected", place(.purpose, *.kind))]
    Language {
        /// The tag as given.
        tag: String,
        /// The text's purpose, `None` for any.
        purpose: Option<Purpose>,
        /// The text's kind.
        kind: TextKind,
    },
    /// The default language is no language, or has no texts.
    #[error("default_language {tag:?}: one of {available} is expected")]
    DefaultLanguage {
        /// The tag as given.
        tag: String,
        /// The languages that have texts, separated by commas.
        available: String,
    },
    /// A text cannot be used.
    #[error("language {language:?} ({}): {error}", place(.purpose, *.kind))]
    Text {
        /// The text's language, normalised.
        language: String,
        /// The text's purpose, `None` for any.
        purpose: Option<Purpose>,
        /// The text's kind.
        kind: TextKind,
        /// What is wrong with it.
        error: TemplateError,
    },
    /// An e-mail message has a subject and no body, or the other way round: readers would get two languages.
    #[error("language {language:?} ({}): needs {missing} too", place(.purpose, *.kind))]
    HalfEmail {
        /// The language, normalised.
        language: String,
        /// The text's purpose, `None` for any.
        purpose: Option<Purpose>,
        /// The kind that is there.
        kind: TextKind,
        /// The kind that is not.
        missing: TextKind,
    },
}

/// Everything that is wrong with a [`CatalogueBuilder`](super::CatalogueBuilder)'s input; never empty.
///
/// `Display` writes one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueProblems(Vec<CatalogueProblem>);

impl CatalogueProblems {
    pub(super) fn new(problems: Vec<CatalogueProblem>) -> Self {
        Self(problems)
    }

    /// The problems: name and parameters, then languages, then texts in the order they were given.
    pub fn iter(&self) -> slice::Iter<'_, CatalogueProblem> {
        self.0.iter()
    }
}

impl fmt::Display for CatalogueProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CatalogueProblems {}

impl<'a> IntoIterator for &'a CatalogueProblems {
    type Item = &'a CatalogueProblem;
    type IntoIter = slice::Iter<'a, CatalogueProblem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for CatalogueProblems {
    type Item = CatalogueProblem;
    type IntoIter = std::vec::IntoIter<CatalogueProblem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

fn place(purpose: &Option<Purpose>, kind: TextKind) -> String {
    match purpose {
        Some(purpose) => format!("{kind}, purpose {purpose}"),
        None => kind.to_string(),
    }
}

fn built_in_names() -> String {
    super::scan::BUILT_IN_NAMES.join(", ")
}
