//! `otp message`: one message through a sender, past the queue and without a code.

use std::sync::Arc;

use otp_core::{Channel, FailureClass, Recipient};
use otp_service::{Clock, Message, Receipt, SEND_LIMIT, SendError, SystemClock, random_bytes};
use serde_json::json;

use crate::{
    cli::GlobalOptions,
    command::{CommandError, causes},
    config::{Config, MissingKey, SenderName},
    output,
    remedy::remedy,
    senders::Workshop,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The phone number with its country code, or the e-mail address
    #[arg(long, value_name = "PHONE|EMAIL")]
    to: String,
    /// A sender of the channel [default: the first]
    #[arg(long, value_name = "SENDER")]
    via: Option<String>,
    /// sms, voice, whatsapp or email [default: sms for a phone number]
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<Channel>,
    /// What it says [default: that it is a test]
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// One JSON object, of a refusal too
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &GlobalOptions, arguments: &Arguments) -> Result<(), CommandError> {
    let config = options.load(MissingKey::Ephemeral)?;
    let to = Recipient::parse(&arguments.to).map_err(CommandError::Recipient)?;
    let (channel, name) = choose(&config, &to, arguments)?;
    let message = message(&config, &to, channel, arguments.text.clone())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sent = runtime.block_on(async { send(&config, name, &message).await })?;
    match sent {
        Ok(receipt) => accepted(name, channel, &to, &receipt, arguments.json),
        Err(error) => {
            let next = remedy(&error);
            if arguments.json {
                output::answer(json!({
                    "sender": error.sender,
                    "channel": channel.as_str(),
                    "to": to.to_string(),
                    "class": error.class.as_str(),
                    "code": error.code,
                    "remedy": next,
                }))?;
            }
            Err(CommandError::NotSent { problem: causes(&error), remedy: next })
        }
    }
}

/// The channel, and the sender of it.
fn choose(
    config: &Config,
    to: &Recipient,
    arguments: &Arguments,
) -> Result<(Channel, SenderName), CommandError> {
    let usage = |text: String| CommandError::Usage(text);
    let has_via = |names: &[SenderName]| {
        arguments.via.as_deref().is_none_or(|via| names.iter().any(|name| name.as_str() == via))
    };
    let channel = match arguments.channel {
        Some(channel) if !to.accepts(channel) => {
            let kind = if to.is_phone() { "a phone number" } else { "an e-mail address" };
            return Err(usage(format!("--channel: {kind} gets no message by {channel}")));
        }
        Some(channel) => channel,
        // Without --channel the first that the sender serves.
        None => {
            let mut fitting = Channel::ALL.into_iter().filter(|channel| to.accepts(*channel));
            let first = fitting.clone().next().unwrap_or(Channel::Sms);
            fitting
                .find(|channel| config.routes.get(channel).is_some_and(|names| has_via(names)))
                .unwrap_or(first)
        }
    };
    let names = config.routes.get(&channel).map(Vec::as_slice).unwrap_or_default();
    let known = || names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let chosen = match &arguments.via {
        Some(via) => names.iter().find(|name| name.as_str() == via).ok_or_else(|| {
            usage(format!("--via: {via:?} is no sender of {channel}; configured are: {}", known()))
        })?,
        None => names.first().ok_or_else(|| {
            let key = channel.as_str();
            usage(format!("there is no sender of {channel}: name one in {key} (OTP_{})", key.to_uppercase()))
        })?,
    };
    Ok((channel, *chosen))
}

fn message(
    config: &Config,
    to: &Recipient,
    channel: Channel,
    text: Option<String>,
) -> Result<Message, CommandError> {
    let app = config.catalogue.app_name();
    let text = text.unwrap_or_else(|| format!("This is a test message from {app}. It carries no code."));
    let random: [u8; 16] = random_bytes().map_err(std::io::Error::other)?;
    let id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let language = config.catalogue.default_language().clone();
    let mut message = Message::plain(format!("{id}.1"), to.clone(), channel, language, text);
    message.app_name = app.to_owned();
    Ok(message)
}

async fn send(
    config: &Config,
    name: SenderName,
    message: &Message,
) -> Result<Result<Receipt, SendError>, CommandError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let built = Workshop::new(&config.senders, &clock).make(name)?;
    let Some(built) = built else {
        return Err(CommandError::Usage(format!("{name} sends nothing: name another with --via")));
    };
    let sender = built.sender();
    let sent = tokio::time::timeout(SEND_LIMIT, sender.send(message)).await;
    Ok(sent.unwrap_or_else(|_| Err(SendError::new(name.as_str(), FailureClass::Unknown).code("timeout"))))
}

fn accepted(
    name: SenderName,
    channel: Channel,
    to: &Recipient,
    receipt: &Receipt,
    as_json: bool,
) -> Result<(), CommandError> {
    let reference = receipt.reference.as_deref();
    if as_json {
        output::answer(json!({
            "sender": name.as_str(),
            "channel": channel.as_str(),
            "to": to.to_string(),
            "reference": reference,
        }))?;
    } else {
        let reference = reference.map_or(String::new(), |reference| format!(", reference {reference}"));
        output::answer(format_args!("{name} took the message by {channel} to {to}{reference}."))?;
    }
    Ok(())
}
