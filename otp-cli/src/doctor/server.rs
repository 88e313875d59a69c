//! A running server.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{Finding, Patient};

const NAME: &str = "server";
/// How long a server on this machine may take for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);
/// The most of an answer that is read.
const LONGEST_ANSWER: u64 = 512 * 1024;

pub(super) async fn running(patient: Arc<Patient>) -> Vec<Finding> {
    let Some(bind) = patient.draft.bind.filter(|bind| bind.port() != 0) else { return Vec::new() };
    let address = reachable(bind);
    vec![match ask(address, "/readyz").await {
        Asked::Refused => {
            Finding::ok(NAME, format!("not running: nothing listens at {address}; `otp serve` starts it"))
        }
        Asked::NoAnswer => Finding::fail(
            NAME,
            format!("what listens at {address} does not answer"),
            "look at its log; restart it, or set OTP_BIND to a free address",
        ),
        Asked::Answer { status: 200, .. } => calls(address).await,
        Asked::Answer { status: 503, .. } => Finding::fail(
            NAME,
            format!("runs at {address} and is not ready"),
            "its database does not answer, or nobody sends its queue: see the lines above, and its log",
        ),
        Asked::Answer { .. } => Finding::warn(
            NAME,
            format!("what listens at {address} is no otp server"),
            "set OTP_BIND to another address before `otp serve`",
        ),
    }]
}

/// Whether the calls are where front ends look for them.
async fn calls(address: SocketAddr) -> Finding {
    let paths = ["/api/phone/register", "/api/email/register", "/api/v1/auth/resend-verification"];
    match ask(address, "/openapi.json").await {
        Asked::Answer { status: 200, body } if paths.iter().all(|path| body.contains(path)) => {
            Finding::ok(NAME, format!("runs at {address}, is ready, and has its calls"))
        }
        _ => Finding::warn(
            NAME,
            format!("what runs at {address} has not the calls of this version"),
            "restart it, so that program and server are of one version",
        ),
    }
}

enum Asked {
    Refused,
    NoAnswer,
    Answer { status: u16, body: String },
}

async fn ask(address: SocketAddr, path: &str) -> Asked {
    let asked = async {
        let Ok(mut stream) = TcpStream::connect(address).await else { return Asked::Refused };
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let mut answer = Vec::new();
        let sent = stream.write_all(request.as_bytes()).await;
        // What arrived before a connection broke may be all that is needed.
        let _ = stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        match (sent, status) {
            (Ok(()), Some(status)) => Asked::Answer { status, body: text },
            _ => Asked::NoAnswer,
        }
    };
    timeout(ANSWER_LIMIT, asked).await.unwrap_or(Asked::NoAnswer)
}

/// An address that a server bound to `bind` can be reached at from here.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}
