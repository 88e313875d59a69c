//! What callers ask for.

use std::{collections::BTreeMap, fmt, net::IpAddr, sync::Arc};

use otp_core::{Channel, Language, Parameters, Purpose, Recipient, SessionToken, message::MessageEnding};
use sha2::{Digest, Sha256};

/// The parameter of a challenge whose code must be ours: no placeholder can have this name.
const OWN_CODE: &str = "@own-code";

/// Whether only senders that carry our code may send the challenge's message. A provider that compares guesses itself
/// takes its time, and can be down, for those who have a message and not for the others: a caller could tell who is
/// known.
pub(crate) fn needs_own_code(parameters: &BTreeMap<String, String>) -> bool {
    parameters.contains_key(OWN_CODE)
}

pub(crate) fn put_own_code(parameters: &mut Parameters) {
    Arc::make_mut(parameters).insert(OWN_CODE.to_owned(), String::new());
}

/// How the caller names a challenge.
#[derive(Clone)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Address {
    /// By the session token its start returned.
    Token(SessionToken),
    /// By its recipient alone: one challenge per recipient and purpose (account apps).
    Recipient,
}

impl From<SessionToken> for Address {
    fn from(token: SessionToken) -> Self {
        Self::Token(token)
    }
}

/// An idempotency key and a hash of the request it came with.
#[derive(Clone)]
pub(crate) struct Idempotency {
    pub(crate) key: String,
    pub(crate) fingerprint: [u8; 32],
}

impl Idempotency {
    fn new(key: impl Into<String>, request: &[u8]) -> Self {
        Self { key: key.into(), fingerprint: Sha256::digest(request).into() }
    }
}

pub(crate) fn context_hash(context: &[u8]) -> [u8; 32] {
    Sha256::digest(context).into()
}

/// Asks for a challenge to begin.
#[derive(Clone)]
#[must_use = "pass it to Verifier::start"]
pub struct StartRequest {
    pub(crate) recipient: Recipient,
    pub(crate) purpose: Purpose,
    pub(crate) channel: Channel,
    pub(crate) language: Option<Language>,
    pub(crate) parameters: Parameters,
    pub(crate) context: Option<[u8; 32]>,
    pub(crate) caller: Option<IpAddr>,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) by_recipient: bool,
    /// Whether the caller may not learn whether a message leaves, and if so, whether one does.
    pub(crate) discreet: Option<bool>,
}

impl fmt::Debug for StartRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartRequest")
            .field("recipient", &self.recipient)
            .field("purpose", &self.purpose)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

impl StartRequest {
    /// To this recipient: by SMS to a phone number, by e-mail to an address.
    pub fn new(recipient: Recipient) -> Self {
        let channel = if matches!(recipient, Recipient::Phone(_)) { Channel::Sms } else { Channel::Email };
        Self {
            recipient,
            purpose: Purpose::default(),
            channel,
            language: None,
            parameters: Parameters::default(),
            context: None,
            caller: None,
            idempotency: None,
            by_recipient: false,
            discreet: None,
        }
    }

    /// For this purpose.
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// By this channel.
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channel = channel;
        self
    }

    /// In this language; see [`Catalogue::negotiate`](otp_core::message::Catalogue::negotiate).
    pub fn language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// With values for the host parameters of the message's text.
    pub fn parameters(mut self, mut parameters: BTreeMap<String, String>) -> Self {
        MessageEnding::put(MessageEnding::of(&self.parameters), &mut parameters);
        self.parameters = Arc::new(parameters);
        self
    }

    /// For this software to take the code from a text message, now and when it is sent again; see
    /// [`CatalogueBuilder::ending`](otp_core::message::CatalogueBuilder::ending).
    pub fn ending(mut self, ending: MessageEnding) -> Self {
        MessageEnding::put(Some(ending), Arc::make_mut(&mut self.parameters));
        self
    }

    /// Bound to something else, which the check must name as well: an amount and payee (PSD2 dynamic linking), a
    /// device.
    pub fn context(mut self, context: &[u8]) -> Self {
        self.context = Some(context_hash(context));
        self
    }

    /// Asked for from this address, which has a budget of starts.
    pub fn caller(mut self, address: IpAddr) -> Self {
        self.caller = Some(address);
        self
    }

    /// The same key with the same `request` within a day gives the same answer and no second message.
    pub fn idempotency(mut self, key: impl Into<String>, request: &[u8]) -> Self {
        self.idempotency = Some(Idempotency::new(key, request));
        self
    }

    /// Without a session token: the challenge is named by its recipient.
    pub fn by_recipient(mut self) -> Self {
        self.by_recipient = true;
        self
    }

    /// Without telling the caller whether the recipient is known: with `is_known` false everything happens and counts
    /// as ever, by the same steps in the same time, but no message is sent and no code opens the challenge. The answer
    /// never waits for a provider.
    ///
    /// Goes with [`by_recipient`](Self::by_recipient) and [`CheckRequest::discreet`](super::CheckRequest::discreet).
    pub fn discreet(mut self, is_known: bool) -> Self {
        self.discreet = Some(is_known);
        self
    }
}

/// Asks for a challenge's message again.
#[must_use = "pass it to Verifier::resend"]
pub struct ResendRequest {
    pub(crate) recipient: Recipient,
    pub(crate) purpose: Purpose,
    pub(crate) address: Address,
    pub(crate) channel: Option<Channel>,
    pub(crate) language: Option<Language>,
    pub(crate) context: Option<Option<[u8; 32]>>,
    pub(crate) caller: Option<IpAddr>,
    pub(crate) idempotency: Option<Idempotency>,
}

impl ResendRequest {
    /// Of this challenge.
    pub fn new(recipient: Recipient, address: impl Into<Address>) -> Self {
        Self {
            recipient,
            purpose: Purpose::default(),
            address: address.into(),
            channel: None,
            language: None,
            context: None,
            caller: None,
            idempotency: None,
        }
    }

    /// For this purpose.
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// By another channel: this makes a new code.
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// In another language.
    pub fn language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// Bound to another context: this makes a new code.
    pub fn context(mut self, context: &[u8]) -> Self {
        self.context = Some(Some(context_hash(context)));
        self
    }

    /// Asked for from this address, which has a budget of starts and resends.
    pub fn caller(mut self, address: IpAddr) -> Self {
        self.caller = Some(address);
        self
    }

    /// The same key with the same `request` within a day gives the same answer and no second message.
    pub fn idempotency(mut self, key: impl Into<String>, request: &[u8]) -> Self {
        self.idempotency = Some(Idempotency::new(key, request));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_chosen_by_its_own_call_only() {
        let to = || StartRequest::new(Recipient::parse("+14155550123").expect("a phone number"));
        let given = BTreeMap::from([("device".to_owned(), "Pixel".to_owned())]);
        let mut smuggled = given.clone();
        MessageEnding::put(Some(MessageEnding::Web), &mut smuggled);
        for (request, ending) in [
            (to().parameters(given.clone()), None),
            (to().parameters(smuggled.clone()), None),
            (to().ending(MessageEnding::Android).parameters(given.clone()), Some(MessageEnding::Android)),
            (to().parameters(given.clone()).ending(MessageEnding::Android), Some(MessageEnding::Android)),
            (to().ending(MessageEnding::None).parameters(smuggled), Some(MessageEnding::None)),
        ] {
            assert_eq!(MessageEnding::of(&request.parameters), ending);
            assert_eq!(request.parameters.get("device").map(String::as_str), Some("Pixel"));
        }
    }
}
