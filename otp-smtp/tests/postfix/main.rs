//! The sender against a second real mail server: Postfix, as Debian packs it, unpacked and not installed.

#[path = "../common/mod.rs"]
mod common;
mod login;
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
use server::{Postfix, programs};

const TLS: &str = "smtpd_tls_security_level = may\n";

#[tokio::test]
async fn codes_arrive_in_every_language() {
    let Some(programs) = programs() else { return };
    let authority = Authority::new();
    let postfix = Postfix::start(&programs, &authority.good(), TLS).await;
    let mut sent = 0;
    for tls in [Tls::StartTls, Tls::Implicit] {
        let sender = postfix.builder(tls, &authority).build().expect("legal options");
        sent += send_in_every_language(&sender).await;
    }
    let mails = postfix.inbox(sent).await;
    assert_eq!(mails.len(), sent, "{}", postfix.log());
    for mail in mails {
        let mail = arrived(&mail);
        assert_eq!(mail.header("return-path"), "<codes@example.com>");
        assert_eq!((mail.header("delivered-to"), mail.header("to")), (TO, TO));
        let received = mail.header("received");
        assert!(received.contains("with ESMTPSA") && received.contains("using TLSv1.3"), "{received}");
    }
    let arrivals = postfix.lines(": client=", sent).await;
    assert!(arrivals.iter().all(|line| line.ends_with("sasl_method=PLAIN, sasl_username=codes-user")));
    let id = "message-id=<0123456789abcdef0123456789abcdef.3@example.com>";
    assert_eq!(postfix.lines(id, sent).await.len(), sent);
    let log = postfix.log();
    assert!(!log.contains("improper command pipelining") && !log.contains(CODE), "{log}");
}

#[tokio::test]
async fn refusals_have_their_classes() {
    let Some(programs) = programs() else { return };
    let authority = Authority::new();
    let postfix = Postfix::start(&programs, &authority.good(), TLS).await;
    let sender = postfix.builder(Tls::StartTls, &authority).build().expect("legal options");
    for (to, class, code) in [
        ("nobody@example.org", Recipient, "550 5.1.1"),
        ("alice@elsewhere.example", Route, "554 5.7.1"),
        ("later@example.org", Transient, "451 4.7.1"),
    ] {
        let mut message = message("en");
        message.to = recipient(to);
        let error = sender.send(&message).await.expect_err(to);
        assert_eq!((error.class, error.code.as_deref()), (class, Some(code)), "{error:?}");
        assert!(!shown(&error).contains(to), "{error:?}");
    }
    let locked_out = postfix.builder(Tls::StartTls, &authority).credentials("codes-user", "wrong");
    let error = locked_out.build().expect("legal").send(&message("en")).await.expect_err("a wrong password");
    assert_eq!((failure(&error).step(), error.class), (Step::Auth, Provider), "{error:?}");
    assert_eq!(error.code.as_deref(), Some("535 5.7.8"));
}

#[tokio::test]
async fn without_log_in_the_sender_is_refused() {
    let Some(programs) = programs() else { return };
    let authority = Authority::new();
    for (when, step, class) in [("yes", Step::Rcpt, Route), ("no", Step::Mail, Provider)] {
        let options = format!(
            "{TLS}smtpd_delay_reject = {when}\nsmtpd_sender_restrictions = permit_sasl_authenticated, reject\n"
        );
        let postfix = Postfix::start(&programs, &authority.good(), &options).await;
        let sender = otp_smtp::SmtpSender::builder("localhost", common::from())
            .port(postfix.port())
            .authorities(authority.pem())
            .build()
            .expect("legal options");
        let error = sender.send(&message("en")).await.expect_err("nobody logged in");
        assert_eq!((failure(&error).step(), error.class), (step, class), "{error:?}");
        assert_eq!(error.code.as_deref(), Some("554 5.7.1"));
    }
}

#[tokio::test]
async fn nothing_is_said_without_verified_tls() {
    let Some(programs) = programs() else { return };
    let authority = Authority::new();
    let strangers = Authority::new();
    let none = "smtpd_tls_security_level = none\n";
    for (identity, options, step) in [
        (authority.for_another_name(), TLS, Step::Tls),
        (authority.expired(), TLS, Step::Tls),
        (authority.not_yet_valid(), TLS, Step::Tls),
        (self_signed(), TLS, Step::Tls),
        (strangers.good(), TLS, Step::Tls),
        (authority.good(), none, Step::StartTls),
    ] {
        let postfix = Postfix::start(&programs, &identity, options).await;
        let modes = if options == TLS { vec![Tls::StartTls, Tls::Implicit] } else { vec![Tls::StartTls] };
        for tls in modes {
            let sender = postfix.builder(tls, &authority).build().expect("legal options");
            let error = sender.send(&message("en")).await.expect_err("no verified TLS");
            assert_eq!((failure(&error).step(), error.class), (step, Provider), "{error:?}");
        }
        postfix.lines(": disconnect from", 1).await;
        let log = postfix.log();
        for word in ["codes-user", "codes@example.com", "alice", CODE] {
            assert!(!log.contains(word), "{word} in {log}");
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_after_errors_gets_another_connection() {
    let Some(programs) = programs() else { return };
    let authority = Authority::new();
    let options = format!("{TLS}smtpd_hard_error_limit = 2\nsmtpd_error_sleep_time = 0\n");
    let postfix = Postfix::start(&programs, &authority.good(), &options).await;
    let sender = postfix.builder(Tls::StartTls, &authority).build().expect("legal options");
    let mut to_nobody = message("en");
    to_nobody.to = recipient("nobody@example.org");
    for _ in 0..10 {
        let error = sender.send(&to_nobody).await.expect_err("nobody lives there");
        assert_eq!((error.class, error.code.as_deref()), (Recipient, Some("550 5.1.1")), "{error:?}");
    }
    sender.send(&message("en")).await.expect("accepted");
    assert_eq!(postfix.inbox(1).await.len(), 1);
    assert!(postfix.log().contains("too many errors"), "{}", postfix.log());
}

#[tokio::test]
async fn line_ends_in_every_field_add_nobody() {
    let Some(programs) = programs() else { return };
    let authority = Authority::new();
    let postfix = Postfix::start(&programs, &authority.good(), TLS).await;
    let sender = postfix.builder(Tls::StartTls, &authority).build().expect("legal options");
    for payload in payloads() {
        let mut message = message("en");
        for (_, put) in FIELDS {
            put(&mut message, &payload);
        }
        sender.send(&message).await.expect("accepted");
    }
    let arrivals = postfix.lines("(queue active)", 500).await;
    assert_eq!(arrivals.len(), 500);
    for arrival in arrivals {
        assert!(arrival.contains("from=<codes@example.com>") && arrival.contains("nrcpt=1 "), "{arrival}");
    }
    let delivered = postfix.lines(" to=<", 500).await;
    assert_eq!(delivered.len(), 500);
    for delivery in delivered {
        assert!(delivery.contains(" to=<alice@example.org>, relay=virtual"), "{delivery}");
    }
    assert_eq!(postfix.inbox(500).await.len(), 500);
    let log = postfix.log();
    for sign in ["evil@example.net", "improper command pipelining", "bare <LF>", "non-SMTP command"] {
        assert!(!log.contains(sign), "{sign} in {log}");
    }
}

#[tokio::test]
async fn a_look_at_it() {
    let Some(programs) = programs() else { return };
    let authority = Authority::new();
    let postfix = Postfix::start(&programs, &authority.good(), TLS).await;
    for tls in [Tls::StartTls, Tls::Implicit] {
        let sender = postfix.builder(tls, &authority).build().expect("legal options");
        let probe = sender.probe().await.expect("a good server");
        assert_eq!(probe.steps.len(), 3);
        assert!(probe.steps[1].finding.starts_with("TLS 1.3"), "{probe:?}");
    }
    assert!(!postfix.log().contains(" from=<"), "{}", postfix.log());
}
