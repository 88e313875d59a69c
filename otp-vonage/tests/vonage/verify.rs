//! Stories of Verify v2.

use std::time::Duration;

use otp_core::{Channel, FailureClass, Recipient, Verdict, message::RenderedText};
use otp_provider::testing::{Reply, Step};
use otp_service::{FollowUp, Sender as _};
use otp_vonage::{ConfigError, VonageVerify, WhatsAppContent};
use serde_json::{Value, json};

use crate::support::{CODE, Vonage, account, assert_clean, message, number, shown};

const ID: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";
const RUNNING: &str = "575a2054-aaaf-4405-994e-290be7b9a91f";

fn conflict() -> Value {
    json!({"title": "Conflict", "type": "https://example.com#conflict", "request_id": RUNNING})
}

/// Method, path and body of each request so far.
fn calls(vonage: &Vonage) -> Vec<(String, String, Value)> {
    let requests = vonage.api.take_requests().into_iter();
    requests
        .map(|request| {
            let body = serde_json::from_slice(&request.body).unwrap_or_default();
            (request.method.clone(), request.path().to_owned(), body)
        })
        .collect()
}

fn paths(vonage: &Vonage) -> Vec<String> {
    calls(vonage).into_iter().map(|(method, path, _)| format!("{method} {path}")).collect()
}

#[tokio::test]
async fn the_provider_makes_the_code() {
    let vonage = Vonage::start().await;
    let config = vonage.config().fallback([Channel::Voice, Channel::Whatsapp]).unwrap();
    let config = config.whatsapp("447700900001", WhatsAppContent::Text).unwrap();
    let verify = vonage.verify(config);
    vonage.api_answers(202, &json!({"request_id": ID}));
    let mut message = message(Channel::Sms, "unused");
    message.language = "pt-BR".parse().unwrap();
    message.app_name = "An application with a long name".to_owned();
    message.id = "0123456789abcdef0123456789abcdef.1".to_owned();
    let receipt = verify.send(&message).await.unwrap();
    assert_eq!(receipt.reference.as_deref(), Some(ID));
    let (_, path, body) = calls(&vonage).remove(0);
    assert_eq!(path, "/v2/verify");
    let expected = json!({
        "brand": "An application w",
        "locale": "pt-br",
        "client_ref": "0123456789abcdef",
        "code_length": 6,
        // Five minutes over three steps.
        "channel_timeout": 100,
        "workflow": [
            {"channel": "sms", "to": "447700900000"},
            {"channel": "voice", "to": "447700900000"},
            {"channel": "whatsapp", "to": "447700900000", "from": "447700900001"},
        ],
    });
    assert_eq!(body, expected);
    assert!(verify.codes().is_some() && !verify.wants(FollowUp::Verified));
}

#[tokio::test]
async fn channels() {
    let vonage = Vonage::start().await;
    let verify = vonage.verify(vonage.config().brand("Acme").unwrap());
    let carried: Vec<_> = Channel::ALL.into_iter().filter(|channel| verify.carries(*channel)).collect();
    assert_eq!(carried, [Channel::Sms, Channel::Voice, Channel::Email]);

    vonage.api_answers(202, &json!({"request_id": ID}));
    let mut mail = message(Channel::Email, "unused");
    mail.to = Recipient::parse("name@example.com").unwrap();
    verify.send(&mail).await.unwrap();
    assert_eq!(calls(&vonage)[0].2["workflow"], json!([{"channel": "email", "to": "name@example.com"}]));

    for (channel, to) in [(Channel::Whatsapp, number()), (Channel::Sms, mail.to.clone())] {
        let mut message = message(channel, "unused");
        message.to = to;
        let error = verify.send(&message).await.unwrap_err();
        assert_eq!((error.class, error.code.as_deref()), (FailureClass::Request, Some("channel")));
    }
    assert!(calls(&vonage).is_empty());
}

#[tokio::test]
async fn steps_last_as_long_as_the_code() {
    let vonage = Vonage::start().await;
    let verify = vonage.verify(vonage.config());
    for (seconds, timeout) in [(1, 60), (60, 60), (61, 61), (900, 900), (86_400, 900)] {
        vonage.api_answers(202, &json!({"request_id": ID}));
        let mut message = message(Channel::Sms, "unused");
        message.expires_in = Duration::from_secs(seconds);
        verify.send(&message).await.unwrap();
        assert_eq!(calls(&vonage)[0].2["channel_timeout"], timeout, "{seconds}");
    }
}

/// Sends a message, and again while its verification is in progress. What became of the second, and what was called for
/// it.
async fn resend(own_code: bool, script: &[u16]) -> (Result<Option<String>, FailureClass>, Vec<String>) {
    let vonage = Vonage::start().await;
    let verify = vonage.verify(vonage.config().own_code(own_code));
    vonage.api_answers(202, &json!({"request_id": RUNNING}));
    verify.send(&message(Channel::Sms, "unused")).await.unwrap();
    assert_eq!(vonage.api.take_requests().len(), 1);
    vonage.api_answers(409, &conflict());
    for status in script {
        vonage.api_answers(*status, &json!({"request_id": ID}));
    }
    let sent = verify.send(&message(Channel::Sms, "unused")).await;
    (sent.map(|receipt| receipt.reference).map_err(|error| error.class), paths(&vonage))
}

#[tokio::test]
async fn a_resend_takes_the_next_step() {
    let start = "POST /v2/verify".to_owned();
    let next = format!("POST /v2/verify/{RUNNING}/next_workflow");
    let cancel = format!("DELETE /v2/verify/{RUNNING}");
    for own_code in [false, true] {
        for (script, expected, called) in [
            (&[200_u16] as &[u16], Ok(RUNNING), vec![&start, &next]),
            // Nobody knows whether it did; the message before is good still.
            (&[500], Ok(RUNNING), vec![&start, &next]),
            (&[429], Ok(RUNNING), vec![&start, &next]),
            // No next step: from the beginning, so that the resend sends something.
            (&[404, 204, 202], Ok(ID), vec![&start, &next, &cancel, &start]),
            (&[409, 204, 202], Ok(ID), vec![&start, &next, &cancel, &start]),
            // That may not be canceled yet.
            (&[409, 409], Ok(RUNNING), vec![&start, &next, &cancel]),
            // It was canceled: its code is worth nothing any more.
            (&[404, 204, 503], Err(FailureClass::Transient), vec![&start, &next, &cancel, &start]),
            (&[404, 204, 409], Err(FailureClass::Transient), vec![&start, &next, &cancel, &start]),
        ] {
            let (found, paths) = resend(own_code, script).await;
            assert_eq!(found, expected.map(|id| Some(id.to_owned())), "{script:?}");
            assert_eq!(paths.iter().collect::<Vec<_>>(), called, "{script:?}");
        }
    }
}

#[tokio::test]
async fn a_conflict_that_names_nothing() {
    for body in [json!({}), json!({"request_id": 1}), json!({"request_id": "../../account"}), json!(null)] {
        let vonage = Vonage::start().await;
        vonage.api_answers(409, &body);
        let error = vonage.verify(vonage.config()).send(&message(Channel::Sms, "unused")).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_deref()),
            (FailureClass::Transient, Some("http_409")),
            "{body}"
        );
        assert_eq!(error.retry_after, Some(Duration::from_secs(30)));
        assert_eq!(paths(&vonage).len(), 1);
    }
}

/// A code of one purpose must not open another: the verification in progress was begun for another message.
#[tokio::test]
async fn another_message_replaces_a_verification() {
    for (own_code, cancel, again, expected) in [
        (false, 204, 202, Ok(ID)),
        (true, 204, 202, Ok(ID)),
        (false, 404, 202, Ok(ID)),
        (false, 409, 202, Err(FailureClass::Transient)),
        (false, 500, 202, Err(FailureClass::Transient)),
        (false, 204, 409, Err(FailureClass::Transient)),
        (false, 204, 401, Err(FailureClass::Provider)),
    ] {
        let vonage = Vonage::start().await;
        let verify = vonage.verify(vonage.config().own_code(own_code));
        let mut before = message(Channel::Sms, "unused");
        before.id = "chal-0".to_owned();
        vonage.api_answers(202, &json!({"request_id": RUNNING}));
        verify.send(&before).await.unwrap();
        assert_eq!(vonage.api.take_requests().len(), 1);

        vonage.api_answers(409, &conflict());
        vonage.api.then(Step::Reply(Reply::status(cancel)));
        vonage.api_answers(again, &json!({"request_id": ID}));
        let sent = verify.send(&message(Channel::Sms, "unused")).await;
        let found = sent.as_ref().map(|receipt| receipt.reference.as_deref().unwrap());
        assert_eq!(found.map_err(|error| error.class), expected, "{cancel} {again}");
        let calls = calls(&vonage);
        assert_eq!((calls[1].0.as_str(), &calls[1].1), ("DELETE", &format!("/v2/verify/{RUNNING}")));
        if let Some((_, _, body)) = calls.get(2) {
            assert_eq!(*body, calls[0].2);
            assert_eq!(body.get("code"), own_code.then_some(&json!(CODE)));
        }
    }
}

#[tokio::test]
async fn our_code_is_checked_here() {
    let vonage = Vonage::start().await;
    let verify = vonage.verify(vonage.config().own_code(true));
    assert!(verify.codes().is_none());
    assert!(verify.wants(FollowUp::Verified) && !verify.wants(FollowUp::Delivered));

    // No further message after the code was typed.
    vonage.api.then(Step::Reply(Reply::status(204)));
    verify.follow_up(ID, FollowUp::Verified).await.unwrap();
    verify.follow_up(ID, FollowUp::Delivered).await.unwrap();
    assert_eq!(paths(&vonage), [format!("DELETE /v2/verify/{ID}")]);
}

#[tokio::test]
async fn verdicts() {
    use Verdict::{Over, Right, Wrong};

    let vonage = Vonage::start().await;
    let verify = vonage.verify(vonage.config());
    let codes = verify.codes().unwrap();
    for (status, body, expected) in [
        (200, r#"{"request_id":"x","status":"completed"}"#, Ok(Right)),
        // A 200 that does not say so opens nothing.
        (200, r#"{"request_id":"x","status":"pending"}"#, Err(FailureClass::Unknown)),
        (200, "", Err(FailureClass::Unknown)),
        (204, "", Err(FailureClass::Unknown)),
        (400, "{}", Ok(Wrong)),
        (404, "{}", Ok(Over)),
        (410, "{}", Ok(Over)),
        (401, r#"{"status":"completed"}"#, Err(FailureClass::Provider)),
        (409, "{}", Err(FailureClass::Provider)),
        (429, "{}", Err(FailureClass::Transient)),
        (500, "{}", Err(FailureClass::Unknown)),
        (503, "{}", Err(FailureClass::Transient)),
    ] {
        vonage.api.then(Step::Reply(Reply::json(status, body)));
        let found = codes.check(ID, &number(), CODE).await;
        if let Err(error) = &found {
            assert_clean(&shown(error), "a check");
        }
        assert_eq!(found.map_err(|error| error.class), expected, "{status} {body}");
        let (_, path, body) = calls(&vonage).remove(0);
        assert_eq!((path, body), (format!("/v2/verify/{ID}"), json!({"code": CODE})));
    }
    // What cannot be right is not asked.
    for (reference, code, verdict) in [
        (ID, "", Wrong),
        (ID, "123", Wrong),
        (ID, "12345678901", Wrong),
        (ID, "12 456", Wrong),
        ("", CODE, Over),
        ("../../v1/calls", CODE, Over),
    ] {
        assert_eq!(codes.check(reference, &number(), code).await.unwrap(), verdict, "{reference} {code}");
    }
    assert!(calls(&vonage).is_empty());
}

#[tokio::test]
async fn cancellations() {
    let vonage = Vonage::start().await;
    let verify = vonage.verify(vonage.config());
    let codes = verify.codes().unwrap();
    for (status, expected) in [
        (204, Ok(())),
        (404, Ok(())),
        (409, Err(FailureClass::Transient)),
        (401, Err(FailureClass::Provider)),
        (500, Err(FailureClass::Unknown)),
    ] {
        vonage.api.then(Step::Reply(Reply::status(status)));
        assert_eq!(codes.cancel(ID).await.map_err(|error| error.class), expected, "{status}");
    }
    assert_eq!(calls(&vonage).len(), 5);
    codes.cancel("not/an/id").await.unwrap();
    assert!(!verify.next("not/an/id").await.unwrap());
    assert!(calls(&vonage).is_empty());
}

#[tokio::test]
async fn a_code_of_no_length_is_left_to_the_provider() {
    let vonage = Vonage::start().await;
    let verify = vonage.verify(vonage.config().locale(false).client_ref(false));
    vonage.api_answers(202, &json!({"request_id": ID}));
    let mut message = message(Channel::Voice, "unused");
    message.code = RenderedText::new(String::new());
    verify.send(&message).await.unwrap();
    let expected = json!({
        "brand": "Acme",
        "channel_timeout": 300,
        "workflow": [{"channel": "voice", "to": "447700900000"}],
    });
    assert_eq!(calls(&vonage)[0].2, expected);
}

#[tokio::test]
async fn configuration() {
    let vonage = Vonage::start().await;
    let refused = VonageVerify::new(account(), vonage.client.clone(), vonage.clock.clone());
    assert_eq!(refused.unwrap_err(), ConfigError::ApplicationMissing);
    let verify = vonage.verify(vonage.config());
    assert_eq!(verify.name(), "vonage-verify");
    assert_clean(&format!("{verify:?}"), "a sender");
}
