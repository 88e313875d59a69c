//! Problem documents with the members that front ends of account systems read.

use super::table::{Call, PHONE};
use crate::{error::ApiError, handlers, response::Response};

const CODE_REFUSED: &str = "Invalid or expired verification code";

pub(super) fn response(call: Call, error: &ApiError) -> Response {
    let mut document = error.document();
    match error {
        ApiError::CodeInvalid { .. } => {
            document["message"] = CODE_REFUSED.into();
            let flag = if call == Call::VerifyOtp { "success" } else { "verified" };
            document[flag] = false.into();
        }
        ApiError::InvalidPhoneNumber(_) => {
            document[PHONE.name] = document[handlers::PHONE_NUMBER.name].take();
            if let Some(members) = document.as_object_mut() {
                members.remove(handlers::PHONE_NUMBER.name);
            }
        }
        _ => {}
    }
    error.response(&document)
}
