//! [`SmtpBuilder`]: the options of an [`SmtpSender`].

use std::{fmt, io, path::PathBuf, time::Duration};

use lettre::transport::smtp::authentication::Credentials;
use otp_core::EmailAddress;
use otp_service::{SEND_LIMIT, TAKE_OVER_AFTER};
use zeroize::Zeroizing;

use crate::{
    Shape, SmtpSender, Tls,
    connect::{Security, Server, is_host_name},
    mail::From,
    pool::Pool,
    shape, tls,
};

/// Time for one whole send: a little less than the worker waits, so that the step it failed at is told rather than cut
/// off with its outcome unknown.
const LIMIT: Duration = SEND_LIMIT.saturating_sub(TELLING);
/// The same where another sender follows, which the worker asks sooner.
const LIMIT_FOLLOWED: Duration = TAKE_OVER_AFTER.saturating_sub(TELLING);
/// The part of the worker's patience that is left for telling.
const TELLING: Duration = Duration::from_millis(500);
/// Connections a sender opens at most, where nothing is said. Many relays allow ten per client and fewer per user.
const POOL_SIZE: usize = 4;

/// The options of an [`SmtpSender`]; made by [`SmtpSender::builder`].
///
/// | option | default |
/// |---|---|
/// | [`port`](Self::port) | 587; 465 with [`Tls::Implicit`]; 25 with [`Tls::None`] |
/// | [`tls`](Self::tls) | [`Tls::StartTls`] |
/// | [`authorities`](Self::authorities), [`ca_file`](Self::ca_file) | the system's |
/// | [`credentials`](Self::credentials) | none |
/// | [`from_name`](Self::from_name) | none |
/// | [`pool_size`](Self::pool_size) | 4 |
/// | [`followed`](Self::followed) | no: no other sender of e-mail stands behind this one |
/// | [`time_limit`](Self::time_limit) | 7.5 s; 3.5 s where another sender follows |
/// | [`hello_name`](Self::hello_name) | this machine's name where it has a dot, else its address |
/// | [`name`](Self::name) | `smtp` |
#[must_use = "a sender comes out of build()"]
pub struct SmtpBuilder {
    server: String,
    from: EmailAddress,
    from_name: String,
    port: Option<u16>,
    tls: Tls,
    authorities: Option<Vec<u8>>,
    ca_file: Option<PathBuf>,
    credentials: Option<(String, Zeroizing<String>)>,
    pool_size: usize,
    is_followed: bool,
    limit: Option<Duration>,
    hello_name: Option<String>,
    name: String,
}

/// Why a sender cannot be built. Nothing was connected yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The server is no host.
    #[error(
        "the mail server is a host's name or address, like \"smtp.example.com\"; its port is an option of its own"
    )]
    Server,
    /// No TLS, and the server is elsewhere.
    #[error("without TLS the mail server must be on loopback: localhost, 127.0.0.1 or ::1")]
    NotLoopback,
    /// The file of authorities cannot be read.
    #[error("the file of authorities {} cannot be read", .0.display())]
    CaFile(PathBuf, #[source] io::Error),
    /// The authorities are no certificates.
    #[error("the authorities are to be certificates in PEM (\"-----BEGIN CERTIFICATE-----\")")]
    Authorities,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up; are root certificates installed (the package ca-certificates)?")]
    Tls(#[source] rustls::Error),
    /// User or password cannot be sent.
    #[error("user and password at the mail server are both needed, and hold no control characters")]
    Credentials,
    /// No mail can come from this address.
    #[error("mail comes from an e-mail address like \"codes@example.com\"")]
    From,
    /// The name that mail comes from is more than a name.
    #[error("the name that mail comes from takes at most 100 characters on one line")]
    FromName,
    /// The name behind `EHLO` is no host's name.
    #[error("the name to greet the mail server with is a host's name, like \"app.example.com\"")]
    HelloName,
    /// The sender's name is no word.
    #[error("a sender's name takes lower-case letters, digits and hyphens")]
    Name,
    /// The pool or the time limit is out of range.
    #[error("the pool takes 1 to 100 connections, the time limit 0.1 to 8 seconds")]
    Range,
}

impl SmtpBuilder {
    pub(crate) fn new(server: String, from: EmailAddress) -> Self {
        Self {
            server,
            from,
            from_name: String::new(),
            port: None,
            tls: Tls::default(),
            authorities: None,
            ca_file: None,
            credentials: None,
            pool_size: POOL_SIZE,
            is_followed: false,
            limit: None,
            hello_name: None,
            name: "smtp".to_owned(),
        }
    }

    /// The server's port.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// How the connection is encrypted.
    pub const fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Certificates in PEM that vouch for the server instead of the system's.
    pub fn authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities = Some(pem.into());
        self
    }

    /// The same from a file, which [`build`](Self::build) reads.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// User and password at the server. They are sent after TLS is verified (or over loopback), by `PLAIN` or `LOGIN`.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some((user.into(), Zeroizing::new(password.into())));
        self
    }

    /// The name recipients see beside the address.
    pub fn from_name(mut self, name: impl Into<String>) -> Self {
        self.from_name = name.into();
        self
    }

    /// How many connections are open at most, and so how many messages are on their way at once.
    pub const fn pool_size(mut self, connections: usize) -> Self {
        self.pool_size = connections;
        self
    }

    /// Whether another sender follows in the channel's [`Routes`](otp_service::Routes). It takes over after
    /// [`TAKE_OVER_AFTER`], and a send that gives up before tells at which step: what nothing was said of is known to be
    /// unsent, and no message of unknown outcome.
    pub const fn followed(mut self, is_followed: bool) -> Self {
        self.is_followed = is_followed;
        self
    }

    /// The longest a whole send may take, waiting for a connection included.
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The name behind `EHLO`.
    pub fn hello_name(mut self, name: impl Into<String>) -> Self {
        self.hello_name = Some(name.into());
        self
    }

    /// The sender's name in configuration, logs and metrics, for a second mail server beside the first.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The sender. It connects with the first message.
    ///
    /// # Errors
    ///
    /// [`SetupError`]: the first option that is wrong.
    pub fn build(self) -> Result<SmtpSender, SetupError> {
        let host = self.server;
        let server_name = shape::server(&host, self.tls)?;
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.name.is_empty() || !self.name.bytes().all(word) {
            return Err(SetupError::Name);
        }
        if self.hello_name.as_deref().is_some_and(|name| !is_host_name(name)) {
            return Err(SetupError::HelloName);
        }
        Shape::FromName.check(&self.from_name)?;
        let usual = if self.is_followed { LIMIT_FOLLOWED } else { LIMIT };
        let limit = self.limit.unwrap_or(usual);
        let limits = Duration::from_millis(100)..=SEND_LIMIT;
        if !(1..=100).contains(&self.pool_size) || !limits.contains(&limit) {
            return Err(SetupError::Range);
        }
        let credentials = self.credentials.map(|(user, password)| {
            let sendable = |text: &str| !text.is_empty() && !text.contains(char::is_control);
            let legal = sendable(&user) && sendable(&password);
            legal.then(|| Credentials::new(user, password.to_string())).ok_or(SetupError::Credentials)
        });
        let authorities = match self.ca_file {
            Some(path) => Some(shape::authorities(&path)?),
            None => self.authorities,
        };
        let (security, usual_port) = match self.tls {
            Tls::None => (Security::Loopback, 25),
            Tls::StartTls => (Security::StartTls(tls::connector(authorities.as_deref())?, server_name), 587),
            Tls::Implicit => (Security::Implicit(tls::connector(authorities.as_deref())?, server_name), 465),
        };
        Ok(SmtpSender {
            name: self.name,
            server: Server {
                host,
                port: self.port.unwrap_or(usual_port),
                security,
                credentials: credentials.transpose()?,
                hello_name: self.hello_name,
            },
            tls: self.tls,
            from: From::new(self.from, self.from_name.trim().to_owned()).ok_or(SetupError::From)?,
            pool: Pool::new(self.pool_size),
            limit,
        })
    }
}

impl fmt::Debug for SmtpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpBuilder")
            .field("server", &self.server)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
