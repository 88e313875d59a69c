//! Requests that come twice.

use otp_http::ErrorCode;
use serde_json::{Value, json};

use crate::support::{Call, EMAIL, FORM, Host, JSON, PHONE, UNKNOWN, none};

#[tokio::test]
async fn the_same_request_again() {
    let host = Host::new();
    let call = |path: &str, body: Value, key: &str| {
        host.call(Call::post(path, JSON, body.to_string()).header("idempotency-key", key))
    };
    let body = json!({ "phone_number": PHONE });
    let first = call("/api/phone/register", body.clone(), "k-1").await;
    assert_eq!(first.status, 200);
    host.work().await;
    host.pass(3_600);
    assert_eq!(
        call("/api/phone/register", body.clone(), "k-1").await,
        first,
        "the same answer an hour later"
    );
    let form = Call::post("/api/phone/register/", FORM, "phone_number=%2B14155550123");
    assert_eq!(host.call(form.header("idempotency-key", "k-1")).await, first, "as a form");
    host.work().await;
    assert_eq!(host.sender.messages().len(), 1, "and no second message");

    let detail = ErrorCode::IdempotencyKeyReused.detail();
    let other = json!({ "phone_number": PHONE, "language": "fr" });
    let answer = call("/api/phone/register", other, "k-1").await;
    answer.assert_problem(422, "idempotency_key_reused", detail, none(detail));

    let resend = json!({ "phone_number": PHONE, "session_token": first.body["session_token"] });
    let again = call("/api/phone/resend", resend.clone(), "k-1").await;
    assert_eq!(again.status, 200, "a key belongs to one call");
    assert_eq!(call("/api/phone/resend", resend, "k-1").await, again);
    let other = json!({ "phone_number": PHONE, "session_token": UNKNOWN });
    assert_eq!(call("/api/phone/resend", other, "k-1").await.body["code"], "idempotency_key_reused");
    host.work().await;
    assert_eq!(host.sender.messages().len(), 2);

    host.pass(86_400);
    let fresh = call("/api/phone/register", body.clone(), "k-1").await;
    assert_ne!(fresh.body["session_token"], first.body["session_token"], "a day later it is a new request");

    let long = "k".repeat(256);
    for bad in ["", " ", "a b", "k\t", "k\u{e9}", &long] {
        let answer = call("/api/phone/register", body.clone(), bad).await;
        assert_eq!(answer.status, 400, "{bad:?} {answer:?}");
        assert!(answer.body["errors"]["Idempotency-Key"].is_array(), "{answer:?}");
        answer.assert_is_problem();
    }
    let twice = Call::post("/api/phone/register", JSON, body.to_string());
    let twice = twice.header("idempotency-key", "a").header("idempotency-key", "b");
    assert_eq!(host.call(twice).await.status, 400);
    let longest = call("/api/email/register", json!({ "email": EMAIL }), &long[1..]).await;
    assert_eq!(longest.status, 200);
    let status = json!({ "phone_number": PHONE, "session_token": UNKNOWN });
    assert_eq!(call("/api/phone/status", status, "").await.body["code"], "session_mismatch", "not asked for");
}
