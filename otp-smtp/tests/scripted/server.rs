//! A mail server on loopback that does what a script says, and remembers all it hears.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    io::{self, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::common::{PASSWORD, USER, certificates::Identity};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    StartTls,
    Implicit,
}

/// What happens instead of the usual answer.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    Say(&'static [u8]),
    /// The second words a moment after the first.
    SayTwice(&'static [u8], &'static [u8]),
    SayAndHangUp(&'static [u8]),
    HangUp,
    Hang,
    /// The usual answer, but late.
    Wait(Duration),
}

/// Once, at the next command that begins with `at`: `GREETING`, `MAIL`, ..., `.` for the end of a message.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) at: &'static str,
    pub(crate) act: Act,
}

pub(crate) struct Script {
    pub(crate) mode: Mode,
    pub(crate) identity: Option<Identity>,
    /// What `EHLO` offers beside `STARTTLS`.
    pub(crate) offers: &'static str,
    pub(crate) strips_starttls: bool,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) content: String,
}

/// All the server heard.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) connections: usize,
    /// Bytes as they came over the network, encrypted or not.
    pub(crate) raw: Vec<u8>,
    /// What was said without TLS.
    pub(crate) in_the_clear: String,
    pub(crate) commands: Vec<String>,
    pub(crate) logins: usize,
    pub(crate) received: Vec<Received>,
}

impl Log {
    /// The commands' first words.
    pub(crate) fn verbs(&self) -> Vec<&str> {
        self.commands.iter().map(|command| command.split(' ').next().unwrap_or_default()).collect()
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Log>>,
    _task: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let log = Arc::new(Mutex::new(Log::default()));
        let shared = Arc::new(Shared {
            acceptor: script.identity.as_ref().map(acceptor),
            rules: Mutex::new(script.rules.clone()),
            script,
            log: Arc::clone(&log),
        });
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut sessions = JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                sessions.spawn(async move { drop(serve(tcp, &shared).await) });
            }
        });
        Self { address, log, _task: task }
    }

    pub(crate) fn log<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        read(&self.log.lock().expect("no panic before"))
    }
}

struct Shared {
    script: Script,
    acceptor: Option<TlsAcceptor>,
    rules: Mutex<Vec<Rule>>,
    log: Arc<Mutex<Log>>,
}

impl Shared {
    fn act(&self, at: &str) -> Option<Act> {
        let mut rules = self.rules.lock().expect("no panic before");
        let found = rules.iter().position(|rule| rule.at == at)?;
        Some(rules.remove(found).act)
    }

    /// Whether the answer to the end of a message will be a 250.
    fn accepts(&self) -> bool {
        let rules = self.rules.lock().expect("no panic before");
        rules.iter().find(|rule| rule.at == ".").is_none_or(|rule| match rule.act {
            Act::Say(words) | Act::SayTwice(words, _) | Act::SayAndHangUp(words) => words.starts_with(b"250"),
            Act::Wait(_) => true,
            Act::HangUp | Act::Hang => false,
        })
    }

    fn note(&self, change: impl FnOnce(&mut Log)) {
        change(&mut self.log.lock().expect("no panic before"));
    }
}

fn acceptor(identity: &Identity) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_slice(identity.certificate.as_bytes()).expect("PEM")];
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("PEM");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate with its key");
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(tcp: TcpStream, shared: &Shared) -> io::Result<()> {
    shared.note(|log| log.connections += 1);
    let tap = Tap { tcp, log: Arc::clone(&shared.log) };
    let accept = |tap| shared.acceptor.as_ref().expect("a certificate").accept(tap);
    if shared.script.mode == Mode::Implicit {
        let tls = accept(tap).await?;
        Session { stream: BufReader::new(tls), shared, tls: true }.run(true).await?;
        return Ok(());
    }
    let plain = Session { stream: BufReader::new(tap), shared, tls: false }.run(true).await?;
    if let Some(tap) = plain {
        let tls = accept(tap).await?;
        Session { stream: BufReader::new(tls), shared, tls: true }.run(false).await?;
    }
    Ok(())
}

struct Session<'a, S> {
    stream: BufReader<S>,
    shared: &'a Shared,
    tls: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Gives the stream back where TLS is to begin.
    async fn run(mut self, greet: bool) -> io::Result<Option<S>> {
        if greet {
            self.answer("GREETING", b"220 mail.example.com ESMTP\r\n").await?;
        }
        let mut mail = Received::default();
        loop {
            let line = self.line().await?;
            self.shared.note(|log| log.commands.push(line.clone()));
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let starttls = self.shared.script.mode == Mode::StartTls
                        && !self.tls
                        && !self.shared.script.strips_starttls;
                    let starttls = if starttls { "250-STARTTLS\r\n" } else { "" };
                    let offers = self.shared.script.offers;
                    let reply = format!("250-mail.example.com\r\n{starttls}{offers}250 SIZE 1000000\r\n");
                    self.answer("EHLO", reply.as_bytes()).await?;
                }
                "STARTTLS" => {
                    self.answer("STARTTLS", b"220 2.0.0 ready\r\n").await?;
                    return Ok(Some(self.stream.into_inner()));
                }
                "AUTH" => self.auth(&line).await?,
                "MAIL" => {
                    mail = Received { from: address(&line), ..Received::default() };
                    self.answer("MAIL", b"250 2.1.0 ok\r\n").await?;
                }
                "RCPT" => {
                    mail.to.push(address(&line));
                    self.answer("RCPT", b"250 2.1.5 ok\r\n").await?;
                }
                "DATA" => {
                    if !self.answer("DATA", b"354 go on\r\n").await? {
                        continue;
                    }
                    mail.content = self.content().await?;
                    // Before the answer, so that whoever has that finds the message.
                    if self.shared.accepts() {
                        let mail = std::mem::take(&mut mail);
                        self.shared.note(|log| log.received.push(mail));
                    }
                    self.answer(".", b"250 2.0.0 queued\r\n").await?;
                }
                "QUIT" => {
                    self.answer("QUIT", b"221 2.0.0 bye\r\n").await?;
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                _ => drop(self.answer(&verb, b"250 2.0.0 ok\r\n").await?),
            }
        }
    }

    /// Says the usual, or does what a rule says; returns whether it was the usual.
    async fn answer(&mut self, at: &str, usual: &[u8]) -> io::Result<bool> {
        let act = self.shared.act(at);
        let end = || io::Error::from(io::ErrorKind::ConnectionAborted);
        match act {
            None => self.say(usual).await?,
            Some(Act::Say(words)) => self.say(words).await?,
            Some(Act::SayTwice(first, second)) => {
                self.say(first).await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.say(second).await?;
            }
            Some(Act::SayAndHangUp(words)) => {
                self.say(words).await?;
                return Err(end());
            }
            Some(Act::HangUp) => return Err(end()),
            Some(Act::Hang) => std::future::pending().await,
            Some(Act::Wait(pause)) => {
                tokio::time::sleep(pause).await;
                self.say(usual).await?;
                return Ok(true);
            }
        }
        Ok(act.is_none())
    }

    async fn auth(&mut self, line: &str) -> io::Result<()> {
        let right = if let Some(given) = line.strip_prefix("AUTH PLAIN ") {
            given == STANDARD.encode(format!("\0{USER}\0{PASSWORD}"))
        } else {
            self.say(b"334 VXNlcm5hbWU6\r\n").await?;
            let user = self.line().await?;
            self.say(b"334 UGFzc3dvcmQ6\r\n").await?;
            let password = self.line().await?;
            user == STANDARD.encode(USER) && password == STANDARD.encode(PASSWORD)
        };
        let usual: &[u8] = if right { b"235 2.7.0 welcome\r\n" } else { b"535 5.7.8 codes-user? No.\r\n" };
        if self.answer("AUTH", usual).await? && right {
            self.shared.note(|log| log.logins += 1);
        }
        Ok(())
    }

    async fn content(&mut self) -> io::Result<String> {
        let mut content = String::new();
        loop {
            // Servers differ in what they take for the end of a line: this one, like the worst of them, takes all.
            let line = self.line_as_it_is().await?;
            let bare = line.trim_end_matches(['\r', '\n']);
            if bare == "." {
                return Ok(content);
            }
            content.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
    }

    async fn say(&mut self, words: &[u8]) -> io::Result<()> {
        self.stream.write_all(words).await?;
        self.stream.flush().await
    }

    async fn line(&mut self) -> io::Result<String> {
        Ok(self.line_as_it_is().await?.trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn line_as_it_is(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !self.tls {
            self.shared.note(|log| log.in_the_clear.push_str(&line));
        }
        Ok(line)
    }
}

fn address(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(it, _)| it).to_owned()
}

/// Remembers every byte that arrives.
struct Tap {
    tcp: TcpStream,
    log: Arc<Mutex<Log>>,
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.tcp).poll_read(context, buffer));
        self.log.lock().expect("no panic before").raw.extend_from_slice(&buffer.filled()[before..]);
        Poll::Ready(read)
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
