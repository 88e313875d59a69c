//! What the calls read from a request.

use std::net::IpAddr;

use otp_core::{Channel, Language, Purpose, Recipient, SessionToken, message::MessageEnding};
use otp_service::{Address, Verifier};

use super::table::{CHANNEL, ENDING, LANGUAGE, SESSION_TOKEN};
use crate::{
    body::Body,
    error::{ApiError, FieldErrors},
    fields::{Field, Values},
    request::Request,
    verification::VerificationApp,
};

/// The header that makes a repeated request harmless.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Characters an idempotency key may have.
const LONGEST_IDEMPOTENCY_KEY: usize = 255;

/// One call's input, checked as far as that needs no store.
pub(super) struct Input<'a> {
    pub(super) app: &'a VerificationApp,
    pub(super) values: Values,
    pub(super) recipient: Recipient,
    request: &'a Request,
}

impl<'a> Input<'a> {
    /// Reads the body's fields, with every problem at once, and the recipient they name.
    pub(super) fn read(
        app: &'a VerificationApp,
        request: &'a Request,
        fields: &[Field],
    ) -> Result<Self, ApiError> {
        let (values, mut errors) = Values::read(Body::read(request)?, fields);
        let field = app.kind.field().name;
        let recipient = values.get(field).map(|text| app.recipient(text));
        match recipient {
            Some(Ok(recipient)) if errors.is_empty() => Ok(Self { app, values, recipient, request }),
            Some(Err(error)) if errors.is_empty() => Err(error),
            Some(Err(error)) => {
                errors.add(field, error.detail().into_owned());
                Err(ApiError::InvalidRequest(errors))
            }
            Some(Ok(_)) | None => Err(ApiError::InvalidRequest(errors)),
        }
    }

    pub(super) fn verifier(&self) -> &'a Verifier {
        &self.app.verifier
    }

    pub(super) fn purpose(&self) -> &'a Purpose {
        &self.app.purpose
    }

    /// The challenge the session token names. What is no token names none, like a token that nobody was given.
    pub(super) fn address(&self) -> Result<Address, ApiError> {
        let token = SessionToken::parse(self.values.required(SESSION_TOKEN.name));
        token.map(Address::Token).ok_or(ApiError::SessionMismatch)
    }

    pub(super) fn channel(&self) -> Result<Option<Channel>, ApiError> {
        let channel = self.values.get(CHANNEL.name).map(|text| text.trim().parse());
        channel.transpose().map_err(|_| ApiError::ChannelNotSupported)
    }

    /// The language to write in.
    pub(super) fn language(&self) -> Language {
        let accepted = self.request.accept_language();
        self.verifier().catalogue().negotiate(self.values.get(LANGUAGE.name), Some(&accepted))
    }

    /// The same, where the body names one.
    pub(super) fn named_language(&self) -> Option<Language> {
        self.values.get(LANGUAGE.name).map(|_| self.language())
    }

    /// What the text message ends with, where the client may choose: a line that binds the code to a web page is never
    /// taken off, for a page that only hands the number on would ask for that.
    pub(super) fn ending(&self) -> Result<Option<MessageEnding>, ApiError> {
        let Some(text) = self.values.get(ENDING.name) else { return Ok(None) };
        match text.trim().parse() {
            Ok(MessageEnding::None) | Err(_) => Err(ApiError::InvalidRequest(FieldErrors::field(
                ENDING.name,
                "This field takes \"web\" or \"android\".",
            ))),
            Ok(ending) => Ok(self.verifier().catalogue().ending(ending).map(|_| ending)),
        }
    }

    pub(super) fn caller(&self) -> Option<IpAddr> {
        self.app.callers.caller(self.request.peer, &self.request.headers)
    }

    /// The idempotency key, if there is one, and what must be the same when it comes again.
    pub(super) fn idempotency(&self, call: &str) -> Result<Option<(&'a str, Vec<u8>)>, ApiError> {
        let mut keys = self.request.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(key) = keys.next() else { return Ok(None) };
        let legal = |key: &&str| {
            (1..=LONGEST_IDEMPOTENCY_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
        };
        match (key.to_str().ok().filter(legal), keys.next()) {
            (Some(key), None) => {
                let mut same = format!("{call}\0{}\0", self.purpose()).into_bytes();
                same.extend(self.values.canonical());
                Ok(Some((key, same)))
            }
            _ => Err(ApiError::InvalidRequest(FieldErrors::header(
                IDEMPOTENCY_KEY,
                "This header takes one key of 1 to 255 visible ASCII characters.",
            ))),
        }
    }
}
