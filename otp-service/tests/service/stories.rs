//! What happens to people: one story a test.

use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::support::{Partitioned, SMS, Service, phone, quick, wrong};
use otp_core::{
    Channel, Code, DeliveryState, Outcome, Policy, Purpose, Recipient, Refusal, StatusState, Timestamp,
    message::{AppHash, Catalogue, Ending, MessageEnding, OriginHost},
};
use otp_service::{
    Address, CheckRequest, DeliveryStatus, MemoryStore, PrescribedCodes, ResendRequest, StartError,
    StartRequest, Store, Worker,
};

#[tokio::test]
async fn a_person_verifies_a_number_and_cannot_do_it_twice() {
    let service = Service::new();
    let (token, code) = service.start().await;
    let message = &service.sender.messages()[0];
    let text = format!("Welcome to this service! Please use security code {code} to proceed.");
    assert_eq!(message.body.expose(), text);
    assert_eq!(service.check(&token, wrong(&code)).await, Outcome::Wrong { checks_left: 4 });

    let request = CheckRequest::new(phone(), token.clone(), &format!(" {} {}\n", &code[..3], &code[3..]));
    let checked = service.verifier.check(request).await.expect("answered");
    assert_eq!(checked.outcome, Outcome::Verified);
    let proof = checked.proof.expect("a proof");
    let opened = service.verifier.open(&proof, &Purpose::default());
    assert_eq!(opened.map(|claims| claims.sub), Ok(phone()));
    assert_eq!(service.check(&token, &code).await, Outcome::AlreadyVerified);
}

#[tokio::test]
async fn reusable_codes_are_reusable_until_they_expire_and_no_more_guessable() {
    let policy = Policy::builder().once_only(false).max_checks(2).build().expect("consistent");
    let service = Service::with(|builder| builder.policy(policy));
    let (token, code) = service.start().await;
    for _ in 0..5 {
        assert_eq!(service.check(&token, &code).await, Outcome::Verified);
    }
    assert_eq!(service.check(&token, wrong(&code)).await, Outcome::Wrong { checks_left: 0 });
    assert_eq!(service.check(&token, &code).await, Outcome::TooManyChecks);
}

#[tokio::test]
async fn a_late_first_message_still_works_after_a_resend() {
    let service = Service::new();
    let (token, first) = service.start().await;
    let early = service.resend(&token).await;
    assert!(
        matches!(early, Err(StartError::Refused(Refusal::Throttled { retry_after })) if retry_after.as_secs() == 60)
    );
    service.advance(60);
    let session = service.resend(&token).await.expect("resent");
    assert_eq!(session.expires_in, Duration::from_secs(540), "a resend does not lengthen a code's life");
    assert_eq!(service.work().await, 1);
    assert_eq!(service.code(), first);
    assert_eq!(service.check(&token, &first).await, Outcome::Verified);
}

#[tokio::test]
async fn another_channel_or_a_dying_code_makes_a_new_one_and_counts_on() {
    let service = Service::new();
    let (token, first) = service.start().await;
    assert_eq!(service.check(&token, wrong(&first)).await, Outcome::Wrong { checks_left: 4 });
    service.advance(60);
    let by_voice = ResendRequest::new(phone(), token.clone()).channel(Channel::Voice);
    assert_eq!(service.verifier.resend(by_voice).await.expect("resent").channel, Channel::Voice);
    service.work().await;
    let second = service.code();
    assert_ne!(first, second, "a one in a million chance, and this key and seed are random");
    assert_eq!(
        service.check(&token, &first).await,
        Outcome::Wrong { checks_left: 3 },
        "the old code is dead"
    );
    service.advance(590);
    let session = service.resend(&token).await.expect("resent");
    assert_eq!(session.expires_in, Duration::from_secs(600), "ten seconds are no life for a code");
    service.work().await;
    assert_eq!(service.check(&token, &second).await, Outcome::Wrong { checks_left: 2 });
    assert_eq!(service.check(&token, &service.code()).await, Outcome::Verified);
}

#[tokio::test]
async fn a_code_lives_to_its_end_and_not_a_second_longer() {
    let service = Service::new();
    let (token, code) = service.start().await;
    service.advance(599);
    assert_eq!(service.check(&token, wrong(&code)).await, Outcome::Wrong { checks_left: 4 });
    service.advance(1);
    assert_eq!(service.check(&token, &code).await, Outcome::Expired);
    service.clock.set(Timestamp::from_millis(1_800_000_000_000 - 3_600_000));
    assert_eq!(
        service.check(&token, &code).await,
        Outcome::Expired,
        "a clock set back an hour revives nothing"
    );
}

#[tokio::test]
async fn a_newer_start_replaces_the_older() {
    let service = Service::with(|builder| builder.policy(quick()));
    let (old_token, old_code) = service.start().await;
    let (token, code) = service.start().await;
    assert_eq!(service.check(&old_token, &old_code).await, Outcome::Mismatch);
    assert_eq!(service.check(&token, &code).await, Outcome::Verified);
}

#[tokio::test]
async fn what_nobody_needs_any_more_is_not_sent() {
    let service = Service::with(|builder| builder.policy(quick()));
    let canceled = service.try_start().await.expect("started").token.expect("a token");
    let address = Address::from(canceled);
    service
        .verifier
        .cancel(&Purpose::default(), &phone(), &address)
        .await
        .expect("stored")
        .expect("canceled");
    assert_eq!(service.work().await, 0, "withdrawn");
    service.try_start().await.expect("started");
    service.try_start().await.expect("started");
    assert_eq!(service.work().await, 2);
    assert_eq!(service.sender.messages().len(), 1, "replaced");
    service.try_start().await.expect("started");
    service.advance(541);
    service.work().await;
    assert_eq!(service.sender.messages().len(), 1, "59 seconds are too late");
}

#[tokio::test]
async fn a_busy_provider_is_tried_again_and_a_bad_number_is_not() {
    use otp_core::FailureClass::{Recipient, Transient, Unknown};
    for (failures, sent, state) in [
        (vec![Transient; 3], true, DeliveryState::Sent),
        (vec![Unknown], true, DeliveryState::Sent),
        (vec![Unknown, Unknown], false, DeliveryState::Failed),
        (vec![Recipient], false, DeliveryState::Failed),
    ] {
        let service = Service::new();
        service.sender.fail_next(failures.clone());
        let token = service.try_start().await.expect("started").token.expect("a token");
        for _ in 0..10 {
            service.work().await;
            service.advance(5);
        }
        assert_eq!(service.sender.messages().len(), usize::from(sent), "{failures:?}");
        let address = Address::from(token);
        let status = service.verifier.status(&Purpose::default(), &phone(), &address).await.expect("read");
        assert_eq!(status.and_then(|status| status.delivery), Some(state), "{failures:?}");
    }
}

#[tokio::test]
async fn status_tells_where_it_stands_and_costs_nothing() {
    let service = Service::new();
    let (token, code) = service.start().await;
    let address = Address::from(token.clone());
    let status = async || {
        let status = service.verifier.status(&Purpose::default(), &phone(), &address).await.expect("read");
        status.expect("a challenge")
    };
    let now = status().await;
    assert_eq!(
        (now.state, now.delivery, now.checks_left),
        (StatusState::Pending, Some(DeliveryState::Sent), 5)
    );
    assert_eq!((now.expires_in.as_secs(), now.resend_in.as_secs()), (600, 60));
    for _ in 0..5 {
        service.check(&token, wrong(&code)).await;
    }
    assert_eq!(status().await.state, StatusState::Locked);
    service.advance(600);
    assert_eq!(status().await.state, StatusState::Expired);
    let other = Recipient::parse("+14155550124").expect("a number");
    let seen = service.verifier.status(&Purpose::default(), &other, &address).await.expect("read");
    assert_eq!(seen, None, "a token tells nothing about another recipient");
}

#[tokio::test]
async fn failures_add_up_over_challenges_until_the_host_unlocks() {
    let policy = Policy::builder()
        .cooldown(Duration::ZERO)
        .sends_per_hour(1_000)
        .sends_per_day(1_000)
        .failures_per_day(7)
        .failures_in_a_row(10)
        .build()
        .expect("consistent");
    let service = Service::with(|builder| builder.policy(policy));
    let guess = async |count: usize| {
        let (token, code) = service.start().await;
        let mut last = Outcome::Mismatch;
        for _ in 0..count {
            last = service.check(&token, wrong(&code)).await;
        }
        last
    };
    guess(5).await;
    let Outcome::Locked { retry_after: Some(wait) } = guess(3).await else {
        panic!("seven a day are answered")
    };
    assert!(wait <= Duration::from_secs(90_000));
    assert!(matches!(
        service.try_start().await,
        Err(StartError::Refused(Refusal::Locked { retry_after: Some(_) }))
    ));
    service.advance(wait.as_secs() + 1);
    guess(3).await;
    let refused = service.try_start().await;
    assert!(
        matches!(refused, Err(StartError::Refused(Refusal::Locked { retry_after: None }))),
        "ten in a row"
    );
    service.advance(40 * 86_400);
    assert!(service.try_start().await.is_err(), "time does not unlock");
    assert!(service.verifier.unlock(&Purpose::default(), &phone()).await.expect("stored"));
    let (token, code) = service.start().await;
    assert_eq!(service.check(&token, &code).await, Outcome::Verified);
}

#[tokio::test]
async fn callers_and_number_blocks_have_budgets() {
    budgets(Arc::new(MemoryStore::new())).await;
    budgets(Arc::new(Partitioned::default())).await;
}

async fn budgets(store: Arc<dyn Store>) {
    let policy = Policy::builder()
        .cooldown(Duration::ZERO)
        .starts_per_caller_per_hour(3)
        .starts_per_block_per_hour(4)
        .build()
        .expect("consistent");
    let service = Service::over(store, |builder| builder.policy(policy));
    let start = async |number: u32, caller: &str| {
        let recipient = Recipient::parse(&format!("+1415555{number:04}")).expect("a number");
        let caller: IpAddr = caller.parse().expect("an address");
        service.verifier.start(StartRequest::new(recipient).caller(caller)).await.is_ok()
    };
    for number in 100..103 {
        assert!(start(number, "192.0.2.1").await);
    }
    assert!(!start(103, "192.0.2.1").await, "the caller's budget");
    assert!(start(104, "2001:db8::1").await);
    assert!(!start(105, "2001:db8::2").await, "the block's budget");
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_no_second_message() {
    let service = Service::new();
    let request = |body: &[u8]| StartRequest::new(phone()).idempotency("key-1", body);
    let first = service.verifier.start(request(b"body")).await.expect("started");
    service.work().await;
    service.advance(30);
    let again = service.verifier.start(request(b"body")).await.expect("the same answer");
    let text = |session: &otp_service::Session| session.token.as_ref().map(|token| token.expose());
    assert_eq!(text(&again), text(&first));
    assert_eq!(
        (again.expires_in, again.resend_in, again.delivery),
        (first.expires_in, first.resend_in, first.delivery)
    );
    service.work().await;
    assert_eq!(service.sender.messages().len(), 1);
    let other = service.verifier.start(request(b"another body")).await;
    assert!(matches!(other, Err(StartError::IdempotencyKeyReused)));
    service.advance(86_400);
    let next_day = service.verifier.start(request(b"body")).await.expect("a new challenge");
    assert_ne!(text(&next_day), text(&first));
}

#[tokio::test]
async fn codes_of_one_purpose_namespace_or_context_open_no_other() {
    let service = Service::with(|builder| builder.policy(quick()));
    let login = Purpose::new("login").expect("a name");
    let request = StartRequest::new(phone()).purpose(login.clone()).context(b"pay 10 EUR to Ann");
    let token = service.verifier.start(request).await.expect("started").token.expect("a token");
    service.work().await;
    let code = service.code();
    let check =
        async |request: CheckRequest| service.verifier.check(request).await.expect("answered").outcome;
    let guess = || CheckRequest::new(phone(), token.clone(), &code);
    assert_eq!(check(guess()).await, Outcome::Mismatch, "another purpose");
    let other = Service::on(
        service.store.clone(),
        service.clock.clone(),
        crate::support::keyring(&["k1"]),
        |builder| builder.namespace(otp_core::Namespace::new("other").expect("a name")),
    );
    let elsewhere = guess().purpose(login.clone()).context(b"pay 10 EUR to Ann");
    assert_eq!(other.verifier.check(elsewhere).await.expect("answered").outcome, Outcome::Mismatch);
    let more = guess().purpose(login.clone()).context(b"pay 9999 EUR to Ann");
    assert_eq!(check(more).await, Outcome::Wrong { checks_left: 4 });
    assert_eq!(check(guess().purpose(login.clone())).await, Outcome::Wrong { checks_left: 3 });
    assert_eq!(check(guess().purpose(login).context(b"pay 10 EUR to Ann")).await, Outcome::Verified);
}

#[tokio::test]
async fn test_recipients_get_no_message_and_no_more_guesses() {
    let now = Timestamp::from_millis(1_800_000_000_000);
    let code = Code::prescribed("123456").expect("six digits");
    let reviewer = Recipient::Phone(otp_core::PhoneNumber::prescribed("+15555550100").expect("E.164"));
    let prescribed =
        PrescribedCodes::default().recipient(reviewer.clone(), code, now + Duration::from_secs(900));
    let service = Service::with(|builder| builder.prescribed(prescribed));
    assert_eq!(service.verifier.parse_recipient("+1 555 555 0100").expect("configured"), reviewer);
    let mut last = None;
    for _ in 0..20 {
        let session =
            service.verifier.start(StartRequest::new(reviewer.clone())).await.expect("no send limits");
        assert_eq!(session.delivery, DeliveryStatus::Sent);
        last = session.token;
    }
    assert_eq!(service.work().await, 0);
    let token = last.expect("a token");
    let check = async |code: &str| {
        let request = CheckRequest::new(reviewer.clone(), token.clone(), code);
        service.verifier.check(request).await.expect("answered").outcome
    };
    assert_eq!(check("654321").await, Outcome::Wrong { checks_left: 4 });
    service.advance(899);
    assert_eq!(check("123456").await, Outcome::Expired);
    let session = service.verifier.start(StartRequest::new(reviewer.clone())).await.expect("started");
    service.advance(1);
    let late = CheckRequest::new(reviewer.clone(), session.token.expect("a token"), "123456");
    let late = service.verifier.check(late).await.expect("answered").outcome;
    assert_eq!(late, Outcome::Wrong { checks_left: 4 }, "its last day is over");
}

#[tokio::test]
async fn a_sandbox_behaves_like_the_real_thing_but_sends_nothing() {
    let code = Code::prescribed("424242").expect("six digits");
    let service = Service::with(|builder| {
        builder.prescribed(PrescribedCodes::default().sandbox(SMS, code, Vec::new()))
    });
    let token = service.try_start().await.expect("started").token.expect("a token");
    assert_eq!(service.work().await, 0);
    assert!(service.try_start().await.is_err(), "the cooldown counts");
    assert_eq!(service.check(&token, "424242").await, Outcome::Verified);
}

#[tokio::test]
async fn without_a_session_token_a_start_repeats_the_code() {
    let service = Service::with(|builder| builder.policy(quick()));
    let start = async || {
        service.verifier.start(StartRequest::new(phone()).by_recipient()).await.expect("started");
        service.work().await;
        service.code()
    };
    let code = start().await;
    assert_eq!(start().await, code, "so that a late first message still works");
    let check = |code: &str| service.verifier.check(CheckRequest::new(phone(), Address::Recipient, code));
    assert_eq!(check(wrong(&code)).await.expect("answered").outcome, Outcome::Wrong { checks_left: 4 });
    assert_eq!(check(&code).await.expect("answered").outcome, Outcome::Verified);
}

#[tokio::test]
async fn secret_keys_rotate_without_losing_codes_budgets_or_locks() {
    let before = Service::with(|builder| builder.policy(quick()));
    let (token, code) = before.start().await;
    assert_eq!(before.check(&token, wrong(&code)).await, Outcome::Wrong { checks_left: 4 });

    let during = before.restarted(&["k2", "k1"]);
    assert_eq!(during.check(&token, wrong(&code)).await, Outcome::Wrong { checks_left: 3 }, "counted on");
    assert_eq!(during.check(&token, &code).await, Outcome::Verified);
    during.advance(60);
    let session = during.try_start().await.expect("started");
    assert!(matches!(during.try_start().await, Err(StartError::Refused(Refusal::Throttled { .. }))));
    during.work().await;
    let after = during.restarted(&["k2"]);
    assert_eq!(after.check(&token, &code).await, Outcome::Mismatch, "replaced");
    let token = session.token.expect("a token");
    assert_eq!(after.check(&token, &during.code()).await, Outcome::Verified);

    let gone = before.restarted(&["k3"]);
    assert_eq!(gone.check(&token, &code).await, Outcome::Mismatch, "no key, no ledger: refused, not failed");
}

#[tokio::test]
async fn a_message_queued_before_a_rotation_is_sent_after_it() {
    let before = Service::new();
    let token = before.try_start().await.expect("started").token.expect("a token");
    let after = before.restarted(&["k2", "k1"]);
    let address = Address::from(token.clone());
    after.verifier.status(&Purpose::default(), &phone(), &address).await.expect("read").expect("there");
    assert_eq!(after.work().await, 1);
    assert_eq!(after.check(&token, &after.code()).await, Outcome::Verified);
}

#[tokio::test]
async fn forgetting_a_recipient_leaves_nothing() {
    let service = Service::new();
    let (token, code) = service.start().await;
    assert_eq!(service.verifier.forget(&Purpose::default(), &phone()).await.expect("stored"), 3);
    assert_eq!(service.check(&token, &code).await, Outcome::Mismatch);
    assert!(service.try_start().await.is_ok(), "the cooldown is forgotten as well");
}

#[tokio::test]
async fn a_worker_in_the_background_sends_at_once_and_stops_cleanly() {
    let service = Service::new();
    let stop = otp_service::CancellationToken::new();
    let worker = tokio::spawn(Worker::new(&service.verifier).run(stop.clone()));
    service.try_start().await.expect("started");
    for _ in 0..1_000 {
        if !service.sender.messages().is_empty() {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(service.sender.messages().len(), 1);
    stop.cancel();
    worker.await.expect("the worker ends");
    assert_eq!(service.store.backlog(service.verifier.now()).await.expect("read").waiting, 0);
}

#[tokio::test]
async fn a_text_message_ends_as_the_request_asked_and_a_resend_ends_the_same() {
    let app_hash = AppHash::new("FA+9qCX9VSu").expect("a hash");
    let host = OriginHost::new("example.com").expect("a host");
    let endings = [Ending::OriginBound { host, embedded: None }, Ending::Retriever { app_hash }];
    let catalogue =
        endings.into_iter().fold(Catalogue::builder().app_name("Acme"), |all, one| all.ending(one));
    let catalogue = catalogue.build().expect("texts");
    for (asked, expected) in [
        (None, "\n\n@example.com #CODE"),
        (Some(MessageEnding::Web), "\n\n@example.com #CODE"),
        (Some(MessageEnding::Android), "\nFA+9qCX9VSu"),
        (Some(MessageEnding::None), "CODE to proceed."),
    ] {
        let service = Service::with(|builder| builder.policy(quick()).catalogue(catalogue.clone()));
        let request = StartRequest::new(phone());
        let request = match asked {
            Some(ending) => request.ending(ending),
            None => request,
        };
        let session = service.verifier.start(request).await.expect("started");
        service.work().await;
        service.resend(&session.token.expect("a token")).await.expect("resent");
        service.work().await;
        let messages = service.sender.messages();
        assert_eq!(messages.len(), 2);
        for message in messages {
            let body = message.body.expose().replace(message.code.expose(), "CODE");
            assert!(body.ends_with(expected), "{asked:?}: {body:?}");
        }
    }
}
