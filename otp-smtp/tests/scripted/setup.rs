//! Options that are refused before anything is connected.

use std::time::Duration;

use otp_core::{Channel, EmailAddress};
use otp_service::{Sender as _, conformance};
use otp_smtp::{SetupError, SmtpBuilder, SmtpSender, Tls};

use crate::{
    World,
    common::{PASSWORD, USER, certificates::Authority, from},
    server::Mode,
};

fn builder(server: &str) -> SmtpBuilder {
    SmtpSender::builder(server, from())
}

#[tokio::test]
async fn the_promises_of_a_sender_hold() {
    let world = World::new(Mode::StartTls, Vec::new()).await;
    let sender = std::sync::Arc::new(world.sender());
    assert!(sender.carries(Channel::Email) && !sender.carries(Channel::Sms));
    conformance::sender(sender).await;
}

#[test]
fn no_tls_is_for_loopback_only() {
    for host in ["localhost", "127.0.0.1", "127.8.9.1", "::1"] {
        assert!(builder(host).tls(Tls::None).build().is_ok(), "{host}");
    }
    for host in ["smtp.example.com", "10.0.0.1", "localhost.example.com", "LOCALHOST.", "::", "0.0.0.0"] {
        let refused = builder(host).tls(Tls::None).build();
        assert!(matches!(refused, Err(SetupError::NotLoopback)), "{host}");
    }
}

#[test]
fn each_wrong_option_is_named() {
    let missing = builder("a.example").ca_file("/nowhere/ca.pem").build();
    assert!(missing.is_err_and(|error| error.to_string().contains("/nowhere/ca.pem")));
    type Check = fn(&SetupError) -> bool;
    let table: Vec<(SmtpBuilder, Check)> = vec![
        (builder(""), |it| matches!(it, SetupError::Server)),
        (builder("a.example:25"), |it| matches!(it, SetupError::Server)),
        (builder("a example"), |it| matches!(it, SetupError::Server)),
        (builder("a.example").authorities("no PEM"), |it| matches!(it, SetupError::Authorities)),
        (builder("a.example").credentials("user", ""), |it| matches!(it, SetupError::Credentials)),
        (builder("a.example").credentials("", "password"), |it| matches!(it, SetupError::Credentials)),
        (builder("a.example").credentials("u\0v", "password"), |it| matches!(it, SetupError::Credentials)),
        (builder("a.example").from_name("A\r\nBcc: b@c.example"), |it| matches!(it, SetupError::FromName)),
        (builder("a.example").from_name("x".repeat(101)), |it| matches!(it, SetupError::FromName)),
        (builder("a.example").hello_name("a b"), |it| matches!(it, SetupError::HelloName)),
        (builder("a.example").name("No Word"), |it| matches!(it, SetupError::Name)),
        (builder("a.example").pool_size(0), |it| matches!(it, SetupError::Range)),
        (builder("a.example").time_limit(Duration::from_secs(9)), |it| matches!(it, SetupError::Range)),
    ];
    for (builder, is_expected) in table {
        let shown = format!("{builder:?}");
        let error = builder.build().expect_err(&shown);
        assert!(is_expected(&error), "{shown}: {error}");
    }
}

#[test]
fn a_file_of_authorities_is_read() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), Authority::new().pem()).expect("written");
    assert!(builder("a.example").ca_file(file.path()).build().is_ok());
    std::fs::write(file.path(), "").expect("written");
    assert!(matches!(builder("a.example").ca_file(file.path()).build(), Err(SetupError::Authorities)));
}

#[test]
fn neither_password_nor_whole_address_shows() {
    let address = EmailAddress::parse("somebody@example.com").expect("a valid address");
    let builder = SmtpSender::builder("smtp.example.com", address).credentials(USER, PASSWORD);
    let mut shown = format!("{builder:?}");
    shown.push_str(&format!("{:?}", builder.build().expect("legal")));
    for secret in [PASSWORD, USER, "somebody"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
