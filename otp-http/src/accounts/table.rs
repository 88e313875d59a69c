//! The table of calls: paths, fields, answers, errors.

use std::borrow::Cow;

use otp_core::Purpose;

use super::AccountApp;
use crate::{
    error::ErrorCode,
    fields::{Field, Takes},
    handlers,
    route::{Kind, Member, Route, Verb},
};

/// The calls of the account app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Register,
    ResendVerification,
    VerifyAccount,
    VerifyPhone,
    VerifyOtp,
}

impl Call {
    /// Why a recipient is verified by it: a code of the one purpose never opens the other.
    pub(super) const fn purpose(self, app: &AccountApp) -> &Purpose {
        match self {
            Self::VerifyPhone | Self::VerifyOtp => &app.phone_purpose,
            Self::Register | Self::ResendVerification | Self::VerifyAccount => &app.email_purpose,
        }
    }
}

pub(super) const EMAIL: Field = handlers::EMAIL;
pub(super) const PHONE: Field = Field { name: "phone", ..handlers::PHONE_NUMBER };
pub(super) const FIRST_NAME: Field = name("first_name", "Ada");
pub(super) const LAST_NAME: Field = name("last_name", "Lovelace");
pub(super) const OTP: Field = Field { name: "otp", ..handlers::SECURITY_CODE };
pub(super) const OTP_CODE: Field = Field { name: "otp_code", ..handlers::SECURITY_CODE };

/// What `auth/resend-verification` says, whoever asks about whom.
pub(super) const SENT_BY_EMAIL: &str =
    "If the email exists in our system and is not verified, a verification code has been sent";
pub(super) const SENT_BY_PHONE: &str = "OTP sent successfully";
pub(super) const ACCOUNT_VERIFIED: &str = "Account verified successfully. You can now log in.";
pub(super) const PHONE_VERIFIED: &str = "Phone number verified successfully";

pub(super) fn routes() -> Vec<Route<Call>> {
    let act = |call, path, summary, fields: &[Field], answer: &[Member], errors| Route {
        call,
        verb: Verb::Act,
        path: Cow::Borrowed(path),
        summary,
        fields: fields.to_vec(),
        answer: answer.to_vec(),
        is_idempotent: false,
        errors,
    };
    vec![
        act(
            Call::Register,
            "users/register",
            "Adds an account, not verified yet. Nothing is sent.",
            &[EMAIL, PHONE, FIRST_NAME, LAST_NAME],
            &[
                member("id", Kind::Text, "The account's name."),
                member("email", Kind::Text, "In canonical spelling."),
                member("phone", Kind::Text, "In canonical spelling."),
                member("first_name", Kind::Text, "As given."),
                member("last_name", Kind::Text, "As given."),
                member("is_verified", Kind::Flag, "Whether the e-mail address is verified: not yet."),
                member("created_at", Kind::Text, "When, as RFC 3339 writes it."),
            ],
            &[ErrorCode::AlreadyRegistered],
        ),
        act(
            Call::ResendVerification,
            "auth/resend-verification",
            "Sends a code to an account's e-mail address, if there is one that is not verified. The answer is the same \
             if not.",
            &[EMAIL],
            &[member("message", Kind::OneOf(&[SENT_BY_EMAIL]), "For people."), EXPIRES_IN_MINUTES],
            SEND_ERRORS,
        ),
        act(
            Call::VerifyAccount,
            "auth/verify-account",
            "Checks the code that was sent to the e-mail address.",
            &[EMAIL, OTP],
            &[
                member("message", Kind::OneOf(&[ACCOUNT_VERIFIED]), "For people."),
                member("verified", Kind::Flag, "Whether it is verified now."),
            ],
            CHECK_ERRORS,
        ),
        act(
            Call::VerifyPhone,
            "users/verify-phone",
            "Sends a code to an account's phone number, if there is one that is not verified. The answer is the same if \
             not.",
            &[PHONE],
            &[SUCCESS, member("message", Kind::OneOf(&[SENT_BY_PHONE]), "For people."), EXPIRES_IN_MINUTES],
            SEND_ERRORS,
        ),
        act(
            Call::VerifyOtp,
            "users/verify-otp",
            "Checks the code that was sent to the phone number.",
            &[PHONE, OTP_CODE],
            &[SUCCESS, member("message", Kind::OneOf(&[PHONE_VERIFIED]), "For people.")],
            CHECK_ERRORS,
        ),
    ]
}

const SUCCESS: Member = member("success", Kind::Flag, "Whether it was done.");
const EXPIRES_IN_MINUTES: Member =
    member("expires_in_minutes", Kind::Integer, "The life of a new code, rounded up.");

const SEND_ERRORS: &[ErrorCode] =
    &[ErrorCode::Throttled, ErrorCode::Locked, ErrorCode::RegionNotAllowed, ErrorCode::ChannelNotSupported];
const CHECK_ERRORS: &[ErrorCode] = &[ErrorCode::CodeInvalid, ErrorCode::TooManyChecks, ErrorCode::Locked];

const fn member(name: &'static str, kind: Kind, about: &'static str) -> Member {
    Member { name, kind, about }
}

const fn name(name: &'static str, example: &'static str) -> Field {
    Field { name, takes: Takes::Text, is_required: true, about: "At most 100 characters.", example }
}
