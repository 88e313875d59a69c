//! Reading a body: JSON or a form, to the same list of fields.

mod form;
mod json;
mod media_type;

use self::media_type::MediaType;
use crate::{
    error::{ApiError, FieldErrors},
    request::Request,
};

/// Fields of one body that are looked at. More than any call has, few enough that looking costs nothing.
const MOST_FIELDS: usize = 32;

/// The fields of a body, in the order they came.
pub(crate) struct Body {
    pub(crate) fields: Vec<(String, Value)>,
    /// Names that came more than once; the first value is in `fields`.
    pub(crate) repeated: Vec<String>,
    /// Whether `+` in a value may have become a space.
    pub(crate) is_form: bool,
}

/// One value. There is no `Debug`: it may be a code, a token or a recipient.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    /// A whole number that is not negative.
    Number(u64),
    /// Anything else that JSON has.
    Other,
}

impl Body {
    /// Reads the request's body.
    ///
    /// # Errors
    ///
    /// 415 unless the body says it is JSON or a form in UTF-8, 413 where it is too long, 400 where it is malformed.
    pub(crate) fn read(request: &Request) -> Result<Self, ApiError> {
        let media_type = MediaType::of(&request.headers).ok_or(ApiError::UnsupportedMediaType)?;
        let bytes = request.body.as_ref().map_err(|error| ApiError::from(*error))?;
        let mut fields = Collected::default();
        let read = match media_type {
            MediaType::Json => json::read(bytes, &mut fields),
            MediaType::Form => form::read(bytes, &mut fields),
        };
        read.map_err(malformed)?;
        if fields.is_full {
            return Err(malformed("The body has too many fields."));
        }
        let Collected { fields, repeated, .. } = fields;
        Ok(Self { fields, repeated, is_form: media_type == MediaType::Form })
    }
}

fn malformed(text: &'static str) -> ApiError {
    ApiError::InvalidRequest(FieldErrors::body(text))
}

/// Fields as a reader finds them.
#[derive(Default)]
struct Collected {
    fields: Vec<(String, Value)>,
    repeated: Vec<String>,
    is_full: bool,
}

impl Collected {
    fn add(&mut self, name: String, value: Value) {
        if self.fields.iter().any(|(other, _)| *other == name) {
            if !self.repeated.contains(&name) {
                self.repeated.push(name);
            }
        } else if self.fields.len() == MOST_FIELDS {
            self.is_full = true;
        } else {
            self.fields.push((name, value));
        }
    }
}
