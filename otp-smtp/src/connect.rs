//! [`Server`]: how one mail server is reached, and the way to it.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::AsyncSmtpConnection,
    commands::{Ehlo, Starttls},
    extension::ClientId,
};
use rustls::{ProtocolVersion, pki_types::ServerName};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    failure::{Failure, Fault, Step},
    prelude::{Prelude, offers_starttls},
    stream::Wire,
    tls,
};

/// The longest that finding and reaching the server may take, all its addresses together.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// How one mail server is reached.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) hello_name: Option<String>,
}

/// A [`Tls`](crate::Tls) mode with what it needs.
pub(crate) enum Security {
    StartTls(TlsConnector, ServerName<'static>),
    Implicit(TlsConnector, ServerName<'static>),
    Loopback,
}

/// A connection that is ready for a message.
pub(crate) struct Connection {
    pub(crate) smtp: AsyncSmtpConnection,
    /// Whether a transaction was begun and not ended.
    pub(crate) in_transaction: bool,
}

/// What was found on the way.
pub(crate) struct Way {
    pub(crate) peer: SocketAddr,
    pub(crate) protocol: Option<ProtocolVersion>,
    pub(crate) logged_in: bool,
    pub(crate) tcp: Duration,
    pub(crate) tls: Duration,
    pub(crate) auth: Duration,
}

impl Server {
    /// Connects, verifies, logs in; `step` says how far it is. Only the whole send has a time limit.
    pub(crate) async fn connect(&self, step: &mut Step) -> Result<(Connection, Way), Failure> {
        let begun = Instant::now();
        *step = Step::Tcp;
        let (tcp, peer) = match timeout(CONNECT_LIMIT, self.reach()).await {
            Ok(reached) => reached.map_err(|fault| fault.at(Step::Tcp))?,
            Err(_) => return Err(Fault::TimedOut.at(Step::Tcp)),
        };
        let reached = begun.elapsed();
        let hello = self.hello(&tcp);
        let (wire, protocol) = self.secure(tcp, &hello, step).await?;
        let secured = begun.elapsed();
        *step = Step::Hello;
        let mut smtp = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello)
            .await
            .map_err(|error| Fault::of(&error).at(Step::Hello))?;
        *step = Step::Auth;
        if let Some(credentials) = &self.credentials {
            log_in(&mut smtp, credentials).await.map_err(|fault| fault.at(Step::Auth))?;
        }
        let way = Way {
            peer,
            protocol,
            logged_in: self.credentials.is_some(),
            tcp: reached,
            tls: secured - reached,
            auth: begun.elapsed() - secured,
        };
        Ok((Connection { smtp, in_transaction: false }, way))
    }

    /// Tries the server's addresses in turn, each for its share of the time that is left.
    async fn reach(&self) -> Result<(TcpStream, SocketAddr), Fault> {
        let ends = Instant::now() + CONNECT_LIMIT;
        let found = lookup_host((self.host.as_str(), self.port)).await.map_err(|_| Fault::NoAddress)?;
        let loopback_only = matches!(self.security, Security::Loopback);
        let addresses: Vec<_> = found.filter(|it| !loopback_only || it.ip().is_loopback()).collect();
        let mut last = Fault::NoAddress;
        for (index, address) in addresses.iter().enumerate() {
            let left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let share = ends.saturating_duration_since(Instant::now()) / left;
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    tcp.set_nodelay(true)?;
                    return Ok((tcp, *address));
                }
                Ok(Err(error)) => last = error.into(),
                Err(_) => last = Fault::TimedOut,
            }
        }
        Err(last)
    }

    async fn secure(
        &self,
        tcp: TcpStream,
        hello: &ClientId,
        step: &mut Step,
    ) -> Result<(Wire, Option<ProtocolVersion>), Failure> {
        let tls = match &self.security {
            Security::Loopback => {
                *step = Step::Greeting;
                let mut prelude = Prelude::new(tcp);
                prelude.greeting().await?;
                return Ok((Wire::plain(prelude.end(Step::Greeting)?), None));
            }
            Security::StartTls(connector, name) => {
                *step = Step::Greeting;
                let mut prelude = Prelude::new(tcp);
                prelude.greeting().await?;
                *step = Step::Hello;
                let offer = prelude.command(&Ehlo::new(hello.clone()).to_string(), Step::Hello).await?;
                *step = Step::StartTls;
                if !offers_starttls(&offer) {
                    return Err(Fault::NoStartTls.at(Step::StartTls));
                }
                prelude.command(&Starttls.to_string(), Step::StartTls).await?;
                let tcp = prelude.end(Step::StartTls)?;
                *step = Step::Tls;
                handshake(connector, name, tcp).await?
            }
            Security::Implicit(connector, name) => {
                *step = Step::Tls;
                let tls = handshake(connector, name, tcp).await?;
                *step = Step::Greeting;
                let mut prelude = Prelude::new(tls);
                prelude.greeting().await?;
                prelude.end(Step::Greeting)?
            }
        };
        let protocol = tls.get_ref().1.protocol_version();
        Ok((Wire::tls(tls), protocol))
    }

    /// The name given, or this machine's where it is a full one, or the connection's address: RFC 5321, section 4.1.4
    /// wants no half names, and some servers refuse them.
    fn hello(&self, tcp: &TcpStream) -> ClientId {
        if let Some(name) = &self.hello_name {
            return ClientId::Domain(name.clone());
        }
        match (ClientId::default(), tcp.local_addr().map(|local| local.ip())) {
            (ClientId::Domain(name), _) if name.contains('.') && is_host_name(&name) => {
                ClientId::Domain(name)
            }
            (_, Ok(IpAddr::V4(address))) => ClientId::Ipv4(address),
            (_, Ok(IpAddr::V6(address))) => ClientId::Ipv6(address),
            (other, Err(_)) => other,
        }
    }
}

async fn handshake(
    connector: &TlsConnector,
    name: &ServerName<'static>,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, Failure> {
    let shaken = connector.connect(name.clone(), tcp).await;
    shaken.map_err(|error| tls::fault(error).at(Step::Tls))
}

async fn log_in(smtp: &mut AsyncSmtpConnection, credentials: &Credentials) -> Result<(), Fault> {
    match smtp.auth(DEFAULT_MECHANISMS, credentials).await {
        Ok(reply) if reply.has_code(235) => Ok(()),
        Ok(reply) => Err(Fault::Refused(crate::Reply::of_response(&reply))),
        // Nothing in common, or a challenge that is no question for user or password.
        Err(error) if error.is_client() => Err(Fault::NoMechanism),
        Err(error) => Err(Fault::of(&error)),
    }
}

/// Whether `text` can be a host's name: what goes behind `EHLO` must hold nothing else.
pub(crate) fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}
