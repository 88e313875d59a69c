//! `file`: one JSON line a message, for tests and local tools.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use otp_core::{Channel, FailureClass};
use otp_service::{Clock, Message, Receipt, SendError, Sender};

/// Appends every message to a file, codes and all: `{"to", "channel", "subject", "body", "at"}`, one object a line.
/// For development only; the file is readable by its owner alone.
pub(crate) struct FileSender {
    file: Mutex<File>,
    clock: Arc<dyn Clock>,
}

impl FileSender {
    /// Opens `path` for appending, and creates it where it is not there.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub(crate) fn open(path: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { file: Mutex::new(options.open(path)?), clock })
    }

    fn append(&self, message: &Message) -> io::Result<()> {
        let at = jiff::Timestamp::from_millisecond(self.clock.now().as_millis()).map_err(io::Error::other)?;
        let mut line = serde_json::json!({
            "to": message.to.as_str(),
            "channel": message.channel.as_str(),
            "subject": message.subject.as_ref().map(|subject| subject.expose()),
            "body": message.body.expose(),
            "at": at.to_string(),
        })
        .to_string();
        line.push('\n');
        // One write a line: several processes may append to one file.
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
    }
}

#[async_trait]
impl Sender for FileSender {
    fn name(&self) -> &str {
        "file"
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        self.append(message).map_err(|error| SendError::new("file", FailureClass::Provider).source(error))?;
        Ok(Receipt::default())
    }
}
