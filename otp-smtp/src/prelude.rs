//! [`Prelude`]: what is said before the SMTP library takes over.
//!
//! The library can say `STARTTLS` itself, but keeps what it read together with the reply, and takes that for the words of
//! the verified server later (CVE-2011-0411, turned round). Here such bytes end the conversation.

use lettre::transport::smtp::response::Response;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};

use crate::{
    Reply,
    failure::{Failure, Fault, Step},
};

/// Longest reply in bytes; the longest real ones, to `EHLO`, take one.
const MOST: u64 = 16 * 1024;

/// A connection on which few words are exchanged.
pub(crate) struct Prelude<S>(BufReader<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Prelude<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// Reads the greeting: 220, or the server is not one to talk to.
    pub(crate) async fn greeting(&mut self) -> Result<(), Failure> {
        let step = Step::Greeting;
        let lines = self.lines().await.map_err(|fault| fault.at(step))?;
        let reply = lines.parse::<Response>().map_err(|_| Fault::NotSmtp.at(step))?;
        if reply.has_code(220) { Ok(()) } else { Err(Fault::Refused(Reply::of_response(&reply)).at(step)) }
    }

    /// Says `command`, and returns the reply if it is a 2xx.
    pub(crate) async fn command(&mut self, command: &str, step: Step) -> Result<Response, Failure> {
        let reply = self.exchange(command).await.map_err(|fault| fault.at(step))?;
        if u16::from(reply.code()) / 100 == 2 {
            Ok(reply)
        } else {
            Err(Fault::Refused(Reply::of_response(&reply)).at(step))
        }
    }

    /// The bare connection, if the server waits for us.
    pub(crate) fn end(self, step: Step) -> Result<S, Failure> {
        if self.0.buffer().is_empty() { Ok(self.0.into_inner()) } else { Err(Fault::OutOfTurn.at(step)) }
    }

    async fn exchange(&mut self, command: &str) -> Result<Response, Fault> {
        self.0.write_all(command.as_bytes()).await?;
        self.0.flush().await?;
        self.lines().await?.parse().map_err(|_| Fault::NotSmtp)
    }

    /// The lines of one reply; the last has no hyphen behind its code.
    async fn lines(&mut self) -> Result<String, Fault> {
        let mut reader = (&mut self.0).take(MOST);
        let mut lines = Vec::new();
        loop {
            let start = lines.len();
            if reader.read_until(b'\n', &mut lines).await? == 0 {
                return Err(Fault::Lost);
            }
            let continues = matches!(&lines[start..], [a, b, c, b'-', ..] if [a, b, c].iter().all(|d| d.is_ascii_digit()));
            if !continues {
                return Ok(String::from_utf8_lossy(&lines).into_owned());
            }
        }
    }
}

/// Whether a reply to `EHLO` offers `STARTTLS`. Its first line is the server's name.
pub(crate) fn offers_starttls(reply: &Response) -> bool {
    reply.message().skip(1).any(|line| line.trim().eq_ignore_ascii_case("STARTTLS"))
}
