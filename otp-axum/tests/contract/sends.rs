//! Every refusal of a message: exact statuses, members and headers.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use otp_core::{Channel, Destinations, FailureClass};
use otp_http::ErrorCode;
use otp_service::{DeliveryMode, DiscardSender, Routes};
use serde_json::json;

use crate::support::{Call, DownStore, EMAIL, Host, PHONE, UNKNOWN, none};

const WAIT: &str = "Please wait before requesting another code.";

#[tokio::test]
async fn recipients_that_are_none() {
    let host = Host::new();
    for (app, field, code, texts, hint) in [
        (
            "phone",
            "phone_number",
            "invalid_phone_number",
            ["2125550187", "+1 212 555 0187 ext 4", "+19", "alice@example.com", "+1\n212"],
            "+14155550123",
        ),
        (
            "email",
            "email",
            "invalid_email",
            [
                "alice.example.com",
                "+14155550123",
                "a@b",
                "jos\u{e9}@example.com",
                "a@example.com\r\nBcc: b@example.com",
            ],
            "name@example.com",
        ),
    ] {
        for text in texts {
            for call in ["register", "verify", "resend", "status", "cancel"] {
                let mut body = json!({ field: text });
                if call != "register" {
                    body["session_token"] = UNKNOWN.into();
                }
                if call == "verify" {
                    body["security_code"] = "123456".into();
                }
                let answer = host.post(&format!("/api/{app}/{call}"), body).await;
                let detail = answer.body["detail"].as_str().unwrap().to_owned();
                assert!(detail.contains(hint) && !detail.contains(text), "{text}: {detail}");
                answer.assert_problem(400, code, &detail, json!({ field: [detail] }));
            }
        }
    }
}

#[tokio::test]
async fn regions_and_channels() {
    let destinations = Destinations::new(["US"], ["+1900"]).unwrap();
    let host = Host::with(
        |verifier| {
            let routes = Routes::default().with(Channel::Sms, Arc::new(DiscardSender));
            verifier.destinations(destinations).routes(routes)
        },
        |app| app,
    );
    let detail = ErrorCode::RegionNotAllowed.detail();
    let answer = host.post("/api/phone/register", json!({ "phone_number": "+442079460018" })).await;
    answer.assert_problem(400, "region_not_allowed", detail, none(detail));

    let detail = ErrorCode::ChannelNotSupported.detail();
    let members = json!({ "channel": [detail] });
    for channel in ["voice", "whatsapp", "email", "pigeon", "SMS"] {
        let body = json!({ "phone_number": PHONE, "channel": channel });
        let answer = host.post("/api/phone/register", body).await;
        answer.assert_problem(400, "channel_not_supported", detail, members.clone());
    }
    let answer = host.post("/api/email/register", json!({ "email": EMAIL })).await;
    answer.assert_problem(400, "channel_not_supported", detail, members.clone());
    let token = host.post("/api/phone/register", json!({ "phone_number": PHONE, "channel": "sms" })).await;
    let body =
        json!({ "phone_number": PHONE, "session_token": token.body["session_token"], "channel": "voice" });
    host.post("/api/phone/resend", body).await.assert_problem(400, "channel_not_supported", detail, members);
}

#[tokio::test]
async fn throttled_by_recipient() {
    let host = Host::new();
    let (token, _) = host.registered().await;
    host.clock.advance(Duration::from_millis(500));
    let start = host.post("/api/phone/register", json!({ "phone_number": PHONE })).await;
    for answer in [start, host.about("resend", &token).await] {
        let members = json!({ "non_field_errors": [WAIT], "retry_after": 60 });
        answer.assert_problem(429, "throttled", WAIT, members);
    }
    host.clock.advance(Duration::from_millis(59_499));
    assert_eq!(host.about("resend", &token).await.header("retry-after"), Some("1"), "1 ms, rounded up");
    host.clock.advance(Duration::from_millis(1));
    assert_eq!(host.about("resend", &token).await.status, 200);
}

#[tokio::test]
async fn inline_delivery() {
    let host = Host::with(|verifier| verifier.delivery(DeliveryMode::Inline), |app| app);
    host.sender.fail_next([FailureClass::Recipient]);
    let body = json!({ "phone_number": PHONE });
    let detail = "The message could not be sent (recipient).";
    host.post("/api/phone/register", body.clone()).await.assert_problem(
        502,
        "delivery_failed",
        detail,
        json!({ "non_field_errors": [detail], "class": "recipient" }),
    );
    host.pass(60);
    assert_eq!(host.post("/api/phone/register", body.clone()).await.body["delivery"], "sent");
    host.pass(60);
    host.sender.fail_next([FailureClass::Transient]);
    assert_eq!(host.post("/api/phone/register", body).await.body["delivery"], "queued", "it is tried again");
}

#[tokio::test]
async fn a_store_that_is_down_decides_nothing() {
    let host = Host::on(Arc::new(DownStore), |verifier| verifier, |app| app);
    let strict = Host::on(Arc::new(DownStore), |verifier| verifier, |app| app.strict_errors(true));
    let detail = ErrorCode::Unavailable.detail();
    let members = json!({ "non_field_errors": [detail], "retry_after": 1 });
    for answer in [
        host.post("/api/phone/register", json!({ "phone_number": PHONE })).await,
        host.verify(UNKNOWN, "123456").await,
        strict.verify(UNKNOWN, "123456").await,
        host.about("resend", UNKNOWN).await,
        host.about("status", UNKNOWN).await,
        host.about("cancel", UNKNOWN).await,
        host.call(Call::bare(Method::GET, "/readyz")).await,
    ] {
        answer.assert_problem(503, "unavailable", detail, members.clone());
    }
    assert_eq!(host.call(Call::bare(Method::GET, "/healthz")).await.status, 200);
}
