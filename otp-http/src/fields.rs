//! The fields a call takes, and reading them all before the first problem is told.

use crate::{
    body::{Body, Value},
    error::FieldErrors,
};

const REQUIRED: &str = "This field is required.";
const BLANK: &str = "This field may not be blank.";
const UNKNOWN: &str = "Unknown field.";
const REPEATED: &str = "This field is given more than once.";
const CONTROL: &str = "This field may not contain control characters.";

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Text,
    /// Text in which a leading space is the `+` that a form's decoding ate.
    PhoneNumber,
    /// Text, mostly of digits, which clients also write as a number.
    Code,
}

impl Takes {
    const fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::PhoneNumber => "This field takes a string.",
            Self::Code => "This field takes a string or a whole number.",
        }
    }
}

/// One field of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) is_required: bool,
    /// For the OpenAPI document.
    pub(crate) about: &'static str,
    pub(crate) example: &'static str,
}

/// The values of a call's fields.
pub(crate) struct Values(Vec<(&'static str, String)>);

impl Values {
    /// Takes the fields out of `body`, with everything that is wrong with any of them.
    pub(crate) fn read(body: Body, fields: &[Field]) -> (Self, FieldErrors) {
        let mut errors = FieldErrors::default();
        let mut values = Vec::with_capacity(fields.len());
        let mut given = body.fields;
        for field in fields {
            let place = given.iter().position(|(name, _)| name == field.name);
            match place.map(|place| given.swap_remove(place).1) {
                Some(value) => match text(value, field.takes, body.is_form) {
                    Ok(text) => values.push((field.name, text)),
                    Err(problem) => errors.add(field.name, problem),
                },
                None if field.is_required => errors.add(field.name, REQUIRED),
                None => {}
            }
        }
        for (name, _) in &given {
            errors.add_unknown(name, UNKNOWN);
        }
        for name in &body.repeated {
            match fields.iter().find(|field| field.name == name) {
                Some(field) => errors.add(field.name, REPEATED),
                None => errors.add_unknown(name, REPEATED),
            }
        }
        (Self(values), errors)
    }

    /// The field's value, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    /// The value of a required field; empty only where reading it was a problem.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// All values, sorted and unambiguous: the same fields in another order, or in the other format, are the same.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut values: Vec<_> = self.0.iter().collect();
        values.sort();
        serde_json::to_vec(&values).expect("pairs of texts always serialize")
    }
}

fn text(value: Value, takes: Takes, is_form: bool) -> Result<String, &'static str> {
    let mut text = match value {
        Value::Text(text) => text,
        Value::Number(number) if takes == Takes::Code => number.to_string(),
        Value::Number(_) | Value::Other => return Err(takes.expected()),
    };
    if text.trim().is_empty() {
        return Err(BLANK);
    }
    // Pasted line ends are white space, which each value's own parser judges.
    if text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Err(CONTROL);
    }
    let plus_eaten = is_form && takes == Takes::PhoneNumber && text.starts_with(' ');
    if plus_eaten && text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        text.replace_range(..1, "+");
    }
    Ok(text)
}
