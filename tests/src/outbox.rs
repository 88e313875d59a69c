//! The messages a server's `file` sender wrote.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use serde_json::Value;

/// The file one or more servers write their messages to.
#[derive(Debug, Clone)]
pub struct Outbox {
    path: PathBuf,
}

impl Outbox {
    /// The outbox of the servers that keep their files in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { path: Self::path(folder) }
    }

    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("outbox.jsonl")
    }

    /// The codes sent to `recipient`, oldest first.
    #[must_use]
    pub fn codes(&self, recipient: &str) -> Vec<String> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let messages = text.lines().filter(|line| line.contains(recipient));
        let messages = messages.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        messages
            .filter(|message| message["to"] == recipient)
            .filter_map(|message| code_in(&message))
            .collect()
    }

    /// Waits for message number `count` to `recipient` and returns its code.
    ///
    /// # Panics
    ///
    /// When it does not come within ten seconds.
    #[must_use]
    pub fn wait(&self, recipient: &str, count: usize) -> String {
        for _ in 0..2_000 {
            if let Some(code) = self.codes(recipient).into_iter().nth(count - 1) {
                return code;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("message {count} to {recipient} did not come");
    }
}

fn code_in(message: &Value) -> Option<String> {
    let body = message["body"].as_str()?;
    body.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).map(str::to_owned)
}
