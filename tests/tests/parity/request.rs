//! Requests as rows write them, and as bytes.

use std::fmt;

pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Bytes of a body that a snapshot shows.
const SHOWN: usize = 160;

/// One request. `$TOKEN` (the newest), `$FIRST` (the oldest session token of the row), `$CODE`, `$WRONG` and `$PROOF` in
/// a body or header stand for what each service told.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    line: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Body,
    /// Whether the client closes its side behind the bytes.
    pub(crate) is_cut: bool,
}

#[derive(Debug, Clone)]
enum Body {
    Absent,
    /// With its `Content-Length`.
    Sized(Vec<u8>),
    /// In chunks of 4 KiB, its length not announced.
    Chunked(Vec<u8>),
    /// Behind headers that say whatever the row says.
    Bare(Vec<u8>),
}

impl Request {
    /// A request without a body.
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self::line(&format!("{method} {target} HTTP/1.1"))
    }

    /// With this request line.
    pub(crate) fn line(line: &str) -> Self {
        let headers = vec![("host", b"parity.test".to_vec()), ("connection", b"close".to_vec())];
        Self { line: line.to_owned(), headers, body: Body::Absent, is_cut: false }
    }

    pub(crate) fn post(target: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST", target).header("content-type", content_type).body(body)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Sized(body.into());
        self
    }

    pub(crate) fn chunked(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Chunked(body.into());
        self
    }

    pub(crate) fn bare(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bare(body.into());
        self
    }

    pub(crate) fn cut(mut self) -> Self {
        self.is_cut = true;
        self
    }

    /// What goes over the wire, once `fill` has put in what a service told.
    pub(crate) fn bytes(&self, fill: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.line).into_bytes();
        let mut headers = self.headers.clone();
        let body = match &self.body {
            Body::Absent => Vec::new(),
            Body::Bare(body) => fill(body),
            Body::Sized(body) => {
                let body = fill(body);
                headers.push(("content-length", body.len().to_string().into()));
                body
            }
            Body::Chunked(body) => {
                headers.push(("transfer-encoding", b"chunked".to_vec()));
                let mut chunks = Vec::new();
                for chunk in fill(body).chunks(4096) {
                    chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    chunks.extend_from_slice(chunk);
                    chunks.extend_from_slice(b"\r\n");
                }
                chunks.extend_from_slice(b"0\r\n\r\n");
                chunks
            }
        };
        for (name, value) in headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend(fill(&value));
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend(body);
        bytes
    }
}

/// The request as a snapshot shows it.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "> {}", shown(self.line.as_bytes()))?;
        let told = self.headers.iter().filter(|(name, _)| !matches!(*name, "host" | "connection"));
        for same in told.collect::<Vec<_>>().chunk_by(|one, next| one == next) {
            let (name, value) = same[0];
            let times = if same.len() > 1 { format!(" ({} times)", same.len()) } else { String::new() };
            writeln!(f, "> {name}: {}{times}", shown(value))?;
        }
        match &self.body {
            Body::Absent => Ok(()),
            Body::Sized(body) | Body::Bare(body) => writeln!(f, "> {}", shown(body)),
            Body::Chunked(body) => writeln!(f, "> (chunked) {}", shown(body)),
        }
    }
}

/// Readable, on one line, and not endless.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes[..bytes.len().min(SHOWN)].utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    if bytes.len() > SHOWN {
        text.push_str(&format!("... ({} bytes)", bytes.len()));
    }
    text
}
