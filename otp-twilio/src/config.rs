//! Who we are at Twilio, and what can be wrong with that.

use std::fmt;

use otp_core::FailureClass;
use otp_provider::{Answer, BaseUrl, Client, Request, Secret};
use otp_service::SendError;
use serde::de::DeserializeOwned;

use crate::{Shape, failure::Judgement};

/// The default of the interface for messages and calls.
pub(crate) const API: &str = "https://api.twilio.com";
/// The default of Lookup.
pub(crate) const LOOKUPS: &str = "https://lookups.twilio.com";
/// The default of Verify.
pub(crate) const VERIFY: &str = "https://verify.twilio.com";
/// The longest reference that is kept; Twilio's have 34 characters.
const LONGEST_REFERENCE: usize = 64;

/// An account and the credentials for it. `Debug` shows neither.
///
/// ```
/// use otp_twilio::Account;
///
/// let account = Account::with_token("AC00000000000000000000000000000001", "the auth token")?;
/// assert_eq!(format!("{account:?}"), "Account([redacted])");
/// # Ok::<(), otp_twilio::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Account {
    pub(crate) sid: String,
    user: String,
    secret: Secret,
}

impl Account {
    /// The account's SID (`AC...`) and its auth token.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Sid`] or [`ConfigError::Secret`].
    pub fn with_token(sid: impl Into<String>, token: impl Into<Secret>) -> Result<Self, ConfigError> {
        let sid = sid.into();
        Shape::AccountSid.check(&sid)?;
        Self { user: sid.clone(), sid, secret: token.into() }.checked()
    }

    /// The account's SID (`AC...`), an API key's SID (`SK...`) and its secret. A key can be revoked alone.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Sid`] or [`ConfigError::Secret`].
    pub fn with_api_key(
        sid: impl Into<String>,
        key: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Self, ConfigError> {
        let (sid, user) = (sid.into(), key.into());
        Shape::AccountSid.check(&sid)?;
        Shape::ApiKeySid.check(&user)?;
        Self { sid, user, secret: secret.into() }.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        if self.secret.is_empty() { Err(ConfigError::Secret) } else { Ok(self) }
    }

    /// Whether the credentials are the account's own, and not those of an API key.
    pub(crate) fn is_main(&self) -> bool {
        self.user == self.sid
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account([redacted])")
    }
}

/// A configuration that cannot work. It never repeats what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A SID of another shape.
    #[error("the {what} SID is {prefix} and letters and digits, as the console shows it")]
    Sid {
        /// Of what.
        what: &'static str,
        /// Its first two letters.
        prefix: &'static str,
    },
    /// An empty auth token or key secret.
    #[error("the auth token (or the API key's secret) is empty")]
    Secret,
    /// No channel can be served.
    #[error(
        "nothing to send from: give a number or a messaging service (texts), a WhatsApp sender, or a number for calls"
    )]
    NoSender,
    /// Nothing a text can come from.
    #[error(
        "texts come from a number with + and its country code, nothing between its digits (\"+14155550100\"), a short \
         code of 3 to 8 digits, or a sender id of 1 to 11 letters and digits"
    )]
    From,
    /// Nothing a call or WhatsApp message can come from.
    #[error(
        "calls and WhatsApp messages come from a number with + and its country code, nothing between its digits \
         (\"+14155550100\"); WhatsApp messages also from a messaging service (MG...)"
    )]
    Number,
    /// The status callback is no address that Twilio can call.
    #[error("the status callback is an address like https://otp.example.com/webhooks/twilio")]
    StatusCallback,
    /// The public address is no address that Twilio can call.
    #[error("the public address is one like https://otp.example.com, as Twilio calls it, without a query")]
    PublicUrl,
    /// Verify reaches phones and mailboxes by the channels it was given, which are none.
    #[error("at least one channel is expected")]
    NoChannel,
}

/// Whether an answer's SID can name a message or a verification: the references that are kept and asked about later.
/// Twilio's are two letters and 32 hexadecimal digits; letters, digits and hyphens pass.
pub(crate) fn is_reference(text: &str) -> bool {
    (1..=LONGEST_REFERENCE).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A base of this crate's own.
pub(crate) fn base(text: &'static str) -> BaseUrl {
    text.parse().expect("the built-in addresses are https")
}

/// Calls in the account's name.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) account: Account,
    /// The sender's name.
    pub(crate) name: String,
    pub(crate) judgement: Judgement,
}

impl Api {
    pub(crate) fn new(client: Client, account: Account, name: &str) -> Self {
        Self { client, account, name: name.to_owned(), judgement: Judgement { has_country_list: true } }
    }

    /// The answer, whatever its status.
    pub(crate) async fn answer(&self, request: Request) -> Result<Answer, SendError> {
        let request = request.basic(self.account.user.as_str(), &self.account.secret);
        self.client.call(&self.name, request).await
    }

    /// What a 2xx says.
    pub(crate) async fn call<T: DeserializeOwned>(&self, request: Request) -> Result<T, SendError> {
        let answer = self.answer(request).await?;
        let said = if answer.is_success() { answer.json() } else { None };
        said.ok_or_else(|| self.judgement.of_answer(&self.name, &answer))
    }

    /// That it is a 2xx, whatever it says.
    pub(crate) async fn tell(&self, request: Request) -> Result<(), SendError> {
        let answer = self.answer(request).await?;
        if answer.is_success() { Ok(()) } else { Err(self.judgement.of_answer(&self.name, &answer)) }
    }

    /// A message that we cannot send at all: `why` in a word.
    pub(crate) fn refuse(&self, why: &'static str) -> SendError {
        SendError::new(&self.name, FailureClass::Request).code(why)
    }
}
