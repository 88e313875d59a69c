//! [`Failure`]: where a conversation with a mail server ended, and why.

use std::{fmt, io};

use lettre::transport::smtp;
use otp_core::FailureClass;
use otp_service::SendError;

use crate::{Reply, class};

/// Where in a conversation with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Before any: making the message.
    Message,
    /// Waiting for one of the connections of the pool.
    Pool,
    /// Finding and reaching the server.
    Tcp,
    /// The server's first words.
    Greeting,
    /// `EHLO`.
    Hello,
    /// `STARTTLS`.
    StartTls,
    /// The handshake.
    Tls,
    /// `AUTH`.
    Auth,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`.
    Data,
    /// The message itself; its end was not sent yet.
    Content,
    /// The final dot was sent or about to be: from here on the message may have left.
    Accept,
}

impl Step {
    /// Its name in texts: `tcp`, `tls`, `auth`, ...
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Pool => "pool",
            Self::Tcp => "tcp",
            Self::Greeting => "greeting",
            Self::Hello => "ehlo",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Mail => "mail from",
            Self::Rcpt => "rcpt to",
            Self::Data => "data",
            Self::Content => "content",
            Self::Accept => "end of data",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What happened there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The server's name has no address, or none of loopback where TLS is off.
    #[error("the server's name has no usable address")]
    NoAddress,
    /// The network failed.
    #[error("the connection failed ({0})")]
    Io(io::ErrorKind),
    /// The server hung up, or said something that is no SMTP reply.
    #[error("the connection ended early")]
    Lost,
    /// Nothing came in time.
    #[error("no answer in time")]
    TimedOut,
    /// The server's first words are none of SMTP.
    #[error("this is no SMTP server; is the port right?")]
    NotSmtp,
    /// The server does not offer `STARTTLS`, or somebody on the line removed it.
    #[error("the server offers no STARTTLS, and without it nothing is sent")]
    NoStartTls,
    /// Somebody talked out of turn before TLS began: injected replies.
    #[error("the server talked out of turn")]
    OutOfTurn,
    /// The handshake failed.
    #[error("{0}")]
    Tls(&'static str),
    /// The server's certificate does not prove who it is.
    #[error("{0}")]
    Certificate(&'static str),
    /// The server takes none of `PLAIN` and `LOGIN`.
    #[error("the server offers no way to log in that is known here (PLAIN, LOGIN)")]
    NoMechanism,
    /// The server said no.
    #[error("the server answered {0}")]
    Refused(Reply),
    /// The message cannot be sent by e-mail.
    #[error("{0}")]
    Message(&'static str),
}

impl Fault {
    pub(crate) const fn at(self, step: Step) -> Failure {
        Failure { step, fault: self }
    }

    /// Drops all but the numbers: the texts of a mail server quote addresses.
    pub(crate) fn of(error: &smtp::Error) -> Self {
        if let Some(reply) = Reply::of_error(error) {
            return Self::Refused(reply);
        }
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            if let Some(io) = inner.downcast_ref::<io::Error>() {
                return Self::Io(io.kind());
            }
            cause = inner.source();
        }
        Self::Lost
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Lost,
            kind => Self::Io(kind),
        }
    }
}

/// Where a conversation with a mail server ended, and why. The source of a [`SendError`] of this crate.
///
/// It holds no word of the server's, no address and no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{step}: {fault}")]
pub struct Failure {
    step: Step,
    fault: Fault,
}

impl Failure {
    /// Where.
    #[must_use]
    pub const fn step(&self) -> Step {
        self.step
    }

    /// Why.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// What to do next; the crate's documentation has the table.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        class::of(self.step, self.fault)
    }

    /// Whether the connection is over, rather than the message refused. 421 announces it (RFC 5321, section 3.8).
    pub(crate) const fn is_end(&self) -> bool {
        match self.fault {
            Fault::Refused(reply) => reply.code() == 421,
            _ => true,
        }
    }

    /// The server's numbers, like `550 5.1.1`, or a word where the server said nothing; the `code` of a [`SendError`].
    #[must_use]
    pub fn code(&self) -> String {
        let word = match self.fault {
            Fault::Refused(reply) => return reply.to_string(),
            Fault::NoAddress => "dns",
            Fault::Io(_) if self.step == Step::Tcp => "connect",
            Fault::Io(_) | Fault::Lost => "broken",
            Fault::TimedOut => "timeout",
            Fault::NotSmtp => "not_smtp",
            Fault::NoStartTls => "no_starttls",
            Fault::OutOfTurn => "out_of_turn",
            Fault::Tls(_) => "tls",
            Fault::Certificate(_) => "certificate",
            Fault::NoMechanism => "no_mechanism",
            Fault::Message(_) => "request",
        };
        word.to_owned()
    }

    pub(crate) fn of_sender(self, sender: &str) -> SendError {
        SendError::new(sender, self.class()).code(self.code()).source(self)
    }
}
