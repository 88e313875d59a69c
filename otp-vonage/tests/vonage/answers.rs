//! Every row of `errors.json` that is Vonage's: answers over a real connection, receipts through the webhook.

use std::time::Duration;

use otp_core::{Channel, FailureClass, Timestamp, Verdict};
use otp_provider::{
    Secret,
    testing::{Recorded, Reply, Server, Step},
};
use otp_service::{Receipt, ReportState, SendError, Sender as _, WebhookReader as _};
use otp_vonage::{SmsApi, VonageWebhook, WhatsAppContent, signature::SigningMethod};
use serde_json::{Value, json};

use crate::support::{
    CODE, NOW, Posted, SIGNATURE_SECRET, TEXT, Vonage, account, assert_clean, claims, form, golden_json,
    message, number, only, shown, string, token,
};

fn rows(phase: &str) -> Vec<Value> {
    let mut document = golden_json("errors");
    let rows = document["rows"].as_array_mut().unwrap();
    let rows: Vec<_> = std::mem::take(rows).into_iter().filter(|row| row["provider"] == "vonage").collect();
    assert_eq!(rows.len(), 104, "rows of Vonage's");
    rows.into_iter().filter(|row| row["phase"] == phase).collect()
}

fn class(row: &Value) -> FailureClass {
    use FailureClass::*;
    let name = string(&row["class"]);
    [Transient, Unknown, Provider, Route, Recipient, Blocked, Request]
        .into_iter()
        .find(|class| class.as_str() == name)
        .unwrap_or_else(|| panic!("{name}"))
}

fn reply(row: &Value) -> Reply {
    let response = &row["response"];
    let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
    let body = match &response["body"] {
        Value::String(body) => body.clone(),
        other => other.to_string(),
    };
    let headers = response["headers"].as_object().unwrap();
    headers.iter().fold(Reply::new(status, "", body), |reply, (name, value)| match name.as_str() {
        "content-type" => reply,
        _ => reply.header(name, string(value)),
    })
}

/// Where the problem document has a number of its own, that is the code; else `http_` and the status.
fn is_code(row: &Value, code: Option<&str>) -> bool {
    let body: Value = serde_json::from_str(string(&row["response"]["body"])).unwrap();
    let number = body["type"].as_str().and_then(|url| url.rsplit_once('#')).map(|(_, number)| number);
    let expected = row["code"].as_str();
    let status = expected.map(|code| format!("http_{code}"));
    code == expected || code == status.as_deref() || (expected == Some("422") && code == number)
}

fn check(row: &Value, sent: Result<Receipt, SendError>) {
    let id = string(&row["id"]);
    match sent {
        Ok(receipt) => {
            assert!(["ok", "pending"].contains(&string(&row["class"])), "{id}");
            let reference = receipt.reference.unwrap_or_else(|| panic!("{id}: no reference"));
            assert!(string(&row["response"]["body"]).contains(&reference), "{id}: {reference}");
        }
        Err(error) => {
            assert_eq!(error.class, class(row), "{id}");
            assert!(is_code(row, error.code.as_deref()), "{id}: {:?}", error.code);
            let pause = row["retry_after_s"].as_f64().map(Duration::from_secs_f64);
            assert_eq!(error.retry_after, pause, "{id}");
            assert_clean(&shown(&error), id);
            for text in ["detail", "error-text", "Invalid", "Throttled", "balance"] {
                assert!(!shown(&error).contains(text), "{id} repeats the provider");
            }
        }
    }
}

#[tokio::test]
async fn submissions() {
    let vonage = Vonage::start().await;
    let sms = vonage.sender(vonage.config());
    let messages = vonage.sender(vonage.config().sms_api(SmsApi::Messages));
    let verify = vonage.verify(vonage.config());
    let message = message(Channel::Sms, TEXT);
    let rows = rows("submit");
    assert_eq!(rows.len(), 50);
    for row in &rows {
        let step = Step::Reply(reply(row));
        match string(&row["api"]) {
            "sms" => {
                vonage.sms.then(step);
                check(row, sms.send(&message).await);
            }
            "messages" => {
                vonage.api.then(step);
                check(row, messages.send(&message).await);
            }
            "verify2" => {
                if row["class"] == "pending" {
                    // A resend: the first message began the verification that is in progress.
                    let body: Value = serde_json::from_str(string(&row["response"]["body"])).unwrap();
                    vonage.api_answers(202, &json!({"request_id": body["request_id"]}));
                    verify.send(&message).await.unwrap();
                }
                vonage.api.then(step);
                // For the next step, after a conflict.
                vonage.api.always(Step::Reply(Reply::json(200, "{}")));
                check(row, verify.send(&message).await);
            }
            "verify2-check" => {
                vonage.api.then(step);
                let found = verify.codes().unwrap().check("c11236f4", &number(), CODE).await;
                let id = string(&row["id"]);
                match string(&row["class"]) {
                    "ok" => assert_eq!(found.unwrap(), Verdict::Right, "{id}"),
                    "wrong_code" => assert_eq!(found.unwrap(), Verdict::Wrong, "{id}"),
                    "pending" => assert_eq!(found.unwrap(), Verdict::Over, "{id}"),
                    _ => assert_eq!(found.unwrap_err().class, class(row), "{id}"),
                }
            }
            other => panic!("{other}"),
        }
    }
}

/// A receipt as the API posts it: the SMS API in four ways, the others as JSON with a token.
fn requests(row: &Value) -> Vec<Posted> {
    let body = row["callback"].to_string();
    let authorization = |payload: &str| {
        format!("Bearer {}", token(&claims(NOW / 1_000, payload.as_bytes()), SIGNATURE_SECRET))
    };
    let mut requests = vec![Posted::post(body.as_str()).authorized(&authorization(&body))];
    if row["api"] == "sms" {
        let timestamp = (NOW / 1_000).to_string();
        let fields = row["callback"].as_object().unwrap();
        let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), string(value))).collect();
        let plain = form(fields.iter().copied());
        requests.push(Posted::post(plain.as_str()).authorized(&authorization(&plain)));
        fields.push(("timestamp", &timestamp));
        let secret = Secret::from(SIGNATURE_SECRET);
        let sig = SigningMethod::Sha256.sign(&secret, fields.iter().copied());
        fields.push(("sig", &sig));
        requests.push(Posted::get(&form(fields.iter().copied())));
        requests.push(Posted::post(form(fields.iter().copied())));
    }
    requests
}

#[test]
fn receipts() {
    let webhook = VonageWebhook::new(&account().signature_secret(SIGNATURE_SECRET).unwrap()).unwrap();
    let rows = rows("delivery");
    assert_eq!(rows.len(), 54);
    for row in &rows {
        let id = string(&row["id"]);
        for request in requests(row) {
            let reports = webhook.read(&request.request(), Timestamp::from_millis(NOW)).unwrap();
            let report = only(&reports.reports);
            let callback = &row["callback"];
            assert!([&callback["messageId"], &callback["message_uuid"]].contains(&&json!(report.reference)));
            assert_eq!(report.sender, "vonage", "{id}");
            match (string(&row["class"]), string(&row["why"])) {
                ("ok", "not final") => assert_eq!(report.state, ReportState::Progress, "{id}"),
                ("ok", _) => assert_eq!(report.state, ReportState::Delivered, "{id}"),
                _ => {
                    assert_eq!(report.state, ReportState::Failed(class(row)), "{id}");
                    assert_eq!(report.code.as_deref(), row["code"].as_str(), "{id}");
                }
            }
            // The number's plan has no text messages.
            let other = (row["code"] == "1280").then_some(Channel::Voice);
            assert_eq!(report.other_channel, other, "{id}");
        }
    }
}

#[tokio::test]
async fn a_look_at_the_number_before_the_message() {
    use FailureClass::*;

    let bad_number = json!({"status": 3, "status_message": "Invalid request :: Not valid number"});
    for (status, insight, refused) in [
        (200, json!({"status": 0, "country_code": "GB"}), None),
        (200, bad_number.clone(), Some(Recipient)),
        (200, json!({"status": "3"}), Some(Recipient)),
        (200, json!({"status": 1}), None),
        (200, json!({"status": 4}), None),
        (200, json!({"status": 5}), None),
        (200, json!({}), None),
        (503, json!({}), None),
        (401, bad_number, None),
    ] {
        let vonage = Vonage::start().await;
        vonage.api_answers(status, &insight);
        vonage.sms.always(Step::Reply(accepted()));
        let sent = vonage.sender(vonage.config().insight(true)).send(&message(Channel::Sms, TEXT)).await;
        assert_eq!(sent.as_ref().err().map(|error| error.class), refused, "{status} {insight}");
        assert_eq!(vonage.sms.requests().len(), usize::from(refused.is_none()), "{status} {insight}");
        if let Err(error) = sent {
            assert_eq!(error.code.as_deref(), Some("insight_3"));
            assert_clean(&shown(&error), "insight");
        }
    }
}

#[tokio::test]
async fn the_worst_part_decides() {
    use FailureClass::*;

    for (statuses, expected) in [
        (&["1", "0", "9"] as &[&str], Provider),
        (&["9", "7"], Blocked),
        (&["1", "33"], Recipient),
        (&["0", "22"], Route),
        (&["2", "15"], Request),
        (&["0", "a new word"], Provider),
        (&["0", "447700900000"], Provider),
    ] {
        let vonage = Vonage::start().await;
        let parts: Vec<_> = statuses.iter().map(|status| json!({"status": status})).collect();
        vonage.sms.always(Step::Reply(Reply::json(200, &json!({"messages": parts}).to_string())));
        let error = vonage.sender(vonage.config()).send(&message(Channel::Sms, TEXT)).await.unwrap_err();
        assert_eq!(error.class, expected, "{statuses:?}");
        assert_clean(&shown(&error), "an unknown status");
    }
}

#[tokio::test]
async fn answers_that_say_nothing() {
    let vonage = Vonage::start().await;
    let message = message(Channel::Sms, TEXT);
    for body in ["", "null", "{}", "<html>", r#"{"messages": [{}]}"#, r#"{"messages": 1}"#] {
        vonage.sms.then(Step::Reply(Reply::json(200, body)));
        let error = vonage.sender(vonage.config()).send(&message).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_deref()),
            (FailureClass::Unknown, Some("unreadable")),
            "{body}"
        );
        vonage.api.then(Step::Reply(Reply::json(202, body)));
        let error =
            vonage.sender(vonage.config().sms_api(SmsApi::Messages)).send(&message).await.unwrap_err();
        assert_eq!(
            (error.class, error.code.as_deref()),
            (FailureClass::Unknown, Some("unreadable")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn probes_send_nothing() {
    let balance = r#"{"value": 10.28, "autoReload": false}"#;
    for (account_status, calls_status, account_is_good, application_is_good) in [
        (200, 200, true, true),
        (401, 200, false, true),
        (200, 401, true, false),
        (200, 403, true, false),
        (404, 404, false, false),
    ] {
        let vonage = Vonage::start().await;
        vonage.sms.always(Step::Reply(Reply::json(account_status, balance)));
        vonage.api.always(Step::Reply(Reply::json(calls_status, "{}")));
        let probe = vonage.sender(vonage.config()).probe().await;
        assert_eq!(probe.account.is_ok(), account_is_good);
        assert_eq!(probe.application.as_ref().unwrap().is_ok(), application_is_good);
        let failures = [probe.account.as_ref().err(), probe.application.as_ref().unwrap().as_ref().err()];
        for (failure, status) in failures.into_iter().zip([account_status, calls_status]) {
            // What stands in for Vonage may have no such call; that says nothing of the credentials.
            let code = if status == 404 { "not_told".to_owned() } else { format!("http_{status}") };
            assert!(failure.is_none_or(|failure| failure.code.as_deref() == Some(&code)), "{failure:?}");
        }
        if let Ok(account) = &probe.account {
            assert_eq!((account.balance, account.auto_reload), (Some(10.28), Some(false)));
        }
        assert_clean(&format!("{probe:?}"), "a probe");
        for (server, path) in [(&vonage.sms, "/account/get-balance"), (&vonage.api, "/v1/calls")] {
            let requests: Vec<_> = server.requests();
            assert_eq!((requests[0].method.as_str(), requests[0].path()), ("GET", path));
            assert!(requests.len() == 1 && requests[0].body.is_empty());
        }
    }
    let server = Server::start().await;
    let vonage = Vonage::start().await;
    let config = account().from("Acme").unwrap().sms_base_url(server.base());
    let probe = vonage.sender(config).probe().await;
    assert!(probe.application.is_none() && server.requests()[0].header("authorization").is_some());
}

pub(crate) fn accepted() -> Reply {
    Reply::json(200, r#"{"messages": [{"status": "0", "message-id": "0A0000000123ABCD1"}]}"#)
}

const PARTS: [&str; 3] = ["0A00000000000001", "0A00000000000002", "0A00000000000003"];

/// As Vonage answers a text in parts: with the request's `client-ref` in each.
fn in_parts(request: &Recorded) -> Reply {
    let client_ref = request.field("client-ref");
    let parts = PARTS.map(|id| json!({"status": "0", "message-id": id, "client-ref": client_ref}));
    Reply::json(200, &json!({"messages": parts}).to_string())
}

/// Each part of a long text has an id and a receipt of its own; all of them are about the one delivery.
#[tokio::test]
async fn receipts_of_every_part_match() {
    let vonage = Vonage::start().await;
    let config = vonage.config().signature_secret(SIGNATURE_SECRET).unwrap();
    let webhook = VonageWebhook::new(&config).unwrap();
    let sender = vonage.sender(config.clone());
    let long = message(Channel::Sms, &"Your code is 123456. ".repeat(20));
    let mut references = Vec::new();
    for _ in 0..2 {
        vonage.sms.then(Step::Answer(in_parts));
        let reference = sender.send(&long).await.unwrap().reference.unwrap();
        let client_ref = vonage.sms.take_requests()[0].field("client-ref").unwrap();
        assert!(client_ref.starts_with("chal-1") && client_ref.len() <= 100, "{client_ref}");
        for id in PARTS {
            let body = json!({"messageId": id, "status": "delivered", "client-ref": client_ref}).to_string();
            let authorization = token(&claims(NOW / 1_000, body.as_bytes()), SIGNATURE_SECRET);
            let posted = Posted::post(body).authorized(&format!("Bearer {authorization}"));
            let reports = webhook.read(&posted.request(), Timestamp::from_millis(NOW)).unwrap().reports;
            assert_eq!(only(&reports).reference, reference, "{id}");
        }
        references.push(reference);
    }
    assert_ne!(references[0], references[1], "a receipt of the first send says nothing of the second");

    // A text of one part, an option that is off, and an answer that does not repeat what it was given: the first id.
    let short = message(Channel::Sms, TEXT);
    let off = vonage.sender(config.client_ref(false));
    let bare = json!({"messages": PARTS.map(|id| json!({"status": "0", "message-id": id}))}).to_string();
    for (sender, message, answer, client_ref) in [
        (&sender, &short, Step::Answer(in_parts), Some("chal-1".to_owned())),
        (&off, &long, Step::Answer(in_parts), None),
        (&off, &long, Step::Reply(Reply::json(200, &bare)), None),
    ] {
        vonage.sms.then(answer);
        let reference = sender.send(message).await.unwrap().reference;
        assert_eq!(reference.as_deref(), Some(PARTS[0]));
        assert_eq!(vonage.sms.take_requests()[0].field("client-ref"), client_ref);
    }
    vonage.sms.then(Step::Reply(Reply::json(200, &bare)));
    assert_eq!(sender.send(&long).await.unwrap().reference.as_deref(), Some(PARTS[0]));
}

/// Numbers that a message by this channel does not reach.
#[tokio::test]
async fn another_channel_is_offered() {
    let vonage = Vonage::start().await;
    let text = WhatsAppContent::Text;
    let sender =
        vonage.sender(vonage.config().sms_api(SmsApi::Messages).whatsapp("447700900001", text).unwrap());
    for (channel, code, expected) in [
        (Channel::Sms, 1280, Some(Channel::Voice)),
        (Channel::Sms, 1310, Some(Channel::Voice)),
        (Channel::Sms, 1300, None),
        (Channel::Whatsapp, 1300, Some(Channel::Sms)),
        (Channel::Whatsapp, 1310, Some(Channel::Sms)),
        (Channel::Whatsapp, 1280, None),
        (Channel::Sms, 1120, None),
    ] {
        vonage
            .api_answers(422, &json!({"type": format!("https://example.com/errors#{code}"), "title": "no"}));
        let error = sender.send(&message(channel, TEXT)).await.unwrap_err();
        assert_eq!((error.other_channel, error.code.as_deref()), (expected, Some(&*code.to_string())));
        let class = if expected.is_some() { FailureClass::Recipient } else { FailureClass::Provider };
        assert_eq!(error.class, class, "{channel} {code}");
    }
}
