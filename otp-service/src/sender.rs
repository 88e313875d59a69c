//! The delivery port.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass, Language, Purpose, Recipient, Verdict, message::RenderedText};

use crate::store::Source;

/// One rendered message.
///
/// Its `Debug` shows neither the code nor the whole recipient.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Message {
    /// The same for every try of the same code, so that a provider or mail server can recognise a repeat.
    pub id: String,
    /// To whom.
    pub to: Recipient,
    /// How.
    pub channel: Channel,
    /// Why the recipient is verified.
    pub purpose: Purpose,
    /// The language it is written in.
    pub language: Language,
    /// The application's name.
    pub app_name: String,
    /// The subject, by e-mail.
    pub subject: Option<RenderedText>,
    /// The text, with the code.
    pub body: RenderedText,
    /// The code alone, for senders that place it themselves.
    pub code: RenderedText,
    /// How long the code still lives.
    pub expires_in: Duration,
}

impl Message {
    /// A message that carries no challenge's code, to try a sender out.
    #[must_use]
    pub fn plain(
        id: impl Into<String>,
        to: Recipient,
        channel: Channel,
        language: Language,
        body: String,
    ) -> Self {
        Self {
            id: id.into(),
            to,
            channel,
            purpose: Purpose::default(),
            language,
            app_name: "test".to_owned(),
            subject: (channel == Channel::Email).then(|| RenderedText::new("Test message".to_owned())),
            body: RenderedText::new(body),
            code: RenderedText::new(String::new()),
            expires_in: Duration::from_secs(600),
        }
    }
}

/// A provider accepted the message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// The provider's name for the message, to match its delivery receipts.
    pub reference: Option<String>,
}

/// A provider did not accept the message, or nobody knows.
///
/// Its text is the provider's class and code, never the provider's words: those quote numbers and texts.
#[derive(Debug, thiserror::Error)]
#[error("{sender} failed ({}{})", .class.as_str(), .code.as_ref().map(|code| format!(", code {code}")).unwrap_or_default())]
pub struct SendError {
    /// The sender's name.
    pub sender: String,
    /// What kind of failure, and so what to do next.
    pub class: FailureClass,
    /// The provider's error code, for its documentation.
    pub code: Option<String>,
    /// The pause the provider asked for.
    pub retry_after: Option<Duration>,
    /// The channel that may reach the recipient where this one cannot.
    pub other_channel: Option<Channel>,
    /// The cause, where it holds no secret and no recipient.
    #[source]
    pub source: Option<Source>,
}

impl SendError {
    /// A failure of `sender` of this class.
    #[must_use]
    pub fn new(sender: impl Into<String>, class: FailureClass) -> Self {
        Self {
            sender: sender.into(),
            class,
            code: None,
            retry_after: None,
            other_channel: None,
            source: None,
        }
    }

    /// With the provider's error code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With the pause the provider asked for.
    #[must_use]
    pub const fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// With the channel that may reach the recipient instead: voice, where a number takes no text messages.
    #[must_use]
    pub const fn other_channel(mut self, channel: Channel) -> Self {
        self.other_channel = Some(channel);
        self
    }

    /// With its cause, which must hold no secret and no recipient.
    #[must_use]
    pub fn source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// Delivers messages through one provider.
///
/// ```
/// use async_trait::async_trait;
/// use otp_core::Channel;
/// use otp_service::{Message, Receipt, SendError, Sender};
///
/// struct Pager;
///
/// #[async_trait]
/// impl Sender for Pager {
///     fn name(&self) -> &str {
///         "pager"
///     }
///
///     fn carries(&self, channel: Channel) -> bool {
///         channel == Channel::Sms
///     }
///
///     async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
///         // hand message.body.expose() for message.to.as_str() to the provider
///         Ok(Receipt { reference: Some(message.id.clone()) })
///     }
/// }
/// ```
#[async_trait]
pub trait Sender: Send + Sync + 'static {
    /// Its name in configuration, logs and metrics.
    fn name(&self) -> &str;

    /// Whether it delivers by this channel.
    fn carries(&self, channel: Channel) -> bool;

    /// Delivers one message. A call that takes longer than 8 s is given up, its outcome unknown.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the class that says what to do next.
    async fn send(&self, message: &Message) -> Result<Receipt, SendError>;

    /// The provider's part in checking, where it makes the codes itself: [`Sender::send`] then begins a verification
    /// there, must return its reference, and leaves [`Message::code`] unsent.
    fn codes(&self) -> Option<&dyn CodeProvider> {
        None
    }

    /// Whether it wants to be told this about messages it sent.
    fn wants(&self, _: FollowUp) -> bool {
        false
    }

    /// Tells the provider what became of a message it accepted as `reference`. Nobody waits for it, and a failure is
    /// logged and forgotten.
    ///
    /// # Errors
    ///
    /// [`SendError`] as for [`Sender::send`].
    async fn follow_up(&self, _reference: &str, _what: FollowUp) -> Result<(), SendError> {
        Ok(())
    }
}

/// What a provider may want to know, or have to do, after it accepted a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FollowUp {
    /// The recipient typed the code: the message arrived and was wanted.
    Verified,
    /// The provider reported that the message arrived.
    Delivered,
}

/// A provider that makes codes and compares guesses itself. Limits, ledgers and answers are the same as for any other:
/// a guess is counted before the provider is asked, and it is asked about no more than the policy allows.
#[async_trait]
pub trait CodeProvider: Send + Sync {
    /// Whether `code` is right for the verification `reference` of `to`. A call that takes longer than 8 s is given up.
    ///
    /// # Errors
    ///
    /// [`SendError`] where the provider gave no verdict: nothing is decided then, and the guess is given back.
    async fn check(&self, reference: &str, to: &Recipient, code: &str) -> Result<Verdict, SendError>;

    /// Ends the verification `reference`: no code opens it any more.
    ///
    /// # Errors
    ///
    /// [`SendError`]; the challenge is withdrawn all the same.
    async fn cancel(&self, reference: &str) -> Result<(), SendError>;
}

/// Accepts every message and drops it: for load runs, and for hosts that show codes some other way.
#[derive(Debug, Default)]
pub struct DiscardSender;

#[async_trait]
impl Sender for DiscardSender {
    fn name(&self) -> &str {
        "discard"
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        Ok(Receipt::default())
    }
}

/// Keeps every message for a test to read.
#[derive(Debug, Default)]
pub struct RecordingSender {
    messages: Mutex<Vec<Message>>,
    failures: Mutex<Vec<FailureClass>>,
}

impl RecordingSender {
    /// Fails the next sends with these classes, in this order, then accepts again.
    pub fn fail_next(&self, classes: impl IntoIterator<Item = FailureClass>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.splice(0..0, classes);
    }

    /// Forgets what was sent so far.
    pub fn clear(&self) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What was sent so far.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The code in the last message to `recipient`.
    #[must_use]
    pub fn last_code(&self, recipient: &Recipient) -> Option<String> {
        let messages = self.messages();
        messages
            .iter()
            .rev()
            .find(|message| message.to == *recipient)
            .map(|message| message.code.expose().to_owned())
    }
}

#[async_trait]
impl Sender for RecordingSender {
    fn name(&self) -> &str {
        "recording"
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let failure = {
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            if failures.is_empty() { None } else { Some(failures.remove(0)) }
        };
        if let Some(class) = failure {
            return Err(SendError::new("recording", class));
        }
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push(message.clone());
        Ok(Receipt { reference: Some(format!("recorded-{}", messages.len())) })
    }
}
