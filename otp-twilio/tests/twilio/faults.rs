//! A provider that misbehaves: what a send becomes, and that nothing of it is shown or sent elsewhere.

use std::{error::Error as StdError, time::Duration};

use otp_core::FailureClass;
use otp_provider::testing::{Log, Reply, Server, Step};
use otp_service::{CodeProvider as _, FollowUp, SendError, Sender as _};
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use crate::support::*;

#[tokio::test]
async fn each_fault_has_its_class() {
    use FailureClass::{Provider, Transient, Unknown};
    let target = Server::start().await;
    let location = format!("http://{}/elsewhere", target.address());
    let body = r#"{"sid": "SM00000000000000000000000000000001", "status": "queued"}"#;
    let slow = Duration::from_secs(5);
    let cases = [
        (Step::Reply(Reply::status(503)), Transient, "http_503"),
        (Step::Reply(Reply::status(500)), Unknown, "http_500"),
        (Step::Hang, Unknown, "timeout"),
        (Step::Late(slow, Reply::json(201, body)), Unknown, "timeout"),
        (Step::Drip(slow, Reply::json(201, body)), Unknown, "timeout"),
        (Step::Close, Unknown, "broken"),
        (Step::Reset, Unknown, "broken"),
        (Step::RefuseBody, Unknown, "broken"),
        (Step::Truncated(Reply::json(201, body)), Unknown, "truncated"),
        (Step::Huge(200, 10 * 1024 * 1024), Unknown, "too_large"),
        (Step::Reply(Reply::new(200, "application/json", [0xff, 0xfe, 0x00])), Unknown, "unreadable"),
        (Step::Reply(Reply::json(200, "{}")), Unknown, "unreadable"),
        (Step::Reply(Reply::json(200, "[1]")), Unknown, "unreadable"),
        (Step::Reply(Reply::status(307).header("location", &location)), Provider, "redirect"),
        (Step::Reply(Reply::json(400, "not json")), Provider, "http_400"),
        (Step::Reply(Reply::json(429, r#"{"code": 99999}"#)), Transient, "99999"),
    ];
    let server = Server::start().await;
    let (sender, verify) = (sender(&server).build().unwrap(), verify(&server).build().unwrap());
    for (step, class, code) in &cases {
        server.then(step.clone());
        let error = sender.send(&text()).await.unwrap_err();
        assert_eq!(failure(&error), (*class, *code), "message: {step:?}");
        server.then(step.clone());
        let error = verify.send(&text()).await.unwrap_err();
        assert_eq!(failure(&error), (*class, *code), "verify: {step:?}");
        server.then(step.clone());
        let error = verify.check(VERIFICATION, &to(), CODE).await.unwrap_err();
        assert_eq!(failure(&error), (*class, *code), "check: {step:?}");
    }
    assert_eq!(server.requests().len(), 3 * cases.len(), "nothing is repeated in here");
    assert_eq!(target.connections(), 0, "nothing goes where a redirect points");
}

#[tokio::test]
async fn a_reference_that_is_none_is_not_kept() {
    let long = format!("SM{}", "0".repeat(63));
    for sid in ["", " ", "SM 1", "SM1\n", "SM1\u{7f}", "SM\u{17e}", "../Calls", "SM1?x=1", &long] {
        let server = Server::start().await;
        let (sender, verify) = (sender(&server).build().unwrap(), verify(&server).build().unwrap());
        let body = json!({"sid": sid, "status": "approved", "valid": true});
        server.always(Step::Reply(Reply::json(201, &body.to_string())));
        for error in [
            sender.send(&text()).await.unwrap_err(),
            verify.send(&text()).await.unwrap_err(),
            verify.check(VERIFICATION, &to(), CODE).await.unwrap_err(),
            // Not even where it is the one that was asked about.
            verify.check(sid, &to(), CODE).await.unwrap_err(),
        ] {
            assert_eq!(failure(&error), (FailureClass::Unknown, "unreadable"), "{sid:?}");
        }
        assert_eq!(server.requests().len(), 4, "{sid:?}");
    }
    // The longest one is kept, and what is no text is none.
    let server = Server::start().await;
    let (sender, verify) = (sender(&server).build().unwrap(), verify(&server).build().unwrap());
    for (sid, is_kept) in [(json!(&long[..64]), true), (json!(1), false), (json!(null), false)] {
        server.always(Step::Reply(Reply::json(201, &json!({"sid": sid}).to_string())));
        for sent in [sender.send(&text()).await, verify.send(&text()).await] {
            let found = sent.map(|receipt| receipt.reference).map_err(|error| error.class);
            let expected = is_kept.then(|| long[..64].to_owned()).ok_or(FailureClass::Unknown);
            assert_eq!(found, expected.map(Some), "{sid}");
        }
    }
}

/// What must not be seen: account, token, service, number, code, and `user:password` in base 64.
fn assert_clean(text: &str) {
    for secret in [ACCOUNT, TOKEN, SERVICE, &NUMBER[1..], CODE, "QUMwMDAw"] {
        assert!(!text.contains(secret), "{secret} is shown: {text}");
    }
}

fn assert_clean_error(error: &SendError) {
    assert_clean(&format!("{error} {error:?}"));
    let mut cause = StdError::source(error);
    while let Some(error) = cause {
        assert_clean(&format!("{error} {error:?}"));
        cause = error.source();
    }
}

#[tokio::test]
async fn nothing_of_a_message_is_shown() {
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        // A time could hold any digits.
        .without_time()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || written.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = Server::start().await;
    let builder = sender(&server).lookup(true).feedback(true).redaction(true).voice(FROM);
    assert_clean(&format!("{builder:?}"));
    let sender = builder.build().unwrap();
    let builder = verify(&server);
    assert_clean(&format!("{builder:?}"));
    let verify = builder.build().unwrap();
    assert_clean(&format!("{sender:?} {verify:?} {:?} {:?}", account(), crate::webhook::webhook()));

    // Twilio's own rows quote accounts and numbers in their texts, and one more quotes everything.
    let echo = format!("{ACCOUNT} {TOKEN} {SERVICE} {NUMBER} {CODE}");
    let echo = format!(r#"{{"code": 60200, "message": "Invalid parameter `Body`: {echo}"}}"#);
    let rows = rows().into_iter().filter_map(|row| {
        let response = row.get("response")?;
        let status = response["status"].as_u64()?.try_into().ok()?;
        Some(Step::Reply(Reply::json(status, response["body"].as_str()?)))
    });
    let faults =
        [Step::Hang, Step::Reset, Step::Huge(200, 1024 * 1024), Step::Reply(Reply::json(400, &echo))];
    let mut failures = 0;
    for step in rows.chain(faults) {
        server.always(step);
        let sent = [
            sender.send(&text()).await.map(drop),
            sender.follow_up(MESSAGE, FollowUp::Verified).await,
            sender.follow_up(MESSAGE, FollowUp::Delivered).await,
            sender.probe().await.map(drop),
            verify.send(&text()).await.map(drop),
            verify.check(VERIFICATION, &to(), CODE).await.map(drop),
            verify.cancel(VERIFICATION).await,
        ];
        for error in sent.into_iter().filter_map(Result::err) {
            assert_clean_error(&error);
            failures += 1;
        }
    }
    assert!(failures > 200, "{failures}");
    let logged = log.text();
    assert!(logged.contains("provider answered") && logged.contains("look-up failed"), "{logged}");
    assert_clean(&logged);
}
