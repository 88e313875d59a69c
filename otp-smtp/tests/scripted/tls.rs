//! Without verified TLS nobody hears a password, a code or a recipient.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use otp_core::FailureClass::Provider;
use otp_service::Sender as _;
use otp_smtp::{Fault, SmtpSender, Step, Tls};

use crate::{
    common::{
        CODE, PASSWORD, TO, USER,
        certificates::{Authority, Identity, self_signed},
        failure, from, message, shown,
    },
    rule,
    server::{Act, Mode, Rule, Script, Server},
};

/// Everything that must not be heard, as it would be on the wire.
fn secrets() -> Vec<String> {
    let encoded = [format!("\0{USER}\0{PASSWORD}"), USER.to_owned(), PASSWORD.to_owned()];
    let mut secrets: Vec<_> = encoded.iter().map(|text| STANDARD.encode(text)).collect();
    secrets.extend([USER, PASSWORD, CODE, TO, "MAIL FROM"].map(str::to_owned));
    secrets
}

fn holds(raw: &[u8], secret: &str) -> bool {
    raw.windows(secret.len()).any(|window| window == secret.as_bytes())
}

fn script(mode: Mode, identity: Identity, rules: Vec<Rule>) -> Script {
    let offers = "250-AUTH PLAIN LOGIN\r\n";
    Script { mode, identity: Some(identity), offers, strips_starttls: false, rules }
}

async fn refused(script: Script, tls: Tls, authority: &Authority, host: &str) -> (String, Step) {
    let server = Server::start(script).await;
    let sender = SmtpSender::builder(host, from())
        .port(server.address.port())
        .tls(tls)
        .authorities(authority.pem())
        .credentials(USER, PASSWORD)
        .build()
        .expect("legal options");
    let error = sender.send(&message("en")).await.expect_err("no verified TLS");
    assert_eq!(error.class, Provider, "{error:?}");
    server.log(|log| {
        for secret in secrets() {
            assert!(!holds(&log.raw, &secret), "{secret:?} was on the wire");
        }
        let heard: Vec<_> = log.verbs().into_iter().filter(|verb| *verb != "QUIT").collect();
        let allowed = [&[][..], &["EHLO"], &["EHLO", "STARTTLS"]];
        assert!(allowed.contains(&heard.as_slice()), "{heard:?}");
        assert!(log.received.is_empty());
    });
    (shown(&error), failure(&error).step())
}

#[tokio::test]
async fn certificates_that_prove_nothing() {
    let authority = Authority::new();
    let other = Authority::new();
    for (identity, words) in [
        (authority.for_another_name(), "for another name"),
        (authority.expired(), "has expired"),
        (authority.not_yet_valid(), "not valid yet"),
        (self_signed(), "authority that is not trusted"),
        (other.good(), "authority that is not trusted"),
    ] {
        for (mode, tls) in [(Mode::StartTls, Tls::StartTls), (Mode::Implicit, Tls::Implicit)] {
            for host in ["127.0.0.1", "localhost"] {
                let script = script(mode, identity.clone(), Vec::new());
                let (shown, step) = refused(script, tls, &authority, host).await;
                assert!(shown.contains(words) && step == Step::Tls, "{words}: {shown}");
            }
        }
    }
}

#[tokio::test]
async fn starttls_stripped_refused_or_spoilt() {
    let authority = Authority::new();
    let identity = authority.good();

    let mut stripped = script(Mode::StartTls, identity.clone(), Vec::new());
    stripped.strips_starttls = true;
    let (shown, step) = refused(stripped, Tls::StartTls, &authority, "localhost").await;
    assert!(shown.contains("offers no STARTTLS") && step == Step::StartTls, "{shown}");

    for words in [&b"454 4.7.0 not now\r\n"[..], b"502 5.5.1 what?\r\n", b"220-one\r\n421 two\r\n"] {
        let script = script(Mode::StartTls, identity.clone(), vec![rule("STARTTLS", Act::Say(words))]);
        refused(script, Tls::StartTls, &authority, "localhost").await;
    }
    // Replies that somebody on the line puts behind the one to STARTTLS, to be taken for the verified server's.
    for smuggled in [
        &b"220 2.0.0 ready\r\n250-mail.example.com\r\n250 AUTH PLAIN\r\n235 2.7.0 welcome\r\n"[..],
        b"220 go\r\n250 injected\r\n",
        b"220 go\r\n2",
        b"220-go\r\n220 on\r\n250 injected\r\n",
    ] {
        let script = script(Mode::StartTls, identity.clone(), vec![rule("STARTTLS", Act::Say(smuggled))]);
        let (shown, step) = refused(script, Tls::StartTls, &authority, "localhost").await;
        assert!(shown.contains("out of turn") && step == Step::StartTls, "{shown}");
    }
    // The reply itself put in before it was asked for, so that the real one comes where TLS is to begin; and words that
    // come in a segment of their own.
    let early = b"250-mail.example.com\r\n250 STARTTLS\r\n220 go\r\n";
    let late = vec![rule("STARTTLS", Act::SayTwice(b"220 go\r\n", b"250 injected\r\n"))];
    for rules in [vec![rule("EHLO", Act::Say(early))], late] {
        let script = script(Mode::StartTls, identity.clone(), rules);
        let (shown, step) = refused(script, Tls::StartTls, &authority, "localhost").await;
        assert!(matches!(step, Step::Tls | Step::StartTls), "{step}: {shown}");
    }
}

#[tokio::test]
async fn with_verified_tls_the_same_server_hears_all_of_it() {
    let authority = Authority::new();
    for (mode, tls) in [(Mode::StartTls, Tls::StartTls), (Mode::Implicit, Tls::Implicit)] {
        for host in ["127.0.0.1", "localhost"] {
            let server = Server::start(script(mode, authority.good(), Vec::new())).await;
            let sender = SmtpSender::builder(host, from())
                .port(server.address.port())
                .tls(tls)
                .authorities(authority.pem())
                .credentials(USER, PASSWORD)
                .build()
                .expect("legal options");
            sender.send(&message("en")).await.expect("accepted");
            server.log(|log| {
                assert_eq!((log.logins, log.received.len()), (1, 1));
                assert_eq!(log.received[0].to, [TO]);
                assert!(log.received[0].content.contains(CODE));
                for secret in secrets() {
                    assert!(!holds(&log.raw, &secret), "{secret:?} was on the wire");
                }
                let clear: Vec<_> = log.in_the_clear.lines().map(|line| &line[..4]).collect();
                let expected: &[_] = if mode == Mode::StartTls { &["EHLO", "STAR"] } else { &[] };
                assert_eq!(clear, expected);
            });
        }
    }
}

#[tokio::test]
async fn the_tap_sees_what_is_not_encrypted() {
    let script = script(Mode::Plain, Authority::new().good(), Vec::new());
    let server = Server::start(script).await;
    let sender = SmtpSender::builder("localhost", from())
        .port(server.address.port())
        .tls(Tls::None)
        .credentials(USER, PASSWORD)
        .build()
        .expect("legal options");
    sender.send(&message("en")).await.expect("accepted");
    let login = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    server.log(|log| {
        for secret in [login.as_str(), CODE, TO, "MAIL FROM"] {
            assert!(holds(&log.raw, secret), "{secret:?} was not on the wire");
        }
    });
}

#[tokio::test]
async fn a_certificate_of_its_own_serves_as_its_authority() {
    let identity = self_signed();
    let server = Server::start(script(Mode::Implicit, identity.clone(), Vec::new())).await;
    let sender = SmtpSender::builder("localhost", from())
        .port(server.address.port())
        .tls(Tls::Implicit)
        .authorities(identity.certificate)
        .build()
        .expect("legal options");
    sender.send(&message("en")).await.expect("accepted");
}

#[tokio::test]
async fn log_in_takes_what_the_server_offers_of_what_is_known() {
    let authority = Authority::new();
    for (offers, logins, said) in [
        ("250-AUTH PLAIN LOGIN\r\n", 1, "AUTH PLAIN "),
        ("250-AUTH LOGIN PLAIN CRAM-MD5\r\n", 1, "AUTH PLAIN "),
        ("250-AUTH LOGIN\r\n", 1, "AUTH LOGIN"),
        ("250-AUTH CRAM-MD5 XOAUTH2\r\n", 0, ""),
        ("", 0, ""),
    ] {
        let script = Script { offers, ..script(Mode::StartTls, authority.good(), Vec::new()) };
        let server = Server::start(script).await;
        let sender = SmtpSender::builder("localhost", from())
            .port(server.address.port())
            .authorities(authority.pem())
            .credentials(USER, PASSWORD)
            .build()
            .expect("legal options");
        let sent = sender.send(&message("en")).await;
        server.log(|log| {
            assert_eq!((log.logins, log.received.len()), (logins, logins), "{offers}");
            let auth = log.commands.iter().find(|command| command.starts_with("AUTH"));
            assert!(auth.map_or("", String::as_str).starts_with(said), "{offers}: {auth:?}");
        });
        if let Err(error) = sent {
            assert_eq!((failure(&error).fault(), error.class), (Fault::NoMechanism, Provider), "{offers}");
        }
    }
}
