//! Every call and every error of the contract, over axum: exact statuses, members and headers.

mod support;

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use otp_core::{Channel, Destinations, FailureClass, Namespace, Policy, Purpose, Recipient};
use otp_http::ErrorCode;
use otp_service::{DeliveryMode, DiscardSender, Routes};
use serde_json::{Value, json};
use support::{Answer, Call, DownStore, EMAIL, FORM, Host, JSON, PHONE, UNKNOWN, wrong};

const LOCKED: &str = "Too many failed verification attempts.";
const TOO_MANY: &str = "Too many failed verification attempts. Please request a new code.";
const WAIT: &str = "Please wait before requesting another code.";

fn none(detail: &str) -> Value {
    json!({ "non_field_errors": [detail] })
}

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
async fn unknown_superseded_and_malformed_tokens_mismatch_and_cost_nothing() {
    let policy = Policy::builder().cooldown(Duration::ZERO).build().unwrap();
    let host = Host::limited(policy);
    let (old, _) = host.registered().await;
    let (token, code) = host.registered().await;
    let mismatch = "Session Token mis-match";
    for bad in [UNKNOWN, &old, "x", &token.to_uppercase(), &format!(" {token}"), &token[1..], &"a".repeat(9_000)] {
        for answer in [
            host.verify(bad, code.clone()).await,
            host.about("status", bad).await,
            host.about("resend", bad).await,
            host.about("cancel", bad).await,
        ] {
            answer.assert_problem(400, "session_mismatch", mismatch, none(mismatch));
        }
    }
    let other = json!({ "phone_number": "+442079460018", "session_token": token, "security_code": code });
    host.post("/api/phone/verify", other).await.assert_problem(400, "session_mismatch", mismatch, none(mismatch));
    assert_eq!(host.about("status", &token).await.body["checks_left"], 5);
    assert_eq!(host.verify(&token, code).await.status, 200);
}

#[tokio::test]
async fn refusals_of_a_check() {
    let host = Host::new();
    let (token, code) = host.registered().await;
    host.pass(600);
    let detail = "Security code has expired";
    host.verify(&token, code).await.assert_problem(400, "code_expired", detail, none(detail));
    assert_eq!(host.about("status", &token).await.body["state"], "expired");

    let (token, code) = host.registered().await;
    for left in (0..5).rev() {
        assert_eq!(host.verify(&token, wrong(&code)).await.body["checks_left"], left);
    }
    host.verify(&token, code).await.assert_problem(429, "too_many_checks", TOO_MANY, none(TOO_MANY));
    host.pass(60);
    host.about("resend", &token).await.assert_problem(429, "too_many_checks", TOO_MANY, none(TOO_MANY));
    assert_eq!(host.about("status", &token).await.body["state"], "locked");

    let (token, code) = host.registered().await;
    assert_eq!(host.verify(&token, code.clone()).await.status, 200);
    let detail = "Security code is already verified";
    host.pass(60);
    for answer in [host.verify(&token, code).await, host.about("resend", &token).await] {
        answer.assert_problem(400, "code_already_verified", detail, none(detail));
    }
}

#[tokio::test]
async fn codes_that_succeed_more_than_once() {
    let host = Host::limited(Policy::builder().once_only(false).build().unwrap());
    let (token, code) = host.registered().await;
    for _ in 0..3 {
        assert_eq!(host.verify(&token, code.clone()).await.status, 200);
    }
}

#[tokio::test]
async fn a_locked_recipient() {
    // By the day: time helps.
    let policy = Policy::builder().failures_per_day(5).cooldown(Duration::ZERO).build().unwrap();
    let host = Host::limited(policy);
    let (token, code) = host.registered().await;
    for _ in 0..5 {
        assert_eq!(host.verify(&token, wrong(&code)).await.body["code"], "code_invalid");
    }
    let start = host.post("/api/phone/register", json!({ "phone_number": PHONE })).await;
    for answer in [start, host.verify(&token, code).await, host.about("resend", &token).await] {
        let seconds = answer.body["retry_after"].as_u64().unwrap();
        assert!((1..=90_000).contains(&seconds), "{answer:?}");
        let members = json!({ "non_field_errors": [LOCKED], "retry_after": seconds });
        answer.assert_problem(429, "locked", LOCKED, members);
    }
    // In a row: only the host helps.
    let host = Host::limited(Policy::builder().failures_in_a_row(5).build().unwrap());
    let (token, code) = host.registered().await;
    for _ in 0..5 {
        assert_eq!(host.verify(&token, wrong(&code)).await.body["code"], "code_invalid");
    }
    host.verify(&token, code).await.assert_problem(429, "locked", LOCKED, none(LOCKED));
}

#[tokio::test]
async fn strict_errors_tell_nothing() {
    let policy = Policy::builder().failures_per_day(11).cooldown(Duration::ZERO).build().unwrap();
    let host = Host::with(|verifier| verifier.policy(policy), |app| app.strict_errors(true));
    let (old, old_code) = host.registered().await;
    assert_eq!(host.verify(&old, old_code.clone()).await.status, 200);
    let used = host.verify(&old, old_code).await;
    let (token, code) = host.registered().await;
    let mut answers = vec![used, host.verify(UNKNOWN, "1").await, host.verify("no token", "1").await];
    for _ in 0..6 {
        answers.push(host.verify(&token, wrong(&code)).await); // wrong, then none left
    }
    let (token, code) = host.registered().await;
    host.pass(600);
    answers.push(host.verify(&token, code).await); // expired
    for _ in 0..2 {
        let (token, code) = host.registered().await;
        for _ in 0..5 {
            answers.push(host.verify(&token, wrong(&code)).await); // wrong, then locked
        }
    }
    let detail = "Security code is not valid";
    for answer in &answers {
        answer.assert_problem(400, "code_invalid", detail, none(detail));
        assert_eq!(answer, &answers[0], "byte for byte, headers included");
    }
    // Everything else still says what is wrong.
    assert_eq!(host.about("status", UNKNOWN).await.body["code"], "session_mismatch");
    assert_eq!(host.post("/api/phone/verify", json!({})).await.body["code"], "invalid_request");
}

#[tokio::test]
async fn throttled_by_recipient_and_by_caller() {
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

    let policy = Policy::builder().starts_per_caller_per_hour(2).build().unwrap();
    let host = Host::limited(policy);
    let start = |last: u8, peer: &str| {
        let body = json!({ "phone_number": format!("+1415555010{last}") });
        host.call(Call::post("/api/phone/register", JSON, body.to_string()).from(peer))
    };
    for (last, peer, status) in [
        (0, "192.0.2.1", 200),
        (1, "192.0.2.1", 200),
        (2, "192.0.2.1", 429),
        (3, "::ffff:192.0.2.1", 429),
        (4, "2001:db8:1:1::1", 200),
        (5, "2001:db8:1:1:ffff::1", 200),
        (6, "2001:db8:1:1:abcd::9", 429),
        (7, "2001:db8:1:2::1", 200),
    ] {
        assert_eq!(start(last, peer).await.status, status, "{peer}");
    }
}

#[tokio::test]
async fn spoofed_addresses_admit_nobody() {
    let policy = || Policy::builder().starts_per_caller_per_hour(3).build().unwrap();
    let direct = Host::limited(policy());
    let proxied = Host::with(
        |verifier| verifier.policy(policy()),
        |app| app.trusted_proxies("10.0.0.0/8".parse().unwrap()),
    );
    for (host, peer, appended) in [(direct, "192.0.2.1", ""), (proxied, "10.0.0.1", ", 192.0.2.1")] {
        let mut admitted = 0;
        for n in 0..40 {
            let body = json!({ "phone_number": format!("+141555501{n:02}") });
            let call = Call::post("/api/phone/register", JSON, body.to_string())
                .header("x-forwarded-for", format!("198.51.100.{n}{appended}"))
                .header("forwarded", format!("for=198.51.100.{n}"))
                .header("x-real-ip", format!("198.51.100.{n}"))
                .from(peer);
            admitted += usize::from(host.call(call).await.status == 200);
        }
        assert_eq!(admitted, 3, "{peer}");
    }
}

#[tokio::test]
async fn recipients_that_are_none() {
    let host = Host::new();
    for (app, field, code, texts, hint) in [
        (
            "phone",
            "phone_number",
            "invalid_phone_number",
            ["4155550123", "+1 415 555 0123 ext 4", "+19", "alice@example.com", "+1\n415"],
            "+14155550123",
        ),
        (
            "email",
            "email",
            "invalid_email",
            ["alice", "+14155550123", "a@b", "jos\u{e9}@example.com", "a@example.com\r\nBcc: b@example.com"],
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
                assert!(detail.contains(hint) && !detail.contains(text) || text == hint, "{detail}");
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
async fn another_channel_makes_another_code() {
    let host = Host::new();
    let (token, old) = host.registered().await;
    host.pass(60);
    let body = json!({ "phone_number": PHONE, "session_token": token, "channel": "voice" });
    let answer = host.post("/api/phone/resend", body).await;
    assert_eq!((answer.body["channel"].as_str(), answer.body["expires_in"].as_u64()), (Some("voice"), Some(600)));
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
            let call = Call::post("/api/phone/resend", JSON, body.to_string()).header("accept-language", "pt");
            assert_eq!(host.call(call).await.status, 200);
            host.work().await;
            assert_eq!(language(&host), then, "{field:?} {header:?} {named:?}");
        }
    }
}

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
    assert_eq!(call("/api/phone/register", body.clone(), "k-1").await, first, "the same answer an hour later");
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

#[tokio::test]
async fn codes_as_people_and_clients_write_them() {
    let policy = || Policy::builder().once_only(false).build().unwrap();
    let host = Host::limited(policy());
    let (token, code) = host.registered().await;
    let (front, back) = code.split_at(3);
    for spelling in [
        code.clone(),
        format!(" {code}\n"),
        format!("{front} {back}"),
        format!("{front}-{back}"),
        format!("\u{a0}{front}\u{2003}{back}\u{3000}"),
    ] {
        assert_eq!(host.verify(&token, spelling.clone()).await.status, 200, "{spelling:?}");
    }
    // As a number, a code keeps its digits but not its leading zeros.
    let number: u64 = code.parse().unwrap();
    let expected = if code.starts_with('0') { 400 } else { 200 };
    assert_eq!(host.verify(&token, number).await.status, expected);
    let fullwidth: String = code.chars().map(|c| char::from_u32(c as u32 - 0x30 + 0xff10).unwrap()).collect();
    assert_eq!(host.verify(&token, fullwidth).await.body["code"], "code_invalid", "only ASCII digits count");
}

#[tokio::test]
async fn leading_zeros_matter() {
    use otp_core::{Code, Timestamp};
    use otp_service::PrescribedCodes;
    let number = Recipient::parse(PHONE).unwrap();
    let until = Timestamp::from_millis(i64::MAX);
    let prescribed =
        PrescribedCodes::default().recipient(number, Code::prescribed("012345").unwrap(), until);
    let host = Host::with(|verifier| verifier.prescribed(prescribed), |app| app);
    let answer = host.post("/api/phone/register", json!({ "phone_number": PHONE })).await;
    assert_eq!(answer.body["delivery"], "sent", "nothing is left to send");
    let token = answer.body["session_token"].as_str().unwrap().to_owned();
    assert_eq!(host.about("status", &token).await.body["delivery"], "sent");
    assert_eq!(host.verify(&token, 12345).await.body["code"], "code_invalid");
    assert_eq!(host.verify(&token, "12345").await.body["code"], "code_invalid");
    assert_eq!(host.verify(&token, "012345").await.status, 200);
}

#[tokio::test]
async fn test_numbers_of_no_country() {
    use otp_core::{Code, PhoneNumber, Timestamp};
    use otp_service::PrescribedCodes;
    let number = PhoneNumber::prescribed("+15555550100").unwrap();
    let until = Timestamp::from_millis(i64::MAX);
    let prescribed =
        PrescribedCodes::default().recipient(number.into(), Code::prescribed("123456").unwrap(), until);
    let host = Host::with(|verifier| verifier.prescribed(prescribed), |app| app);
    let status = async |number: &str| {
        host.post("/api/phone/register", json!({ "phone_number": number })).await.status
    };
    assert_eq!(status("+1 555 555 0100").await, 200);
    assert_eq!(status("+1 555 555 0101").await, 400);
}

#[tokio::test]
async fn proofs_open_and_have_public_keys() {
    let host = Host::with(|verifier| verifier, |app| app.purpose(Purpose::new("signup").unwrap()));
    let (token, code) = host.registered().await;
    let proof = host.verify(&token, code).await.body["proof"].as_str().unwrap().to_owned();
    let (namespace, purpose) = (Namespace::default(), Purpose::new("signup").unwrap());
    let proofs = host.verifier.proofs();
    let claims = proofs.open(&proof, &namespace, &purpose, host.verifier.now()).unwrap();
    assert_eq!((claims.sub.as_str(), claims.channel), (PHONE, Channel::Sms));
    assert!(proofs.open(&proof, &namespace, &Purpose::default(), host.verifier.now()).is_err());

    for path in ["/api/phone/jwks.json", "/api/email/jwks.json/"] {
        let keys = host.call(Call::bare(Method::GET, path)).await;
        assert_eq!((keys.status, &keys.body), (200, &proofs.jwks()));
        assert_eq!(keys.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(keys.body["keys"][0]["kid"], "k1");
        let head = host.call(Call::bare(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
    }
}

#[tokio::test]
async fn operations() {
    let host = Host::new();
    let get = |path: &'static str| host.call(Call::bare(Method::GET, path));
    get("/healthz").await.assert_ok(json!({ "status": "ok" }));
    get("/readyz/").await.assert_ok(json!({ "status": "ready" }));
    host.post("/api/phone/register", json!({ "phone_number": PHONE })).await;
    host.pass(60);
    assert_eq!(get("/readyz").await.status, 200);
    host.pass(1);
    let stuck = get("/readyz").await;
    let detail = stuck.body["detail"].as_str().unwrap().to_owned();
    let members = json!({ "non_field_errors": [detail], "retry_after": 1 });
    stuck.assert_problem(503, "unavailable", &detail, members);
    host.work().await;
    assert_eq!(get("/readyz").await.status, 200);

    let answer = host.call(Call::post("/healthz", JSON, "{}")).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(get("/").await.text, "the host's index");
    assert_eq!(get("/elsewhere").await.text, "the host's fallback");
}

#[tokio::test]
async fn the_document_names_every_call_field_and_code() {
    let host = Host::new();
    let answer = host.call(Call::bare(Method::GET, "/openapi.json")).await;
    assert_eq!(answer.status, 200);
    let document = &answer.body;
    assert_eq!(document["openapi"], "3.1.0");
    let calls = ["register", "verify", "resend", "status", "cancel"];
    for (app, field) in [("phone", "phone_number"), ("email", "email")] {
        for call in calls {
            let operation = &document["paths"][format!("/api/{app}/{call}")]["post"];
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert!(schema["properties"][field].is_object(), "{app} {call}");
            assert_eq!(schema["additionalProperties"], false);
            for status in ["200", "400", "405", "413", "415", "503"] {
                assert!(operation["responses"][status].is_object(), "{app} {call} {status}");
            }
        }
        assert!(document["paths"][format!("/api/{app}/jwks.json")]["get"].is_object());
    }
    let text = answer.text.as_str();
    for code in ErrorCode::ALL.into_iter().filter(|code| *code != ErrorCode::NotFound) {
        assert!(text.contains(&format!("`{}`", code.as_str())), "{} is told by no call", code.as_str());
    }
    // What is answered is what is described.
    let described = |path: &str| -> Vec<String> {
        let schema = &document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"];
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let members = |answer: &Answer| answer.body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let registered = host.post("/api/phone/register", json!({ "phone_number": PHONE })).await;
    assert_eq!(members(&registered), described("/api/phone/register"));
    let token = registered.body["session_token"].as_str().unwrap();
    host.work().await;
    host.pass(60);
    assert_eq!(members(&host.about("status", token).await), described("/api/phone/status"));
    assert_eq!(members(&host.about("resend", token).await), described("/api/phone/resend"));
    assert_eq!(members(&host.verify(token, host.code(PHONE)).await), described("/api/phone/verify"));
}
