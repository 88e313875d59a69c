//! Connections that are used again.

use std::{sync::Arc, time::Duration};

use otp_core::FailureClass::{Recipient, Transient};
use otp_service::Sender as _;
use otp_smtp::Step;
use tokio::{task::JoinSet, time};

use crate::{
    World,
    common::{failure, message},
    rule,
    server::{Act, Mode},
};

#[tokio::test]
async fn messages_in_turn_share_one_connection_and_one_log_in() {
    let world = World::new(Mode::StartTls, Vec::new()).await;
    let sender = world.sender();
    for _ in 0..5 {
        sender.send(&message("en")).await.expect("accepted");
    }
    world.server.log(|log| {
        assert_eq!((log.received.len(), log.connections, log.logins), (5, 1, 1));
        assert_eq!(log.verbs()[log.verbs().len() - 3..], ["MAIL", "RCPT", "DATA"], "no NOOP between them");
    });
}

#[tokio::test]
async fn messages_at_once_share_as_many_connections_as_allowed() {
    let world = World::new(Mode::Plain, Vec::new()).await;
    let sender = Arc::new(world.builder().pool_size(3).build().expect("legal options"));
    let mut sends = JoinSet::new();
    for _ in 0..60 {
        let sender = Arc::clone(&sender);
        sends.spawn(async move { sender.send(&message("en")).await.is_ok() });
    }
    assert!(sends.join_all().await.into_iter().all(|sent| sent));
    world.server.log(|log| assert_eq!((log.received.len(), log.connections), (60, 3)));
}

#[tokio::test]
async fn waiting_for_a_connection_counts_towards_the_limit() {
    let world = World::new(Mode::Plain, vec![rule("MAIL", Act::Hang)]).await;
    let builder = world.builder().pool_size(1).time_limit(Duration::from_millis(500));
    let sender = Arc::new(builder.build().expect("legal options"));
    let first = tokio::spawn({
        let sender = Arc::clone(&sender);
        async move { sender.send(&message("en")).await }
    });
    while world.server.log(|log| log.commands.is_empty()) {
        tokio::task::yield_now().await;
    }
    let second = sender.send(&message("en")).await;
    let first = first.await.expect("no panic").expect_err("the server hangs");
    assert_eq!((failure(&first).step(), first.class), (Step::Mail, Transient));
    // Nearly its whole time went by behind the first.
    if let Err(error) = second {
        assert_eq!(error.class, Transient, "{error:?}");
    }
    assert!(sender.send(&message("en")).await.is_ok(), "the place in the pool is free again");
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_replaced() {
    let ends = [
        // It hangs up behind a message, without a word or with one.
        rule(".", Act::SayAndHangUp(b"250 2.0.0 queued\r\n")),
        rule(".", Act::SayAndHangUp(b"250 2.0.0 queued\r\n421 4.4.2 idle\r\n")),
        // It hangs up when it is asked for more.
        rule("RSET", Act::HangUp),
    ];
    for mode in [Mode::Plain, Mode::StartTls, Mode::Implicit] {
        for end in ends {
            let mut rules = vec![end];
            if end.at == "RSET" {
                rules.push(rule("RCPT", Act::Say(b"550 5.1.1 unknown\r\n")));
            }
            let world = World::new(mode, rules).await;
            let sender = world.sender();
            let first = sender.send(&message("en")).await;
            assert_eq!(first.is_err(), end.at == "RSET", "{first:?}");
            sender.send(&message("en")).await.expect("over a new connection");
            let received = usize::from(end.at != "RSET") + 1;
            world.server.log(|log| assert_eq!((log.received.len(), log.connections), (received, 2)));
        }
    }
}

#[tokio::test]
async fn an_idle_connection_that_says_goodbye_or_nothing_is_replaced() {
    for act in [Act::SayAndHangUp(b"421 4.4.2 timeout\r\n"), Act::Say(b"421 4.4.2 timeout\r\n"), Act::Hang] {
        let rules = vec![rule("RCPT", Act::Say(b"550 5.1.1 unknown\r\n")), rule("RSET", act)];
        let world = World::new(Mode::StartTls, rules).await;
        let sender = world.sender();
        let error = sender.send(&message("en")).await.expect_err("unknown");
        assert_eq!(error.class, Recipient);
        sender.send(&message("en")).await.expect("over a new connection");
        world.server.log(|log| assert_eq!((log.received.len(), log.connections), (1, 2)));
    }
}

#[tokio::test]
async fn a_new_connection_gets_no_second_try() {
    let world = World::new(Mode::StartTls, vec![rule("MAIL", Act::HangUp)]).await;
    let error = world.sender().send(&message("en")).await.expect_err("hung up");
    assert_eq!((error.class, world.server.log(|log| log.connections)), (Transient, 1));
}

#[tokio::test]
async fn a_lost_message_is_not_sent_twice_by_itself() {
    // The second message goes over a used connection, and is cut off behind its final dot.
    let world = World::new(Mode::StartTls, Vec::new()).await;
    let sender = world.sender();
    sender.send(&message("en")).await.expect("accepted");
    let lossy = World::new(Mode::StartTls, vec![rule(".", Act::HangUp)]).await;
    let sender = lossy.sender();
    let error = sender.send(&message("en")).await.expect_err("cut off");
    assert_eq!(error.class, otp_core::FailureClass::Unknown);
    lossy.server.log(|log| {
        assert_eq!(log.verbs().iter().filter(|verb| **verb == "DATA").count(), 1);
        assert_eq!(log.connections, 1);
    });
}

#[tokio::test]
async fn a_refused_recipient_leaves_the_connection_good() {
    let world = World::new(Mode::StartTls, vec![rule("RCPT", Act::Say(b"550 5.1.1 unknown\r\n"))]).await;
    let sender = world.sender();
    let error = sender.send(&message("en")).await.expect_err("unknown");
    assert_eq!(error.class, Recipient);
    sender.send(&message("en")).await.expect("accepted");
    world.server.log(|log| {
        assert_eq!((log.connections, log.logins), (1, 1));
        assert_eq!(log.verbs()[log.verbs().len() - 4..], ["RSET", "MAIL", "RCPT", "DATA"]);
    });
}

#[tokio::test]
async fn an_unused_connection_is_closed_politely() {
    let world = World::new(Mode::Plain, Vec::new()).await;
    let sender = world.sender();
    sender.send(&message("en")).await.expect("accepted");
    time::pause();
    time::advance(Duration::from_secs(45)).await;
    time::resume();
    let deadline = time::Instant::now() + Duration::from_secs(5);
    while !world.server.log(|log| log.verbs().contains(&"QUIT")) && time::Instant::now() < deadline {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        world.server.log(|log| log.verbs().last().map(|verb| (*verb).to_owned())),
        Some("QUIT".to_owned())
    );
    sender.send(&message("en")).await.expect("over a new connection");
    assert_eq!(world.server.log(|log| log.connections), 2);
}
