//! Connections that are used again.

use std::{sync::Arc, time::Duration};

use otp_core::FailureClass::{Recipient, Transient, Unknown};
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
    let world = World::new(Mode::Plain, vec![rule("GREETING", Act::Hang); 2]).await;
    let limit = Duration::from_millis(1000);
    let sender = Arc::new(world.builder().pool_size(1).time_limit(limit).build().expect("legal options"));
    let begun = time::Instant::now();
    let mut sends = JoinSet::new();
    for _ in 0..2 {
        let sender = Arc::clone(&sender);
        sends.spawn(async move { sender.send(&message("en")).await.expect_err("the server hangs") });
    }
    let errors = sends.join_all().await;
    assert!(begun.elapsed() < 2 * limit, "one after the other: {:?}", begun.elapsed());
    assert!(errors.iter().all(|error| error.class == Transient), "{errors:?}");
    // Whether the second got to the server in its last moment or not:
    world.server.log(|log| assert!(log.connections <= 2 && log.commands.is_empty()));
    while world.server.log(|log| log.received.is_empty()) {
        // Where it did not, a greeting is still to be withheld.
        drop(sender.send(&message("en")).await);
    }
}

#[tokio::test]
async fn a_message_is_not_begun_when_time_is_nearly_up() {
    // Most of the time goes by before the server asks for the message.
    let world = World::new(Mode::Plain, vec![rule("DATA", Act::Wait(Duration::from_millis(1800)))]).await;
    let sender = world.builder().time_limit(Duration::from_millis(2000)).build().expect("legal options");
    let error = sender.send(&message("en")).await.expect_err("too late");
    // On a busy machine all of it goes by.
    let steps = [Step::Data, Step::Content];
    assert!(error.class == Transient && steps.contains(&failure(&error).step()), "{error:?}");
    assert_eq!(world.server.log(|log| log.received.len()), 0);
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
    let rules = vec![rule(".", Act::Say(b"250 2.0.0 queued\r\n")), rule(".", Act::HangUp)];
    let world = World::new(Mode::StartTls, rules).await;
    let sender = world.sender();
    sender.send(&message("en")).await.expect("accepted");
    let error = sender.send(&message("en")).await.expect_err("cut off behind its final dot");
    assert_eq!(error.class, Unknown);
    world.server.log(|log| {
        let messages = log.verbs().iter().filter(|verb| **verb == "DATA").count();
        assert_eq!((messages, log.connections), (2, 1));
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
    for _ in 0..45 {
        time::advance(Duration::from_secs(1)).await;
    }
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

#[test]
fn a_runtime_that_ended_leaves_a_sender_that_works() {
    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let servers = servers.expect("a runtime");
    let world = servers.block_on(World::new(Mode::StartTls, Vec::new()));
    let sender = world.sender();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(sender.send(&message("en"))).expect("accepted");
    }
    world.server.log(|log| assert_eq!((log.received.len(), log.connections), (3, 3)));
}
