//! [`SenderOptions`]: what the senders in use need.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use otp_core::{Channel, Code, Recipient};

use super::{SenderName, SmtpOptions, TwilioOptions, VonageOptions, shapes, smtp, twilio, vonage};
use crate::config::{
    kind::Value,
    test_recipient::{digits, test_recipient},
    values::Values,
};

/// Options of the senders that some channel uses; `None` for the others.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SenderOptions {
    /// Of `file`.
    pub file: Option<FileOptions>,
    /// Of `sandbox`.
    pub sandbox: Option<SandboxOptions>,
    /// Of `twilio` and `twilio-verify`.
    pub twilio: Option<TwilioOptions>,
    /// Of `vonage` and `vonage-verify`.
    pub vonage: Option<VonageOptions>,
    /// Of `smtp`.
    pub smtp: Option<SmtpOptions>,
}

/// Options of the sender `file`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileOptions {
    /// The file that gets a line of JSON per message.
    pub path: PathBuf,
}

/// Options of the sender `sandbox`.
#[derive(Clone)]
#[non_exhaustive]
pub struct SandboxOptions {
    /// The code of every challenge.
    pub code: Code,
    /// The only recipients; none named, everybody is one.
    pub recipients: Vec<Recipient>,
}

impl fmt::Debug for SandboxOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxOptions").field("recipients", &self.recipients).finish_non_exhaustive()
    }
}

/// Reads the options of every sender; what is missing or looks wrong is a problem for a sender in use only.
pub(in crate::config) fn read(
    values: &mut Values,
    routes: &BTreeMap<Channel, Vec<SenderName>>,
) -> SenderOptions {
    let channels_of = |name| -> Vec<Channel> {
        routes.iter().filter(|(_, senders)| senders.contains(&name)).map(|(channel, _)| *channel).collect()
    };
    let uses = |name| !channels_of(name).is_empty();
    values.derive("smtp_from_name", Value::Text(values.text("app_name").unwrap_or_default().to_owned()));
    shapes::check(values, routes);
    let sandbox = sandbox(values, uses(SenderName::Sandbox));
    SenderOptions {
        file: uses(SenderName::File).then(|| file(values)).flatten(),
        sandbox: sandbox.filter(|_| uses(SenderName::Sandbox)),
        twilio: twilio::read(
            values,
            &channels_of(SenderName::Twilio),
            &channels_of(SenderName::TwilioVerify),
        ),
        vonage: vonage::read(
            values,
            &channels_of(SenderName::Vonage),
            &channels_of(SenderName::VonageVerify),
        ),
        smtp: smtp::read(values, routes.get(&Channel::Email).map_or(&[], Vec::as_slice)),
    }
}

fn file(values: &mut Values) -> Option<FileOptions> {
    values.missing("file_path", "the sender file writes there");
    Some(FileOptions { path: values.path_buf("file_path")? })
}

fn sandbox(values: &mut Values, in_use: bool) -> Option<SandboxOptions> {
    if in_use {
        values.missing("sandbox_code", "the sender sandbox knows no other code");
    }
    let mut recipients = Vec::new();
    for (index, text) in values.list("sandbox_recipients").unwrap_or_default().iter().enumerate() {
        match test_recipient(text) {
            Ok(recipient) => recipients.push(recipient),
            Err(expected) => values.problem("sandbox_recipients", format!("entry {}: {expected}", index + 1)),
        }
    }
    let code = digits(values.text("sandbox_code")?);
    match &code {
        None => values.problem("sandbox_code", "a code of 4 to 10 digits is expected"),
        Some(code) if in_use && code.expose().len() != values.number("token_length") as usize => {
            let length = values.number("token_length");
            values.warn("sandbox_code", format!("the code has not {length} digits, as token_length says"));
        }
        Some(_) => {}
    }
    Some(SandboxOptions { code: code?, recipients })
}
