//! [`TemplateError`]: what is wrong with a text.

/// What is wrong with the text of a [`Template`](super::Template). Positions count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A placeholder that is neither built in nor declared.
    #[error("unknown placeholder {{{name}}}{}; allowed are {allowed}", hint(.suggestion))]
    UnknownPlaceholder {
        /// The name between the braces, shortened and escaped.
        name: String,
        /// The allowed name it resembles.
        suggestion: Option<String>,
        /// Every allowed placeholder, as written in a text.
        allowed: String,
    },
    /// `{}`.
    #[error("empty placeholder at character {position}; allowed are {allowed}")]
    EmptyName {
        /// Where its brace stands.
        position: usize,
        /// Every allowed placeholder, as written in a text.
        allowed: String,
    },
    /// A `{` without its `}`.
    #[error("the brace at character {position} is not closed; a brace itself is written {{{{")]
    UnclosedBrace {
        /// Where it stands.
        position: usize,
    },
    /// A `}` without its `{`.
    #[error("the brace at character {position} closes nothing; a brace itself is written }}}}")]
    UnopenedBrace {
        /// Where it stands.
        position: usize,
    },
    /// The text would reach its reader without the code.
    #[error("{{security_code}} is missing; allowed are {allowed}")]
    MissingSecurityCode {
        /// Every allowed placeholder, as written in a text.
        allowed: String,
    },
    /// A control character: in a body other than line break and tab, in a subject any.
    #[error("control character {character:?} at character {position}")]
    ControlCharacter {
        /// The character.
        character: char,
        /// Where it stands.
        position: usize,
    },
}

fn hint(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|name| format!(" (did you mean {{{name}}}?)")).unwrap_or_default()
}
