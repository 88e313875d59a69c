//! What the server does with a request.

use std::time::Duration;

use super::Recorded;

/// What the server does with one request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Step {
    /// Answers.
    Reply(Reply),
    /// Answers with what this makes of the request.
    Answer(fn(&Recorded) -> Reply),
    /// Answers after a while.
    Late(Duration, Reply),
    /// Sends the head at once, and then one byte of the body per pause.
    Drip(Duration, Reply),
    /// Reads the request and never answers.
    Hang,
    /// Reads the request and closes the connection.
    Close,
    /// Reads the request and resets the connection.
    Reset,
    /// Resets the connection when it has read the head.
    RefuseBody,
    /// Announces the body and closes before its last byte.
    Truncated(Reply),
    /// Answers with this status and a body of so many bytes.
    Huge(u16, usize),
}

/// An HTTP answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// An answer without a body.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// An answer with this body and content type.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::status(status) }.header("content-type", content_type)
    }

    /// An answer with this JSON text.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self::new(status, "application/json", body)
    }

    /// With this header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn head(&self, length: usize) -> String {
        let mut head = format!("HTTP/1.1 {} Scripted\r\ncontent-length: {length}\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head
    }
}
