//! What the calls read from a request.

use otp_core::{
    EmailAddress, InvalidEmailAddress, InvalidPhoneNumber, InvalidRecipient, PhoneNumber, Recipient,
};
use otp_service::Verifier;

use super::table::{EMAIL, FIRST_NAME, LAST_NAME, PHONE};
use crate::{
    body::Body,
    error::ApiError,
    fields::{Field, Values},
    request::Request,
};

/// Characters a name may have.
const LONGEST_NAME: usize = 100;

/// One call's input, checked as far as that needs no account and no store.
pub(super) struct Input<'a> {
    pub(super) request: &'a Request,
    values: Values,
    email: Option<EmailAddress>,
    phone: Option<PhoneNumber>,
}

impl<'a> Input<'a> {
    /// Reads the body's fields, with every problem at once.
    pub(super) fn read(
        verifier: &Verifier,
        request: &'a Request,
        fields: &[Field],
    ) -> Result<Self, ApiError> {
        let (values, mut errors) = Values::read(Body::read(request)?, fields);
        let mut refused = Vec::new();
        let mut kept = |parsed: Option<Result<Recipient, ApiError>>| match parsed? {
            Ok(recipient) => Some(recipient),
            Err(error) => {
                refused.push(error);
                None
            }
        };
        let email = kept(values.get(EMAIL.name).map(|text| email(verifier, text)));
        // Whoever registers may give a number that no numbering plan knows; nothing is ever sent to it.
        let registers = fields.iter().any(|field| field.name == FIRST_NAME.name);
        let phone = kept(values.get(PHONE.name).map(|text| phone(verifier, text, registers)));
        for name in [FIRST_NAME.name, LAST_NAME.name] {
            if let Some(problem) = values.get(name).and_then(name_problem) {
                errors.add(name, problem);
            }
        }
        match refused.as_slice() {
            [] if errors.is_empty() => Ok(Self {
                request,
                values,
                email: email.and_then(|recipient| recipient.as_email().cloned()),
                phone: phone.and_then(|recipient| recipient.as_phone().cloned()),
            }),
            [only] if errors.is_empty() => Err(only.clone()),
            refused => {
                for error in refused {
                    let is_email = matches!(error, ApiError::InvalidEmail(_));
                    let field = if is_email { EMAIL.name } else { PHONE.name };
                    errors.add(field, error.detail().into_owned());
                }
                Err(ApiError::InvalidRequest(errors))
            }
        }
    }

    /// The recipient of a call that has one: its address, or else its number.
    pub(super) fn recipient(&self) -> Recipient {
        let email = self.email.clone().map(Recipient::Email);
        email
            .or_else(|| self.phone.clone().map(Recipient::Phone))
            .expect("every call has a required recipient")
    }

    pub(super) fn email(&self) -> EmailAddress {
        self.email.clone().expect("the call has a required address")
    }

    pub(super) fn phone(&self) -> PhoneNumber {
        self.phone.clone().expect("the call has a required number")
    }

    /// The value of a required field, without white space around it.
    pub(super) fn text(&self, field: Field) -> &str {
        self.values.required(field.name).trim()
    }
}

fn email(verifier: &Verifier, text: &str) -> Result<Recipient, ApiError> {
    match verifier.parse_recipient(text) {
        Ok(Recipient::Email(address)) => Ok(address.into()),
        Err(InvalidRecipient::Email(reason)) => Err(ApiError::InvalidEmail(reason)),
        _ => Err(ApiError::InvalidEmail(InvalidEmailAddress::Malformed)),
    }
}

fn phone(verifier: &Verifier, text: &str, is_lenient: bool) -> Result<Recipient, ApiError> {
    match verifier.parse_recipient(text) {
        Ok(Recipient::Phone(number)) => Ok(number.into()),
        Err(InvalidRecipient::Phone(reason)) if is_lenient => PhoneNumber::prescribed(text)
            .map(Recipient::from)
            .map_err(|_| ApiError::InvalidPhoneNumber(reason)),
        Err(InvalidRecipient::Phone(reason)) => Err(ApiError::InvalidPhoneNumber(reason)),
        _ => Err(ApiError::InvalidPhoneNumber(InvalidPhoneNumber::Malformed)),
    }
}

fn name_problem(name: &str) -> Option<&'static str> {
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME {
        Some("This field takes at most 100 characters.")
    } else if name.contains(char::is_control) {
        Some("This field may not contain control characters.")
    } else {
        None
    }
}
