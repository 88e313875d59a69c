//! A look at the server without a message.

use otp_core::FailureClass::{Provider, Transient};
use otp_smtp::Step;

use crate::{
    World,
    common::failure,
    rule,
    server::{Act, Mode},
};

#[tokio::test]
async fn a_good_server_passes_all_steps_and_gets_no_message() {
    for (mode, words) in [
        (Mode::StartTls, "TLS 1.3 by STARTTLS, certificate verified"),
        (Mode::Implicit, "TLS 1.3 from the first byte, certificate verified"),
        (Mode::Plain, "no TLS, loopback only"),
    ] {
        let world = World::new(mode, Vec::new()).await;
        let probe = world.sender().probe().await.expect("a good server");
        let steps: Vec<_> = probe.steps.iter().map(|found| found.step).collect();
        assert_eq!(steps, [Step::Tcp, Step::Tls, Step::Auth]);
        let findings: Vec<_> = probe.steps.iter().map(|found| found.finding.as_str()).collect();
        assert_eq!(findings, [&format!("connected to {}", world.server.address), words, "logged in"]);
        world.server.log(|log| {
            assert_eq!(log.logins, 1);
            assert_eq!(log.verbs()[log.verbs().len() - 2..], ["NOOP", "QUIT"]);
            assert!(!log.verbs().contains(&"MAIL"));
        });
    }
}

#[tokio::test]
async fn a_failure_names_its_step() {
    for (at, act, step, class) in [
        ("GREETING", Act::Hang, Step::Greeting, Transient),
        ("STARTTLS", Act::Say(b"502 no\r\n"), Step::StartTls, Provider),
        ("AUTH", Act::Say(b"535 5.7.8 no\r\n"), Step::Auth, Provider),
    ] {
        let world = World::new(Mode::StartTls, vec![rule(at, act)]).await;
        let error = world.hasty().probe().await.expect_err(at);
        assert_eq!((failure(&error).step(), error.class), (step, class), "{error:?}");
    }
}
