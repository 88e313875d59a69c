//! [`Template`]: a text with placeholders.

use std::{collections::BTreeMap, fmt};

use super::{
    RenderedText, TemplateError,
    scan::{self, Piece},
};

/// Longest value of a host parameter (and of the application's name) in a rendered text, in characters; what is
/// longer is cut.
pub const MAX_VALUE_CHARACTERS: usize = 64;

/// A text with placeholders, checked when it is read and rendered in one pass.
///
/// | placeholder | becomes |
/// |---|---|
/// | `{app}` | the application's name |
/// | `{security_code}` | the code; every text but a subject needs it |
/// | `{minutes}` | minutes the code is still valid |
/// | `{name}` | the host parameter `name`, if it was declared |
/// | `{{`, `}}` | a brace |
///
/// There are no conditions and no plural forms: word the text so that its grammar does not depend on the number
/// (`Valid for {minutes} min.`). One pass means that a value is never read as a template, whatever it holds.
///
/// ```
/// use std::collections::BTreeMap;
/// use otp_core::message::{Template, Values};
///
/// let template = Template::parse("{name}, your {app} code is {security_code}.", &["name"])?;
/// let text = template.render(&Values {
///     app: "Acme",
///     security_code: "012345",
///     minutes: 10,
///     parameters: &BTreeMap::from([("name".to_owned(), "Ann\r\n{security_code}".to_owned())]),
/// });
/// assert_eq!(text.expose(), "Ann  {security_code}, your Acme code is 012345.");
///
/// let error = Template::parse("Your code: {securty_code}", &[]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown placeholder {securty_code} (did you mean {security_code}?); \
///      allowed are {app}, {security_code}, {minutes}",
/// );
/// # Ok::<(), otp_core::message::TemplateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// What the placeholders of a [`Template`] become.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// `{app}`
    pub app: &'a str,
    /// `{security_code}`, taken as it is.
    pub security_code: &'a str,
    /// `{minutes}`
    pub minutes: u32,
    /// Host parameters by name. One that is missing renders as nothing; one without a placeholder is not used.
    ///
    /// In values, control characters, line separators and the invisible marks that reorder text become spaces, and
    /// [`MAX_VALUE_CHARACTERS`] are kept. They are still someone else's words in your message: a name that a
    /// stranger typed can hold a sales pitch with an address.
    pub parameters: &'a BTreeMap<String, String>,
}

impl Template {
    /// Reads the text of a message.
    ///
    /// # Errors
    ///
    /// The first [`TemplateError`]: an unknown or empty placeholder, a brace without its partner, a missing
    /// `{security_code}`, or a control character other than line break and tab.
    pub fn parse(text: &str, allowed_parameters: &[&str]) -> Result<Self, TemplateError> {
        Self::parse_all(text, allowed_parameters, false).map_err(first)
    }

    /// Reads the subject of an e-mail message: one line, for which `{security_code}` is optional.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and for a line break or tab.
    pub fn parse_subject(text: &str, allowed_parameters: &[&str]) -> Result<Self, TemplateError> {
        Self::parse_all(text, allowed_parameters, true).map_err(first)
    }

    /// Fills in `values`.
    #[must_use]
    pub fn render(&self, values: &Values<'_>) -> RenderedText {
        let parameter = |name: &str| values.parameters.get(name).map_or("", String::as_str);
        // Enough from the start: growing would leave a copy of the code behind in freed memory.
        let longest = |value: &str| value.len().min(MAX_VALUE_CHARACTERS * char::MAX_LEN_UTF8);
        let minutes = values.minutes.to_string();
        let capacity = self.0.iter().map(|piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::App => longest(values.app),
            Piece::SecurityCode => values.security_code.len(),
            Piece::Minutes => minutes.len(),
            Piece::Parameter(name) => longest(parameter(name)),
        });
        let mut text = String::with_capacity(capacity.sum());
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::App => text.extend(harmless(values.app)),
                Piece::SecurityCode => text.push_str(values.security_code),
                Piece::Minutes => text.push_str(&minutes),
                Piece::Parameter(name) => text.extend(harmless(parameter(name))),
            }
        }
        RenderedText::new(text)
    }

    /// Reads a text and reports everything that is wrong with it; the list of errors is not empty.
    pub(super) fn parse_all(
        text: &str,
        parameters: &[&str],
        subject: bool,
    ) -> Result<Self, Vec<TemplateError>> {
        scan::scan(text, parameters, subject).map(Self)
    }
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values")
            .field("app", &self.app)
            .field("minutes", &self.minutes)
            .finish_non_exhaustive()
    }
}

/// Whether a character breaks the line or changes the order in which others are shown.
pub(super) fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}')
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn harmless(value: &str) -> impl Iterator<Item = char> {
    value.chars().take(MAX_VALUE_CHARACTERS).map(|c| if is_harmful(c) { ' ' } else { c })
}

fn first(errors: Vec<TemplateError>) -> TemplateError {
    errors.into_iter().next().expect("parse_all fails with at least one error")
}
