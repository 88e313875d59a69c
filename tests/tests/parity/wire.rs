//! Bytes out, answers in: as little of HTTP as tells two servers apart.

use std::{
    fmt,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use crate::request::shown;

/// The longest a server may take to answer and close.
const LIMIT: Duration = Duration::from_secs(8);

/// Bytes of a body that a snapshot shows.
const SHOWN: usize = 4_096;

/// Headers that are the HTTP library's own business.
const ASIDE: [&str; 2] = ["connection", "date"];

/// One answer, its headers in lower case and sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

/// Sends `bytes` on a connection of their own, and reads until the server closes it. With `is_cut`, the client's side
/// is closed behind the bytes.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8], is_cut: bool) -> Vec<Answer> {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit above zero");
    let mut received = Vec::new();
    thread::scope(|scope| {
        let mut writer = stream.try_clone().expect("another handle");
        scope.spawn(move || {
            // A server that has heard enough closes early; what it answered is what counts.
            let _ = writer.write_all(bytes);
            if is_cut {
                let _ = writer.shutdown(Shutdown::Write);
            }
        });
        if let Err(error) = stream.read_to_end(&mut received) {
            let (sent, received) = (shown(bytes), String::from_utf8_lossy(&received));
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{sent}\n{received}");
        }
        // Ends the writer as well.
        let _ = stream.shutdown(Shutdown::Both);
    });
    let is_head = bytes.starts_with(b"HEAD ");
    let mut answers = Vec::new();
    let mut rest = received.as_slice();
    while !rest.is_empty() {
        let (answer, behind) = parse(rest, is_head);
        rest = behind;
        if answer.status >= 200 {
            answers.push(answer);
        }
    }
    answers
}

/// The first answer, and what stands behind it.
fn parse(received: &[u8], is_head: bool) -> (Answer, &[u8]) {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(received)));
    let (head, rest) = (String::from_utf8_lossy(&received[..end]), &received[end + 4..]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status line");
    let mut headers: Vec<(String, &str)> = lines
        .map(|line| line.split_once(':').expect("a header line"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .collect();
    headers.sort();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, length)| length.parse::<usize>().expect("a number"));
    let length = if is_head || status < 200 { 0 } else { length };
    assert!(rest.len() >= length, "{head}\nends after {} of {length} bytes", rest.len());
    let body = String::from_utf8(rest[..length].to_vec()).expect("every body is text");
    let headers = headers
        .into_iter()
        .filter(|(name, _)| !ASIDE.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    (Answer { status, headers, body }, &rest[length..])
}

/// The answer as a snapshot shows it. A document of its own is left to its own snapshots.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_long = self.body.len() > SHOWN;
        writeln!(f, "< {}", self.status)?;
        for line in &self.headers {
            let length =
                line.strip_prefix("content-length: ").and_then(|length| length.parse::<usize>().ok());
            match length {
                Some(length) if length > SHOWN => writeln!(f, "< content-length: (long)")?,
                _ => writeln!(f, "< {line}")?,
            }
        }
        match self.body.as_str() {
            "" => Ok(()),
            _ if is_long => writeln!(f, "< (a long document, the same under both)"),
            body => writeln!(f, "< {body}"),
        }
    }
}
