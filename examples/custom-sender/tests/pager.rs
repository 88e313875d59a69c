//! The sender against a gateway on this machine that answers what a test tells it to.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use example_custom_sender::Pager;
use otp_core::{Channel, DeliveryState, FailureClass, Keyring, Outcome, Purpose, Recipient, SessionToken};
use otp_service::{
    Address, CheckRequest, DeliveryStatus, ManualClock, MemoryStore, Message, Routes, Sender, StartRequest,
    Verifier, Worker, conformance,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

#[test]
fn a_sender_takes_thirty_lines() {
    let source = include_str!("../src/lib.rs");
    let (_, rest) = source.split_once("// Thirty lines from here.\n").expect("the beginning is marked");
    let (sender, _) = rest.split_once("// To here.").expect("and the end");
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = sender.lines().filter(is_code).count();
    assert!((1..=30).contains(&lines), "{lines} lines of code");
}

#[tokio::test]
async fn it_is_a_sender_like_the_others() {
    let gateway = Gateway::open(["202 a1"]).await;
    conformance::sender(Arc::new(gateway.pager())).await;
}

#[tokio::test]
async fn answers_become_classes() {
    let pause = |seconds| Some(Duration::from_secs(seconds));
    for (answer, class, code, retry_after) in [
        ("429 30", FailureClass::Transient, Some("429"), pause(30)),
        ("503", FailureClass::Transient, Some("503"), None),
        ("503 soon", FailureClass::Transient, Some("503"), None),
        ("401", FailureClass::Provider, Some("401"), None),
        ("404 no such pager", FailureClass::Recipient, Some("404"), None),
        ("403", FailureClass::Blocked, Some("403"), None),
        ("400", FailureClass::Request, Some("400"), None),
        ("what is +14155550123?", FailureClass::Unknown, None, None),
        ("", FailureClass::Unknown, None, None),
    ] {
        let gateway = Gateway::open([answer]).await;
        let error = gateway.pager().send(&message()).await.expect_err("the gateway refuses");
        let found = (error.class, error.code.as_deref(), error.retry_after);
        assert_eq!(found, (class, code, retry_after), "{answer:?}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("415555") && !shown.contains("123456"), "{shown}");
    }
}

#[tokio::test]
async fn no_gateway_is_transient_and_silence_unknown() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let pager = Pager(nobody.local_addr().expect("its address").to_string());
    drop(nobody);
    let error = pager.send(&message()).await.expect_err("nobody listens");
    assert_eq!(error.class, FailureClass::Transient);

    let gateway = Gateway::open([HANGS_UP]).await;
    let error = gateway.pager().send(&message()).await.expect_err("the gateway hangs up");
    assert_eq!(error.class, FailureClass::Unknown, "it read the message: it may have left");
}

#[tokio::test]
async fn a_number_is_verified_through_it() {
    let host = Host::over(Gateway::open(["202 a1"]).await);
    let token = host.start().await;
    assert_eq!(host.worker().run_once().await.expect("the store works"), 1);
    assert_eq!(host.delivery(&token).await, Some(DeliveryState::Sent));

    let lines = host.gateway.lines();
    assert!(lines[0].starts_with("PAGE ") && lines[0].contains(" +14155550123 "), "{lines:?}");
    let code = lines[0].split(|c: char| !c.is_ascii_digit()).rfind(|word| word.len() == 6).expect("a code");
    let checked = host.verifier.check(CheckRequest::new(number(), token, code)).await;
    assert_eq!(checked.expect("the store works").outcome, Outcome::Verified);
}

#[tokio::test]
async fn the_gateways_pause_is_kept() {
    let host = Host::over(Gateway::open(["429 30", "202 a1"]).await);
    let token = host.start().await;
    assert_eq!(host.worker().run_once().await.expect("the store works"), 1);
    assert_eq!(host.delivery(&token).await, Some(DeliveryState::Queued));

    host.clock.advance(Duration::from_secs(29));
    assert_eq!(host.worker().run_once().await.expect("the store works"), 0, "too early");
    host.clock.advance(Duration::from_secs(1));
    assert_eq!(host.worker().run_once().await.expect("the store works"), 1);
    assert_eq!(host.delivery(&token).await, Some(DeliveryState::Sent));
    let lines = host.gateway.lines();
    assert_eq!(lines[0], lines[1], "the same message under the same id");
}

#[tokio::test]
async fn what_cannot_help_is_not_tried_again() {
    let host = Host::over(Gateway::open(["404"]).await);
    let token = host.start().await;
    host.worker().run_once().await.expect("the store works");
    host.clock.advance(Duration::from_secs(60));
    assert_eq!(host.worker().run_once().await.expect("the store works"), 0);
    assert_eq!(host.delivery(&token).await, Some(DeliveryState::Failed));
}

/// A verifier whose text messages leave through a gateway.
struct Host {
    gateway: Gateway,
    clock: Arc<ManualClock>,
    verifier: Verifier,
}

impl Host {
    fn over(gateway: Gateway) -> Self {
        let clock = Arc::new(ManualClock::at(1_800_000_000_000));
        let secret = (0..32).collect::<Vec<u8>>();
        let keyring = Keyring::new([("test".parse().expect("an id"), secret)]).expect("a keyring");
        let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring)
            .clock(clock.clone())
            .app_name("Acme")
            .routes(Routes::default().with(Channel::Sms, Arc::new(gateway.pager())))
            .build()
            .expect("a verifier");
        Self { gateway, clock, verifier }
    }

    async fn start(&self) -> SessionToken {
        let session = self.verifier.start(StartRequest::new(number())).await.expect("a session");
        assert_eq!(session.delivery, DeliveryStatus::Queued);
        session.token.expect("a token")
    }

    fn worker(&self) -> Worker {
        Worker::new(&self.verifier)
    }

    async fn delivery(&self, token: &SessionToken) -> Option<DeliveryState> {
        let address = Address::Token(token.clone());
        let status = self.verifier.status(&Purpose::default(), &number(), &address).await;
        status.expect("the store works").expect("a challenge").delivery
    }
}

/// Answers one line a connection, in this order; and keeps what it was told.
struct Gateway {
    address: String,
    lines: Arc<Mutex<Vec<String>>>,
}

/// An answer that is none.
const HANGS_UP: &str = "\0";

impl Gateway {
    async fn open(answers: impl IntoIterator<Item = &'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (answers, heard): (Vec<_>, _) = (answers.into_iter().collect(), Arc::clone(&lines));
        tokio::spawn(async move {
            for answer in answers {
                let (stream, _) = listener.accept().await.expect("a connection");
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                stream.read_line(&mut line).await.expect("a line");
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                if answer != HANGS_UP {
                    stream.write_all(format!("{answer}\n").as_bytes()).await.expect("it is read");
                }
            }
        });
        Self { address, lines }
    }

    fn pager(&self) -> Pager {
        Pager(self.address.clone())
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn number() -> Recipient {
    Recipient::parse("+14155550123").expect("a number")
}

fn message() -> Message {
    let language = "en".parse().expect("a legal tag");
    Message::plain("m1.1", number(), Channel::Sms, language, "Your code is\n123456".to_owned())
}
