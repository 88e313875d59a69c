//! The table of calls: paths, fields, answers, errors.

use std::borrow::Cow;

use super::status::{DELIVERIES, STATES};
use crate::{
    error::ErrorCode,
    fields::{Field, Takes},
    route::{Kind, Member, Route, Verb},
    verification::RecipientKind,
};

/// The calls of the verification app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Register,
    Verify,
    Resend,
    Status,
    Cancel,
    Jwks,
}

pub(crate) const PHONE_NUMBER: Field = Field {
    name: "phone_number",
    takes: Takes::PhoneNumber,
    is_required: true,
    about: "With its country code; spaces, hyphens, dots and parentheses do not matter.",
    example: "+14155550123",
};

pub(crate) const EMAIL: Field = Field {
    name: "email",
    takes: Takes::Text,
    is_required: true,
    about: "The address alone, without a name.",
    example: "name@example.com",
};

pub(super) const SESSION_TOKEN: Field = Field {
    name: "session_token",
    takes: Takes::Text,
    is_required: true,
    about: "As register answered it.",
    example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
};

pub(crate) const SECURITY_CODE: Field = Field {
    name: "security_code",
    takes: Takes::Code,
    is_required: true,
    about: "What the person typed: white space and hyphens do not matter, leading zeros do.",
    example: "012345",
};

pub(super) const CHANNEL: Field = Field {
    name: "channel",
    takes: Takes::Text,
    is_required: false,
    about: "How the code travels; another one than before makes a new code.",
    example: "",
};

pub(super) const LANGUAGE: Field = Field {
    name: "language",
    takes: Takes::Text,
    is_required: false,
    about: "The message's language, where there is one; wins over Accept-Language.",
    example: "pt-BR",
};

pub(super) const ENDING: Field = Field {
    name: "ending",
    takes: Takes::Text,
    is_required: false,
    about: "Who fills the code in from a text message, where the server serves both: \"web\" or \"android\".",
    example: "web",
};

/// The table for one kind of recipient.
pub(crate) fn routes(kind: RecipientKind) -> Vec<Route<Call>> {
    let recipient = kind.field();
    let channel = Field { example: kind.channels()[0], ..CHANNEL };
    let told = member(recipient.name, Kind::Text, "In canonical spelling.");
    let session = [
        told,
        member("channel", Kind::OneOf(kind.channels()), "How the code travels."),
        member("delivery", Kind::OneOf(&["queued", "sent"]), "Whether the message waits or has left."),
        member("code_length", Kind::Integer, "Characters of the code."),
        EXPIRES_IN,
        RESEND_IN,
    ];
    let act = |call, path, summary| Route {
        call,
        verb: Verb::Act,
        path: Cow::Borrowed(path),
        summary,
        fields: vec![recipient, SESSION_TOKEN],
        answer: Vec::new(),
        is_idempotent: false,
        errors: &[],
    };
    vec![
        Route {
            fields: if recipient.name == PHONE_NUMBER.name {
                vec![recipient, channel, LANGUAGE, ENDING]
            } else {
                vec![recipient, channel, LANGUAGE]
            },
            answer: [
                &[member("session_token", Kind::Text, "Keep it: every later call needs it.")],
                &session[..],
            ]
            .concat(),
            is_idempotent: true,
            errors: SEND_ERRORS,
            ..act(Call::Register, "register", "Begins a verification and sends a code.")
        },
        Route {
            fields: vec![recipient, SESSION_TOKEN, SECURITY_CODE],
            answer: vec![
                member("message", Kind::OneOf(&["Security code is valid."]), "For people."),
                told,
                member("proof", Kind::Text, "A JWT (EdDSA) saying who was verified, for what, and when."),
            ],
            errors: CHECK_ERRORS,
            ..act(Call::Verify, "verify", "Checks a code.")
        },
        Route {
            fields: vec![recipient, SESSION_TOKEN, channel, LANGUAGE],
            answer: session.to_vec(),
            is_idempotent: true,
            errors: RESEND_ERRORS,
            ..act(Call::Resend, "resend", "Sends the code again.")
        },
        Route {
            answer: vec![
                member("state", Kind::OneOf(&STATES), "Where the verification stands."),
                member("delivery", Kind::OneOf(&DELIVERIES), "What became of the last message."),
                EXPIRES_IN,
                RESEND_IN,
                member("checks_left", Kind::Integer, "Guesses still answered."),
            ],
            errors: &[ErrorCode::SessionMismatch],
            ..act(Call::Status, "status", "Tells where a verification stands.")
        },
        Route {
            answer: vec![member("message", Kind::Text, "For people.")],
            errors: &[ErrorCode::SessionMismatch, ErrorCode::CodeAlreadyVerified],
            ..act(Call::Cancel, "cancel", "Withdraws a verification.")
        },
        Route {
            verb: Verb::Read,
            fields: Vec::new(),
            answer: vec![member("keys", Kind::Objects, "JSON Web Keys (RFC 7517, RFC 8037).")],
            ..act(Call::Jwks, "jwks.json", "The public keys that proofs are signed with.")
        },
    ]
}

const EXPIRES_IN: Member = member("expires_in", Kind::Integer, "Seconds the code still lives.");
const RESEND_IN: Member =
    member("resend_in", Kind::Integer, "Seconds until another message may be asked for.");

const SEND_ERRORS: &[ErrorCode] = &[
    ErrorCode::Throttled,
    ErrorCode::Locked,
    ErrorCode::RegionNotAllowed,
    ErrorCode::ChannelNotSupported,
    ErrorCode::IdempotencyKeyReused,
    ErrorCode::DeliveryFailed,
];

const RESEND_ERRORS: &[ErrorCode] = &[
    ErrorCode::SessionMismatch,
    ErrorCode::CodeAlreadyVerified,
    ErrorCode::TooManyChecks,
    ErrorCode::Throttled,
    ErrorCode::Locked,
    ErrorCode::ChannelNotSupported,
    ErrorCode::IdempotencyKeyReused,
    ErrorCode::DeliveryFailed,
];

const CHECK_ERRORS: &[ErrorCode] = &[
    ErrorCode::CodeInvalid,
    ErrorCode::SessionMismatch,
    ErrorCode::CodeExpired,
    ErrorCode::CodeAlreadyVerified,
    ErrorCode::TooManyChecks,
    ErrorCode::Locked,
];

const fn member(name: &'static str, kind: Kind, about: &'static str) -> Member {
    Member { name, kind, about }
}
