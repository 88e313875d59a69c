//! What is outside: stand-ins of providers, and a mail server.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    ops::Deref,
    sync::{Arc, LazyLock, Mutex},
    thread,
};

use otp_provider::testing::{self, Reply, Step};
use tokio::runtime::Runtime;

/// A made-up account and its secrets, which must not be shown anywhere.
pub(crate) const SID: &str = "AC0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN: &str = "hunter2hunter2hunter2hunter2hunt";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
});

/// A provider's stand-in.
pub(crate) struct Provider(testing::Server);

impl Provider {
    /// One that answers everything with this status and JSON.
    pub(crate) fn answering(status: u16, body: &str) -> Self {
        let server = RUNTIME.block_on(testing::Server::start());
        server.always(Step::Reply(Reply::json(status, body)));
        Self(server)
    }

    /// One that never answers.
    pub(crate) fn hanging() -> Self {
        let server = RUNTIME.block_on(testing::Server::start());
        server.always(Step::Hang);
        Self(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }
}

impl Deref for Provider {
    type Target = testing::Server;

    fn deref(&self) -> &testing::Server {
        &self.0
    }
}

/// Twilio, taking every message.
pub(crate) fn twilio() -> Provider {
    let provider = Provider::answering(404, "{}");
    provider.always(Step::Reply(Reply::json(
        201,
        r#"{"sid": "SM00000000000000000000000000000001", "status": "queued", "error_code": null}"#,
    )));
    provider
}

/// Twilio as the sender of text messages; `more` comes behind.
pub(crate) fn with_twilio<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let own = [
        ("OTP_SMS", "twilio"),
        ("OTP_TWILIO_SID", SID),
        ("OTP_TWILIO_SECRET", TOKEN),
        ("OTP_TWILIO_FROM", "+14155550100"),
        ("OTP_TWILIO_BASE_URL", url),
    ];
    own.into_iter().chain(more.iter().copied()).collect()
}

/// A mail server without TLS that takes every message and keeps its lines.
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    mail: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, mail) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&mail);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                // Who hangs up ends the conversation.
                thread::spawn(move || drop(converse(&stream, &kept)));
            }
        });
        Self { address, mail }
    }

    /// The messages so far: envelope, header and body.
    pub(crate) fn mail(&self) -> Vec<String> {
        self.mail.lock().unwrap().clone()
    }
}

fn converse(stream: &TcpStream, kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let (mut lines, mut writer) = (BufReader::new(stream).lines(), stream);
    let mut said = String::new();
    writer.write_all(b"220 mail.test ESMTP\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?;
        let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-mail.test\r\n250 8BITMIME\r\n",
            "DATA" => {
                writer.write_all(b"354 go on\r\n")?;
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    said.push_str(&line);
                    said.push('\n');
                }
                kept.lock().unwrap().push(std::mem::take(&mut said));
                "250 2.0.0 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => {
                said.push_str(&line);
                said.push('\n');
                "250 2.0.0 ok\r\n"
            }
        };
        writer.write_all(answer.as_bytes())?;
    }
    Ok(())
}
