//! The sender against a real mail server: Exim, as Debian packs it (`exim4-daemon-light`).

#[path = "../common/mod.rs"]
mod common;
#[path = "../real/mod.rs"]
mod real;
mod server;

use otp_core::FailureClass::{Provider, Recipient, Route, Transient};
use otp_service::Sender as _;
use otp_smtp::{Step, Tls};

use common::{
    CODE, TO,
    certificates::{Authority, self_signed},
    failure, message,
    payloads::{FIELDS, payloads},
    recipient, shown,
};
use real::{arrived, send_in_every_language};
use server::{Exim, is_installed};

#[tokio::test]
async fn codes_arrive_in_every_language() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let exim = Exim::start(&authority.good(), "").await;
    let mut sent = 0;
    for tls in [Tls::StartTls, Tls::Implicit] {
        let sender = exim.builder(tls, &authority).build().expect("legal options");
        sent += send_in_every_language(&sender).await;
    }
    let mails = exim.inbox(sent).await;
    assert_eq!(mails.len(), sent, "{}", exim.log());
    for mail in mails {
        let mail = arrived(&mail);
        assert_eq!(mail.header("return-path"), "<codes@example.com>");
        assert_eq!((mail.header("envelope-to"), mail.header("to")), (TO, TO));
        assert!(mail.header("received").contains("with esmtpsa  (TLS1.3)"), "{mail:?}");
    }
    let log = exim.log();
    let arrivals: Vec<_> = log.lines().filter(|line| line.contains(" <= codes@example.com ")).collect();
    assert_eq!(arrivals.len(), sent, "{log}");
    let id = "id=0123456789abcdef0123456789abcdef.3@example.com";
    for arrival in arrivals {
        assert!(arrival.contains("A=plain:codes-user") && arrival.contains(id), "{arrival}");
        assert!(arrival.ends_with(" for alice@example.org"), "{arrival}");
    }
    assert!(!log.contains("synchronization error"), "{log}");
}

#[tokio::test]
async fn refusals_have_their_classes() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let exim = Exim::start(&authority.good(), "").await;
    let sender = exim.builder(Tls::StartTls, &authority).build().expect("legal options");
    for (to, class, code) in [
        ("nobody@example.org", Recipient, "550 5.1.1"),
        ("alice@elsewhere.example", Route, "550 5.7.1"),
        ("later@example.org", Transient, "451 4.7.1"),
    ] {
        let mut message = message("en");
        message.to = recipient(to);
        let error = sender.send(&message).await.expect_err(to);
        assert_eq!((error.class, error.code.as_deref()), (class, Some(code)), "{error:?}");
        assert!(!shown(&error).contains(to), "{error:?}");
    }
    exim.create("now");
    let mut message = message("en");
    message.to = recipient("later@example.org");
    sender.send(&message).await.expect("accepted now");
    assert_eq!(exim.inbox(1).await.len(), 1);

    let locked_out = exim.builder(Tls::StartTls, &authority).credentials("codes-user", "wrong");
    let error = locked_out.build().expect("legal").send(&message).await.expect_err("a wrong password");
    assert_eq!((failure(&error).step(), error.class), (Step::Auth, Provider), "{error:?}");
    assert_eq!(error.code.as_deref(), Some("535"));
}

#[tokio::test]
async fn without_log_in_the_sender_is_refused() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let exim = Exim::start(&authority.good(), "").await;
    let sender = otp_smtp::SmtpSender::builder("localhost", common::from())
        .port(exim.port())
        .authorities(authority.pem())
        .build()
        .expect("legal options");
    let error = sender.send(&message("en")).await.expect_err("nobody logged in");
    assert_eq!((error.class, error.code.as_deref()), (Provider, Some("550 5.7.0")), "{error:?}");
}

#[tokio::test]
async fn nothing_is_said_without_verified_tls() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let strangers = Authority::new();
    for (identity, options, step) in [
        (authority.for_another_name(), "", Step::Tls),
        (authority.expired(), "", Step::Tls),
        (authority.not_yet_valid(), "", Step::Tls),
        (self_signed(), "", Step::Tls),
        (strangers.good(), "", Step::Tls),
        (authority.good(), "tls_advertise_hosts =", Step::StartTls),
    ] {
        let exim = Exim::start(&identity, options).await;
        let modes = if options.is_empty() { vec![Tls::StartTls, Tls::Implicit] } else { vec![Tls::StartTls] };
        for tls in modes {
            let sender = exim.builder(tls, &authority).build().expect("legal options");
            let error = sender.send(&message("en")).await.expect_err("no verified TLS");
            assert_eq!((failure(&error).step(), error.class), (step, Provider), "{error:?}");
        }
        let log = exim.log();
        for word in ["codes-user", "codes@example.com", "alice", CODE] {
            assert!(!log.contains(word), "{word} in {log}");
        }
    }
}

#[tokio::test]
async fn a_server_that_limits_messages_per_connection_gets_another() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let exim = Exim::start(&authority.good(), "smtp_accept_max_per_connection = 3").await;
    let sender = exim.builder(Tls::StartTls, &authority).build().expect("legal options");
    for _ in 0..10 {
        sender.send(&message("en")).await.expect("accepted");
    }
    assert_eq!(exim.inbox(10).await.len(), 10);
}

#[tokio::test]
async fn line_ends_in_every_field_add_nobody() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let exim = Exim::start(&authority.good(), "queue_only\nsmtp_accept_max_per_connection = 1000\n").await;
    let sender = exim.builder(Tls::StartTls, &authority).build().expect("legal options");
    for payload in payloads() {
        let mut message = message("en");
        for (_, put) in FIELDS {
            put(&mut message, &payload);
        }
        sender.send(&message).await.expect("accepted");
    }
    let log = exim.log();
    let arrivals: Vec<_> = log.lines().filter(|line| line.contains(" <= ")).collect();
    assert_eq!(arrivals.len(), 500);
    for arrival in arrivals {
        assert!(arrival.contains(" <= codes@example.com "), "{arrival}");
        assert!(arrival.ends_with(" for alice@example.org"), "{arrival}");
    }
    assert!(!log.contains("evil@example.net") && !log.contains("synchronization error"), "{log}");
}

#[tokio::test]
async fn a_look_at_it() {
    if !is_installed() {
        return;
    }
    let authority = Authority::new();
    let exim = Exim::start(&authority.good(), "").await;
    for tls in [Tls::StartTls, Tls::Implicit] {
        let sender = exim.builder(tls, &authority).build().expect("legal options");
        let probe = sender.probe().await.expect("a good server");
        assert_eq!(probe.steps.len(), 3);
        assert!(probe.steps[1].finding.starts_with("TLS 1.3"), "{probe:?}");
    }
    assert!(!exim.log().contains("<="), "{}", exim.log());
}
