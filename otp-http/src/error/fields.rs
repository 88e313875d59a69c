//! What is wrong with which field.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde_json::{Map, Value};

/// The name under which problems of the whole body are listed.
const BODY: &str = "body";
/// Characters of an unknown field's name that are repeated.
const LONGEST_NAME: usize = 64;

/// Every problem of a request, by field.
///
/// Its `Debug` shows no field: a client that sends a phone number in the place of a name must not find it in a log.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct FieldErrors {
    /// Fields the call has.
    known: BTreeMap<&'static str, Vec<Cow<'static, str>>>,
    /// Unknown fields, headers, the body as a whole.
    other: BTreeMap<Cow<'static, str>, Vec<Cow<'static, str>>>,
}

impl FieldErrors {
    /// The body as a whole is malformed.
    pub(crate) fn body(text: &'static str) -> Self {
        let mut errors = Self::default();
        errors.add_other(BODY, text);
        errors
    }

    /// One field the call has is malformed.
    pub(crate) fn field(name: &'static str, text: &'static str) -> Self {
        let mut errors = Self::default();
        errors.add(name, text);
        errors
    }

    /// A header is malformed.
    pub(crate) fn header(name: &'static str, text: &'static str) -> Self {
        let mut errors = Self::default();
        errors.add_other(name, text);
        errors
    }

    /// A problem of a field the call has.
    pub(crate) fn add(&mut self, field: &'static str, text: impl Into<Cow<'static, str>>) {
        self.known.entry(field).or_default().push(text.into());
    }

    /// A problem of a field the call does not have.
    pub(crate) fn add_unknown(&mut self, field: &str, text: &'static str) {
        let name: String = field.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        self.add_other(name, text);
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.other.is_empty()
    }

    /// All of them, field by field, for the member `errors`.
    pub(super) fn all(&self) -> Map<String, Value> {
        let other = self.other.iter().map(|(name, texts)| (name.to_string(), list(texts)));
        self.members().chain(other).collect()
    }

    /// Those of fields the call has, for members of their own. A client cannot name one of these: it would shadow
    /// `status` or `code`.
    pub(super) fn members(&self) -> impl Iterator<Item = (String, Value)> {
        self.known.iter().map(|(name, texts)| ((*name).to_owned(), list(texts)))
    }

    /// The one problem of the whole body or a header, where that is all.
    pub(super) fn only(&self) -> Option<&str> {
        match (self.known.len(), self.other.iter().next()) {
            (0, Some((name, texts))) if name == BODY && self.other.len() == 1 => {
                texts.first().map(|text| &**text)
            }
            _ => None,
        }
    }

    fn add_other(&mut self, name: impl Into<Cow<'static, str>>, text: &'static str) {
        self.other.entry(name.into()).or_default().push(text.into());
    }
}

impl fmt::Debug for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldErrors({} known, {} other)", self.known.len(), self.other.len())
    }
}

fn list(texts: &[Cow<'static, str>]) -> Value {
    texts.iter().map(|text| Value::from(text.as_ref())).collect()
}
