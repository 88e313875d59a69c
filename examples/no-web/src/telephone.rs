//! The sender.

use std::{
    io::Write,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass};
use otp_service::{Message, Receipt, SendError, Sender};

/// Stands for telephone and mailbox: writes every message to a file, or to the terminal.
pub(crate) struct Telephone(Mutex<Box<dyn Write + Send>>);

impl Telephone {
    pub(crate) fn new(output: Box<dyn Write + Send>) -> Self {
        Self(Mutex::new(output))
    }
}

#[async_trait]
impl Sender for Telephone {
    fn name(&self) -> &str {
        "telephone"
    }

    fn carries(&self, channel: Channel) -> bool {
        matches!(channel, Channel::Sms | Channel::Email)
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let text = format!("[{} to {}] {}\n", message.channel, message.to.as_str(), message.body.expose());
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = output.write_all(text.as_bytes()).and_then(|()| output.flush());
        written.map_err(|error| SendError::new("telephone", FailureClass::Provider).source(error))?;
        Ok(Receipt::default())
    }
}
