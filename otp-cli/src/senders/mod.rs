//! Senders from their configuration: those that come with the program, and the providers' built in by features.

mod console;
mod file;
#[cfg(feature = "smtp")]
mod smtp;
#[cfg(feature = "twilio")]
mod twilio;
#[cfg(feature = "vonage")]
mod vonage;

use std::{collections::BTreeMap, fmt, io, sync::Arc};

use otp_core::Channel;
use otp_service::{Clock, DiscardSender, Routes, Sender, WebhookReader};

use self::{console::ConsoleSender, file::FileSender};
use crate::{
    command::CommandError,
    config::{SenderName, SenderOptions},
    doctor::Finding,
};

/// The senders of a configuration, each once.
pub(crate) struct Senders(BTreeMap<SenderName, Built>);

/// A sender of its own type, so that it can be asked for more than sending.
#[derive(Clone)]
pub(crate) enum Built {
    /// One of this program: there is nothing to ask.
    Plain(Arc<dyn Sender>),
    #[cfg(feature = "smtp")]
    Smtp(Arc<otp_smtp::SmtpSender>),
    #[cfg(feature = "twilio")]
    Twilio(Arc<otp_twilio::TwilioSender>),
    #[cfg(feature = "twilio")]
    TwilioVerify(Arc<otp_twilio::TwilioVerify>),
    #[cfg(feature = "vonage")]
    Vonage(Arc<otp_vonage::VonageSender>),
    #[cfg(feature = "vonage")]
    VonageVerify { sender: Arc<otp_vonage::VonageVerify>, account: Arc<otp_vonage::VonageSender> },
}

/// What senders are made with: the HTTP client is one for all of them.
pub(crate) struct Workshop<'a> {
    options: &'a SenderOptions,
    clock: &'a Arc<dyn Clock>,
    #[cfg(any(feature = "twilio", feature = "vonage"))]
    client: Option<otp_provider::Client>,
}

impl Senders {
    /// Makes every sender that some channel uses.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for the first that cannot be made.
    pub(crate) fn build(
        routes: &BTreeMap<Channel, Vec<SenderName>>,
        options: &SenderOptions,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, CommandError> {
        let mut workshop = Workshop::new(options, clock);
        let mut senders = BTreeMap::new();
        for name in routes.values().flatten() {
            if senders.contains_key(name) {
                continue;
            }
            if let Some(built) = workshop.make(*name)? {
                senders.insert(*name, built);
            }
        }
        Ok(Self(senders))
    }

    /// The senders of each channel in their order. The sandbox sends nothing, so it is not among them.
    pub(crate) fn routes(&self, names: &BTreeMap<Channel, Vec<SenderName>>) -> Routes {
        let each = names.iter().flat_map(|(channel, names)| names.iter().map(move |name| (*channel, name)));
        each.fold(Routes::default(), |routes, (channel, name)| match self.0.get(name) {
            Some(built) => routes.with(channel, built.sender()),
            None => routes,
        })
    }
}

impl<'a> Workshop<'a> {
    pub(crate) fn new(options: &'a SenderOptions, clock: &'a Arc<dyn Clock>) -> Self {
        Self {
            options,
            clock,
            #[cfg(any(feature = "twilio", feature = "vonage"))]
            client: None,
        }
    }

    /// The sender of this name; none for the sandbox.
    ///
    /// # Errors
    ///
    /// [`CommandError`] where its options cannot work.
    pub(crate) fn make(&mut self, name: SenderName) -> Result<Option<Built>, CommandError> {
        let missing = || CommandError::NoSuchSender(name.as_str());
        Ok(Some(match name {
            SenderName::Console => Built::Plain(Arc::new(ConsoleSender)),
            SenderName::Discard => Built::Plain(Arc::new(DiscardSender)),
            SenderName::Sandbox => return Ok(None),
            SenderName::File => {
                let path = &self.options.file.as_ref().ok_or_else(missing)?.path;
                let opened = FileSender::open(path, Arc::clone(self.clock));
                Built::Plain(Arc::new(opened.map_err(|error| {
                    let text = format!("OTP_FILE_PATH: cannot write {}: {error}", path.display());
                    io::Error::new(error.kind(), text)
                })?))
            }
            #[cfg(feature = "smtp")]
            SenderName::Smtp => {
                Built::Smtp(Arc::new(smtp::sender(self.options.smtp.as_ref().ok_or_else(missing)?)?))
            }
            #[cfg(feature = "twilio")]
            SenderName::Twilio => {
                let options = self.options.twilio.as_ref().ok_or_else(missing)?;
                Built::Twilio(Arc::new(twilio::sender(options, self.client()?)?))
            }
            #[cfg(feature = "twilio")]
            SenderName::TwilioVerify => {
                let options = self.options.twilio.as_ref().ok_or_else(missing)?;
                Built::TwilioVerify(Arc::new(twilio::verify(options, self.client()?)?))
            }
            #[cfg(feature = "vonage")]
            SenderName::Vonage => {
                let options = self.options.vonage.as_ref().ok_or_else(missing)?;
                Built::Vonage(Arc::new(vonage::sender(options, self.client()?, self.clock)?))
            }
            #[cfg(feature = "vonage")]
            SenderName::VonageVerify => {
                let options = self.options.vonage.as_ref().ok_or_else(missing)?;
                Built::VonageVerify {
                    sender: Arc::new(vonage::verify(options, self.client()?, self.clock)?),
                    account: Arc::new(vonage::account(options, self.client()?, self.clock)?),
                }
            }
            #[cfg(not(all(feature = "smtp", feature = "twilio", feature = "vonage")))]
            _ => return Err(missing()),
        }))
    }

    #[cfg(any(feature = "twilio", feature = "vonage"))]
    fn client(&mut self) -> Result<otp_provider::Client, CommandError> {
        if self.client.is_none() {
            self.client = Some(otp_provider::Client::new().map_err(io::Error::other)?);
        }
        Ok(self.client.clone().expect("it was made above"))
    }
}

impl Built {
    pub(crate) fn sender(&self) -> Arc<dyn Sender> {
        match self {
            Self::Plain(sender) => Arc::clone(sender),
            #[cfg(feature = "smtp")]
            Self::Smtp(sender) => Arc::clone(sender) as _,
            #[cfg(feature = "twilio")]
            Self::Twilio(sender) => Arc::clone(sender) as _,
            #[cfg(feature = "twilio")]
            Self::TwilioVerify(sender) => Arc::clone(sender) as _,
            #[cfg(feature = "vonage")]
            Self::Vonage(sender) => Arc::clone(sender) as _,
            #[cfg(feature = "vonage")]
            Self::VonageVerify { sender, .. } => Arc::clone(sender) as _,
        }
    }

    /// Whether the provider is reachable and takes our credentials, found out without sending anything. What is found
    /// goes under this name.
    pub(crate) async fn probe(&self, name: &str) -> Vec<Finding> {
        match self {
            Self::Plain(_) => vec![Finding::ok(name, "is part of this program")],
            #[cfg(feature = "smtp")]
            Self::Smtp(sender) => smtp::probe(sender, name).await,
            #[cfg(feature = "twilio")]
            Self::Twilio(sender) => twilio::probe(sender, name).await,
            #[cfg(feature = "twilio")]
            Self::TwilioVerify(sender) => twilio::probe_verify(sender, name).await,
            #[cfg(feature = "vonage")]
            Self::Vonage(account) | Self::VonageVerify { account, .. } => vonage::probe(account, name).await,
        }
    }
}

/// Readers of the delivery receipts that the configuration asks for.
///
/// # Errors
///
/// [`CommandError::Sender`] where the options cannot work.
#[cfg_attr(
    not(any(feature = "twilio", feature = "vonage")),
    expect(unused_variables, clippy::unnecessary_wraps, reason = "no provider is built in")
)]
pub(crate) fn webhooks(options: &SenderOptions) -> Result<Vec<Arc<dyn WebhookReader>>, CommandError> {
    #[cfg_attr(
        not(any(feature = "twilio", feature = "vonage")),
        expect(unused_mut, reason = "no provider is built in")
    )]
    let mut readers: Vec<Arc<dyn WebhookReader>> = Vec::new();
    #[cfg(feature = "twilio")]
    if let Some(options) = &options.twilio
        && let Some(reader) = twilio::webhook(options)?
    {
        readers.push(Arc::new(reader));
    }
    #[cfg(feature = "vonage")]
    if let Some(options) = &options.vonage
        && let Some(reader) = vonage::webhook(options)?
    {
        readers.push(Arc::new(reader));
    }
    Ok(readers)
}

/// What a probe found that failed; `unseen` is what it wanted to see.
#[cfg(any(feature = "twilio", feature = "vonage"))]
fn failed(name: &str, unseen: &str, error: &otp_service::SendError) -> Finding {
    if is_untold(error) {
        return Finding::warn(
            name,
            format!("reachable; {unseen} could not be looked at: what is at the base URL does not show it"),
            "nothing, where a stand-in is there that has the sending alone: `otp message` tries that; else correct the \
             base URL",
        );
    }
    Finding::fail(name, error.to_string(), crate::remedy::remedy(error))
}

/// Whether something stands in for the provider that neither shows the account nor refuses the credentials.
#[cfg(any(feature = "twilio", feature = "vonage"))]
fn is_untold(error: &otp_service::SendError) -> bool {
    error.code.as_deref() == Some(otp_provider::CallError::NotTold.as_str())
}

/// What the messages of senders in use come from, by key; `None` where no carrier takes it.
#[cfg_attr(
    not(any(feature = "twilio", feature = "vonage")),
    expect(unused_variables, unused_mut, reason = "no sender that has one is built in")
)]
pub(crate) fn origins(options: &SenderOptions) -> Vec<(&'static str, Option<&'static str>)> {
    let mut origins = Vec::new();
    #[cfg(feature = "twilio")]
    origins.extend(options.twilio.iter().flat_map(twilio::origins));
    #[cfg(feature = "vonage")]
    origins.extend(options.vonage.iter().flat_map(vonage::origins));
    origins
}

#[cfg(any(feature = "twilio", feature = "vonage"))]
const fn described(origin: otp_provider::Origin) -> &'static str {
    match origin {
        otp_provider::Origin::Number => "a number in E.164",
        otp_provider::Origin::ShortCode => "a short code",
        otp_provider::Origin::SenderId => "a sender id; some countries replace or refuse it",
    }
}

/// An error in a provider's options, which its crate found.
#[cfg(any(feature = "smtp", feature = "twilio", feature = "vonage"))]
fn unfit(sender: SenderName) -> impl Fn(&dyn std::error::Error) -> CommandError {
    move |error| CommandError::Sender { sender, problem: crate::command::causes(error) }
}

/// A base URL from the configuration. Plain `http` is refused in production before anything gets here.
#[cfg(any(feature = "twilio", feature = "vonage"))]
fn base_url(url: &crate::config::HttpUrl) -> Result<otp_provider::BaseUrl, otp_provider::InvalidBaseUrl> {
    otp_provider::BaseUrl::danger_allow_http(url.as_str())
}

impl fmt::Debug for Senders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
