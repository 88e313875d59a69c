//! The messages a server's `file` sender wrote.

use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use serde_json::Value;

/// The longest a message is waited for: a lease that a killed server left runs out in 4 s.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(5);

/// The file one or more servers write their messages to.
#[derive(Debug, Clone)]
pub struct Outbox {
    path: PathBuf,
    read: Arc<Mutex<Messages>>,
}

/// What was read so far.
#[derive(Debug, Default)]
struct Messages {
    /// Bytes of the file.
    until: u64,
    codes: HashMap<String, Vec<String>>,
}

impl Outbox {
    /// The outbox of the servers that keep their files in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { path: Self::path(folder), read: Arc::default() }
    }

    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join("outbox.jsonl")
    }

    /// The codes sent to `recipient`, oldest first.
    #[must_use]
    pub fn codes(&self, recipient: &str) -> Vec<String> {
        self.read(|messages| messages.codes.get(recipient).cloned().unwrap_or_default())
    }

    /// Who was sent something.
    #[must_use]
    pub fn recipients(&self) -> Vec<String> {
        self.read(|messages| messages.codes.keys().cloned().collect())
    }

    /// How many messages were sent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read(|messages| messages.codes.values().map(Vec::len).sum())
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits for message number `count` to `recipient` and returns its code.
    ///
    /// # Panics
    ///
    /// When it does not come within 20 s.
    #[must_use]
    pub fn wait(&self, recipient: &str, count: usize) -> String {
        self.wait_for(recipient, count, PATIENCE)
            .unwrap_or_else(|| panic!("message {count} to {recipient} did not come"))
    }

    /// Waits no longer than `patience` for message number `count` to `recipient`.
    #[must_use]
    pub fn wait_for(&self, recipient: &str, count: usize, patience: Duration) -> Option<String> {
        for _ in 0..=patience.as_millis() / PAUSE.as_millis() {
            let code = self.read(|messages| messages.codes.get(recipient)?.get(count - 1).cloned());
            if code.is_some() {
                return code;
            }
            thread::sleep(PAUSE);
        }
        None
    }

    /// Reads what came since the last time, then looks.
    fn read<T>(&self, look: impl FnOnce(&Messages) -> T) -> T {
        let mut messages = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        messages.go_on(&self.path);
        look(&messages)
    }
}

impl Messages {
    fn go_on(&mut self, path: &Path) {
        let Ok(mut file) = File::open(path) else { return };
        let mut news = Vec::new();
        if file.seek(SeekFrom::Start(self.until)).and_then(|_| file.read_to_end(&mut news)).is_err() {
            return;
        }
        // The last line may be half written.
        let whole = news.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.until += whole as u64;
        for line in news[..whole].split(|byte| *byte == b'\n') {
            let message: Value = serde_json::from_slice(line).unwrap_or_default();
            if let (Some(to), Some(code)) = (message["to"].as_str(), code_in(&message)) {
                self.codes.entry(to.to_owned()).or_default().push(code);
            }
        }
    }
}

fn code_in(message: &Value) -> Option<String> {
    let body = message["body"].as_str()?;
    body.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).map(str::to_owned)
}
