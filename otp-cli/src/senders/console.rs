//! `console`: shows every message, for development.

use std::io::Write;

use async_trait::async_trait;
use otp_core::{Channel, FailureClass};
use otp_service::{Message, Receipt, SendError, Sender};

/// Prints every message on standard output, codes and all. For development only.
#[derive(Debug, Default)]
pub(crate) struct ConsoleSender;

#[async_trait]
impl Sender for ConsoleSender {
    fn name(&self) -> &str {
        "console"
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        // "OTP: " and the code is what guides have people look for in the log.
        let (channel, to, code) = (message.channel, message.to.as_str(), message.code.expose());
        let mut text = format!("otp console | {channel} to {to}");
        if !code.is_empty() {
            text.push_str(&format!(" | OTP: {code}"));
        }
        if let Some(subject) = &message.subject {
            text.push_str(&format!(" | {}", subject.expose()));
        }
        for line in message.body.expose().lines() {
            text.push_str(&format!("\notp console |   {line}"));
        }
        text.push('\n');
        let mut stdout = std::io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(|error| SendError::new("console", FailureClass::Provider).source(error))?;
        Ok(Receipt::default())
    }
}
