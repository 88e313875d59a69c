//! The right class for each failure.

use std::time::Duration;

use otp_core::FailureClass::{self, Provider, Recipient, Request, Route, Transient, Unknown};
use otp_service::Sender as _;
use otp_smtp::{Fault, SmtpSender, Step, Tls};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    HASTE, World,
    common::{CODE, TO, failure, from, message, recipient, shown},
    rule,
    server::{Act, Mode},
};

const MODES: [Mode; 3] = [Mode::Plain, Mode::StartTls, Mode::Implicit];

#[tokio::test]
async fn every_answer_has_its_class_and_keeps_its_words_to_itself() {
    let table: &[(&str, &[u8], FailureClass, &str)] = &[
        ("GREETING", b"554 5.7.1 alice@example.org 481516 go away\r\n", Provider, "554 5.7.1"),
        ("GREETING", b"421 4.3.2 alice@example.org later\r\n", Transient, "421 4.3.2"),
        ("AUTH", b"535 5.7.8 alice@example.org refused\r\n", Provider, "535 5.7.8"),
        ("AUTH", b"535 refused\r\n", Provider, "535"),
        ("AUTH", b"454 4.7.0 try later\r\n", Transient, "454 4.7.0"),
        ("MAIL", b"451 4.3.0 alice@example.org later\r\n", Transient, "451 4.3.0"),
        ("MAIL", b"550 5.7.1 alice@example.org no\r\n", Provider, "550 5.7.1"),
        ("MAIL", b"530 5.7.0 log in first\r\n", Provider, "530 5.7.0"),
        ("RCPT", b"550-5.1.1 alice@example.org\r\n550 5.1.1 no such user\r\n", Recipient, "550 5.1.1"),
        ("RCPT", b"550 no such user alice@example.org\r\n", Recipient, "550"),
        ("RCPT", b"550 5.1.1 Empf\xe4nger alice@example.org unbekannt\r\n", Recipient, "550 5.1.1"),
        ("RCPT", b"553 5.1.3 alice@example.org\r\n", Recipient, "553 5.1.3"),
        ("RCPT", b"450 4.2.1 alice@example.org busy\r\n", Transient, "450 4.2.1"),
        ("RCPT", b"452 4.2.2 alice@example.org full\r\n", Transient, "452 4.2.2"),
        ("RCPT", b"421 4.7.0 too many\r\n", Transient, "421 4.7.0"),
        ("RCPT", b"554 5.7.1 alice@example.org relay access denied\r\n", Route, "554 5.7.1"),
        ("DATA", b"451 4.3.0 later\r\n", Transient, "451 4.3.0"),
        ("DATA", b"554 5.5.1 no valid recipients alice@example.org\r\n", Request, "554 5.5.1"),
        ("DATA", b"250 what\r\n", Provider, "250"),
        (".", b"451 4.3.0 481516 later\r\n", Transient, "451 4.3.0"),
        (".", b"550 5.7.26 481516 policy\r\n", Route, "550 5.7.26"),
        (".", b"552 5.3.4 too big\r\n", Request, "552 5.3.4"),
        (".", b"554 481516 rejected\r\n", Provider, "554"),
        (".", b"what is 481516?\r\n", Unknown, "broken"),
        ("MAIL", b"\xff\xfe\x00\r\n", Transient, "broken"),
    ];
    for (at, words, class, code) in table {
        for mode in MODES {
            let world = World::new(mode, vec![rule(at, Act::Say(words))]).await;
            let error = world.sender().send(&message("en")).await.expect_err(at);
            let case = format!("{at} {code}: {error:?}");
            assert_eq!(error.class, *class, "{case}");
            assert_eq!(error.code.as_deref().unwrap_or_default(), *code, "{case}");
            let shown = shown(&error);
            for word in [CODE, TO, "alice", "refused", "user", "policy"] {
                assert!(!shown.contains(word), "{word} in {shown}");
            }
            assert_eq!(world.server.log(|log| log.received.len()), 0, "{case}");
        }
    }
}

#[tokio::test]
async fn silence_ends_in_time_and_the_final_dot_decides_what_it_means() {
    let mut cases = JoinSet::new();
    for (at, step, class) in [
        ("GREETING", Step::Greeting, Transient),
        ("EHLO", Step::Hello, Transient),
        ("STARTTLS", Step::StartTls, Transient),
        ("AUTH", Step::Auth, Transient),
        ("MAIL", Step::Mail, Transient),
        ("RCPT", Step::Rcpt, Transient),
        ("DATA", Step::Data, Transient),
        (".", Step::Accept, Unknown),
    ] {
        cases.spawn(async move {
            let world = World::new(Mode::StartTls, vec![rule(at, Act::Hang)]).await;
            let begun = Instant::now();
            let error = world.hasty().send(&message("en")).await.expect_err(at);
            assert!(begun.elapsed() < 2 * HASTE, "{at} took {:?}", begun.elapsed());
            assert_eq!(
                (failure(&error).step(), failure(&error).fault()),
                (step, Fault::TimedOut),
                "{error:?}"
            );
            assert_eq!((error.class, error.code.as_deref()), (class, Some("timeout")), "{error:?}");
        });
    }
    cases.join_all().await;
}

#[tokio::test]
async fn a_lost_connection_is_unknown_only_behind_the_final_dot() {
    for mode in MODES {
        for (at, class) in [
            ("GREETING", Transient),
            ("EHLO", Transient),
            ("AUTH", Transient),
            ("MAIL", Transient),
            ("RCPT", Transient),
            ("DATA", Transient),
            (".", Unknown),
        ] {
            let world = World::new(mode, vec![rule(at, Act::HangUp)]).await;
            let error = world.sender().send(&message("en")).await.expect_err(at);
            assert_eq!(error.class, class, "{at}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_busy_once_takes_the_next_try_with_the_same_message_id() {
    for at in ["MAIL", "RCPT", "DATA", "."] {
        let world = World::new(Mode::StartTls, vec![rule(at, Act::Say(b"451 4.3.0 later\r\n"))]).await;
        let sender = world.sender();
        let error = sender.send(&message("en")).await.expect_err(at);
        assert_eq!(error.class, Transient);
        let receipt = sender.send(&message("en")).await.expect("accepted now");
        let reference = receipt.reference.expect("a reference");
        assert_eq!(reference, "0123456789abcdef0123456789abcdef.3@example.com");
        world.server.log(|log| {
            assert_eq!((log.received.len(), log.connections), (1, 1), "{at}: the connection stays good");
            assert!(log.received[0].content.contains(&format!("Message-ID: <{reference}>\r\n")), "{at}");
        });
    }
}

#[tokio::test]
async fn nobody_there_is_transient() {
    let closed = {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        listener.local_addr().expect("an address").port()
    };
    for (host, fault) in [
        ("127.0.0.1", Fault::Io(std::io::ErrorKind::ConnectionRefused)),
        ("localhost", Fault::Io(std::io::ErrorKind::ConnectionRefused)),
        ("nobody.invalid", Fault::NoAddress),
    ] {
        let builder = SmtpSender::builder(host, from()).port(closed).time_limit(Duration::from_secs(4));
        let error = builder.build().expect("legal").send(&message("en")).await.expect_err(host);
        let failure = failure(&error);
        assert_eq!((failure.step(), error.class), (Step::Tcp, Transient), "{host}: {error:?}");
        // A resolver that is out of reach answers late or not at all.
        assert!([fault, Fault::TimedOut, Fault::NoAddress].contains(&failure.fault()), "{host}: {error:?}");
    }
}

#[tokio::test]
async fn a_connection_nobody_accepts_ends_within_two_seconds() {
    // A full backlog leaves the connection request unanswered, as a firewall does.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let listener = socket.listen(1).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut held = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(300), tokio::net::TcpStream::connect(address)).await
    {
        held.push(stream);
    }
    let sender = SmtpSender::builder("127.0.0.1", from()).port(address.port()).build().expect("legal");
    let begun = Instant::now();
    let error = sender.send(&message("en")).await.expect_err("nobody accepts");
    assert!(begun.elapsed() < Duration::from_millis(3500), "{:?}", begun.elapsed());
    assert_eq!((failure(&error).step(), failure(&error).fault()), (Step::Tcp, Fault::TimedOut));
    assert_eq!(error.class, Transient);
}

#[tokio::test]
async fn a_phone_number_is_refused_without_a_connection() {
    let world = World::new(Mode::Plain, Vec::new()).await;
    let mut message = message("en");
    message.to = recipient("+14155550123");
    let error = world.sender().send(&message).await.expect_err("no address");
    assert_eq!(error.class, Request);
    assert_eq!(world.server.log(|log| log.connections), 0);
}

#[tokio::test]
async fn a_server_of_another_kind_is_the_operators_to_mend() {
    let greetings: [&[u8]; 3] =
        [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"* OK IMAP4rev1\r\n", b"SSH-2.0-OpenSSH_9\r\n"];
    for greeting in greetings {
        let world = World::new(Mode::StartTls, vec![rule("GREETING", Act::Say(greeting))]).await;
        let error = world.sender().send(&message("en")).await.expect_err("no SMTP server");
        assert_eq!((failure(&error).fault(), error.class), (Fault::NotSmtp, Provider));
    }
    let world = World::new(Mode::Plain, Vec::new()).await;
    let implicit = world.builder().tls(Tls::Implicit).build().expect("legal");
    let error = implicit.send(&message("en")).await.expect_err("no TLS there");
    assert_eq!(error.class, Provider, "{error:?}");
    assert!(shown(&error).contains("is the port for the other TLS mode?"), "{error:?}");
}
