//! The sender against a mail server that does what a script says.

#[path = "../common/mod.rs"]
mod common;
mod content;
mod failures;
mod injection;
mod pool;
mod probe;
mod server;
mod setup;
mod tls;

use std::time::Duration;

use otp_smtp::{SmtpBuilder, SmtpSender, Tls};

use common::{PASSWORD, USER, certificates::Authority, from};
use server::{Act, Mode, Rule, Script, Server};

/// Time enough for a send on a busy machine, and not too long to wait for silence.
const HASTE: Duration = Duration::from_millis(2000);

/// A server with a good certificate, and what a client needs to know of it.
struct World {
    server: Server,
    authority: Authority,
    mode: Mode,
}

impl World {
    async fn new(mode: Mode, rules: Vec<Rule>) -> Self {
        let authority = Authority::new();
        let identity = Some(authority.good());
        let offers = "250-AUTH PLAIN LOGIN\r\n250-ENHANCEDSTATUSCODES\r\n";
        let script = Script { mode, identity, offers, strips_starttls: false, rules };
        Self { server: Server::start(script).await, authority, mode }
    }

    fn builder(&self) -> SmtpBuilder {
        let tls = match self.mode {
            Mode::Plain => Tls::None,
            Mode::StartTls => Tls::StartTls,
            Mode::Implicit => Tls::Implicit,
        };
        SmtpSender::builder("127.0.0.1", from())
            .port(self.server.address.port())
            .tls(tls)
            .authorities(self.authority.pem())
            .credentials(USER, PASSWORD)
            .from_name("Example")
    }

    fn sender(&self) -> SmtpSender {
        self.builder().build().expect("legal options")
    }

    /// A sender that gives up after [`HASTE`].
    fn hasty(&self) -> SmtpSender {
        self.builder().time_limit(HASTE).build().expect("legal options")
    }
}

fn rule(at: &'static str, act: Act) -> Rule {
    Rule { at, act }
}
