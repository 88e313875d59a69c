//! Every call: exact statuses, members and headers.

use std::time::Duration;

use axum::http::Method;
use otp_core::{Channel, Purpose};
use serde_json::json;

use crate::support::{Call, EMAIL, Host, JSON, PHONE, none, wrong};

#[tokio::test]
async fn register_verify_and_the_rest_by_phone() {
    let host = Host::new();
    let registered = host.post("/api/phone/register", json!({ "phone_number": "+1 (415) 555-0123" })).await;
    registered.assert_ok(json!({
        "session_token": null, "phone_number": PHONE, "channel": "sms", "delivery": "queued",
        "code_length": 6, "expires_in": 600, "resend_in": 60,
    }));
    let token = registered.body["session_token"].as_str().unwrap();
    let status = |state: &str, delivery: &str, expires: u64, resend: u64, checks: u64| {
        json!({
            "state": state, "delivery": delivery, "expires_in": expires, "resend_in": resend,
            "checks_left": checks,
        })
    };
    host.about("status", token).await.assert_ok(status("pending", "queued", 600, 60, 5));
    host.work().await;
    host.clock.advance(Duration::from_millis(59_001));
    host.about("status", token).await.assert_ok(status("pending", "sent", 541, 1, 5));
    host.clock.advance(Duration::from_millis(999));
    host.about("resend", token).await.assert_ok(json!({
        "phone_number": PHONE, "channel": "sms", "delivery": "queued", "code_length": 6,
        "expires_in": 540, "resend_in": 60,
    }));
    let code = host.code(PHONE);
    host.verify(token, wrong(&code)).await.assert_problem(
        400,
        "code_invalid",
        "Security code is not valid",
        json!({ "non_field_errors": ["Security code is not valid"], "checks_left": 4 }),
    );
    let verified = host.verify(token, code).await;
    verified.assert_ok(json!({ "message": "Security code is valid.", "phone_number": PHONE, "proof": null }));
    host.about("status", token).await.assert_ok(status("verified", "queued", 540, 60, 3));
}

#[tokio::test]
async fn the_same_by_email() {
    let host = Host::new();
    let registered = host.post("/api/email/register", json!({ "email": " Alice@Example.COM " })).await;
    registered.assert_ok(json!({
        "session_token": null, "email": EMAIL, "channel": "email", "delivery": "queued",
        "code_length": 6, "expires_in": 600, "resend_in": 60,
    }));
    let token = &registered.body["session_token"];
    host.work().await;
    let body = json!({ "email": EMAIL, "session_token": token });
    let status = host.post("/api/email/status", body.clone()).await;
    status.assert_ok(json!({
        "state": "pending", "delivery": "sent", "expires_in": 600, "resend_in": 60, "checks_left": 5,
    }));
    host.pass(60);
    let resent = host.post("/api/email/resend", body.clone()).await;
    resent.assert_ok(json!({
        "email": EMAIL, "channel": "email", "delivery": "queued", "code_length": 6,
        "expires_in": 540, "resend_in": 60,
    }));
    let guess = json!({ "email": EMAIL, "session_token": token, "security_code": host.code(EMAIL) });
    let verified = host.post("/api/email/verify", guess).await;
    verified.assert_ok(json!({ "message": "Security code is valid.", "email": EMAIL, "proof": null }));
    let canceled = host.post("/api/email/cancel", body).await;
    let detail = "Security code is already verified";
    canceled.assert_problem(400, "code_already_verified", detail, none(detail));
}

#[tokio::test]
async fn cancel_makes_the_code_dead() {
    let host = Host::new();
    let (token, code) = host.registered().await;
    host.about("cancel", &token).await.assert_ok(json!({ "message": "Verification cancelled." }));
    let mismatch = "Session Token mis-match";
    for answer in [
        host.verify(&token, code).await,
        host.about("cancel", &token).await,
        host.about("status", &token).await,
        host.about("resend", &token).await,
    ] {
        answer.assert_problem(400, "session_mismatch", mismatch, none(mismatch));
    }
}

#[tokio::test]
async fn another_channel_makes_another_code() {
    let host = Host::new();
    let (token, old) = host.registered().await;
    host.pass(60);
    let body = json!({ "phone_number": PHONE, "session_token": token, "channel": "voice" });
    let answer = host.post("/api/phone/resend", body).await;
    assert_eq!(
        (answer.body["channel"].as_str(), answer.body["expires_in"].as_u64()),
        (Some("voice"), Some(600))
    );
    host.work().await;
    let code = host.code(PHONE);
    if code != old {
        assert_eq!(host.verify(&token, old).await.body["code"], "code_invalid");
    }
    assert_eq!(host.verify(&token, code).await.status, 200);
}

#[tokio::test]
async fn languages() {
    for (field, header, expected) in [
        (None, None, "en"),
        (None, Some("fr-CA;q=0.8,de;q=0.9"), "de"),
        (None, Some("de;q=0,fr"), "fr"),
        (None, Some("xx, *;q=0.1"), "en"),
        (None, Some("zh-TW"), "zh-Hant"),
        (Some("es"), Some("fr"), "es"),
        (Some("es-MX"), None, "es"),
        (Some("xx"), Some("fr"), "fr"),
        (Some("no language"), None, "en"),
    ] {
        let host = Host::new();
        let mut body = json!({ "phone_number": PHONE });
        if let Some(field) = field {
            body["language"] = field.into();
        }
        let mut call = Call::post("/api/phone/register", JSON, body.to_string());
        if let Some(header) = header {
            call = call.header("accept-language", header);
        }
        let token = host.call(call).await.body["session_token"].clone();
        host.work().await;
        let language = |host: &Host| host.sender.messages().last().unwrap().language.to_string();
        assert_eq!(language(&host), expected, "{field:?} {header:?}");

        // A resend stays in that language, whatever the browser says, unless its body names another.
        for (named, then) in [(None, expected), (Some("ja"), "ja")] {
            host.pass(60);
            let mut body = json!({ "phone_number": PHONE, "session_token": token });
            if let Some(named) = named {
                body["language"] = named.into();
            }
            let call =
                Call::post("/api/phone/resend", JSON, body.to_string()).header("accept-language", "pt");
            assert_eq!(host.call(call).await.status, 200);
            host.work().await;
            assert_eq!(language(&host), then, "{field:?} {header:?} {named:?}");
        }
    }
}

#[tokio::test]
async fn proofs_open_and_have_public_keys() {
    let host = Host::with(|verifier| verifier, |app| app.purpose(Purpose::new("signup").unwrap()));
    let (token, code) = host.registered().await;
    let proof = host.verify(&token, code).await.body["proof"].as_str().unwrap().to_owned();
    let proofs = host.verifier.proofs();
    let claims = host.verifier.open(&proof, &Purpose::new("signup").unwrap()).unwrap();
    assert_eq!((claims.sub.as_str(), claims.channel), (PHONE, Channel::Sms));
    assert!(host.verifier.open(&proof, &Purpose::default()).is_err());

    for path in ["/api/phone/jwks.json", "/api/email/jwks.json/"] {
        let keys = host.call(Call::bare(Method::GET, path)).await;
        assert_eq!((keys.status, &keys.body), (200, &proofs.jwks()));
        assert_eq!(keys.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(keys.body["keys"][0]["kid"], "k1");
        let head = host.call(Call::bare(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
    }
}
