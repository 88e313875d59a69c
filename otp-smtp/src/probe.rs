//! [`Probe`]: a look at a mail server without a message.

use std::time::Duration;

use lettre::transport::smtp::commands::Noop;
use rustls::ProtocolVersion;

use crate::{
    Tls,
    connect::{Connection, Server, Way},
    failure::{Failure, Fault, Step},
    pool::quit,
};

/// What a look at the mail server found. Where a step fails, so does the look:
/// [`Failure::step`](crate::Failure::step) says which.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// [`Step::Tcp`], [`Step::Tls`], [`Step::Auth`], in this order.
    pub steps: Vec<ProbeStep>,
}

/// One step that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeStep {
    /// Which.
    pub step: Step,
    /// What was found, in words for an operator.
    pub finding: String,
    /// How long it took.
    pub took: Duration,
}

pub(crate) async fn probe(server: &Server, tls: Tls, step: &mut Step) -> Result<Probe, Failure> {
    let (Connection { mut smtp, .. }, way) = server.connect(step).await?;
    smtp.command(Noop).await.map_err(|error| Fault::of(&error).at(Step::Auth))?;
    quit(Connection { smtp, in_transaction: false }).await;
    Ok(findings(&way, tls))
}

fn findings(way: &Way, tls: Tls) -> Probe {
    let version = match way.protocol {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let tls = match tls {
        Tls::StartTls => format!("{version} by STARTTLS, certificate verified"),
        Tls::Implicit => format!("{version} from the first byte, certificate verified"),
        Tls::None => "no TLS, loopback only".to_owned(),
    };
    let auth = if way.logged_in { "logged in" } else { "no user configured, none needed so far" };
    let step = |step, finding, took| ProbeStep { step, finding, took };
    Probe {
        steps: vec![
            step(Step::Tcp, format!("connected to {}", way.peer), way.tcp),
            step(Step::Tls, tls, way.tls),
            step(Step::Auth, auth.to_owned(), way.auth),
        ],
    }
}
