//! The five calls, row by row of the contract.

use std::sync::Arc;

use axum::http::Method;
use otp_core::Policy;
use otp_http::{App as _, OpenApi};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{
    EMAIL, Host, PHONE, REGISTER, RESEND, VERIFY_ACCOUNT, VERIFY_OTP, VERIFY_PHONE, WRONG, from, request,
};

const SENT: &str = "If the email exists in our system and is not verified, a verification code has been sent";

#[tokio::test]
async fn an_account_from_registration_to_verified() {
    let host = Host::new();
    let answer = host.register(" Ada@Example.COM ", "+1 (415) 555-0123").await;
    let id = answer.body["id"].clone();
    assert!(id.as_str().is_some_and(|id| !id.is_empty()));
    answer.assert_ok(json!({
        "id": id, "email": EMAIL, "phone": PHONE, "first_name": "Ada", "last_name": "Lovelace",
        "is_verified": false, "created_at": "2027-01-15T08:00:00.000Z",
    }));
    host.work().await;
    assert!(host.sender.messages().is_empty(), "registering sends nothing");

    host.resend(EMAIL).await.assert_ok(json!({ "message": SENT, "expires_in_minutes": 10 }));
    host.work().await;
    let code = host.code(EMAIL);
    host.verify_account(EMAIL, WRONG).await.assert_code_refused("verified");
    host.verify_account("ADA@example.com", &format!(" {} {} ", &code[..3], &code[3..])).await.assert_ok(
        json!({
            "message": "Account verified successfully. You can now log in.", "verified": true,
        }),
    );
    host.verify_account(EMAIL, &code).await.assert_code_refused("verified");
    let account = host.account(EMAIL).await.unwrap();
    assert_eq!((account.is_email_verified, account.is_phone_verified), (true, false), "the address alone");

    let sent = json!({ "success": true, "message": "OTP sent successfully", "expires_in_minutes": 10 });
    host.verify_phone("+1 415 555 0123").await.assert_ok(sent);
    host.work().await;
    let code = host.code(PHONE);
    host.verify_otp(PHONE, WRONG).await.assert_code_refused("success");
    let verified = json!({ "success": true, "message": "Phone number verified successfully" });
    host.verify_otp(PHONE, &code).await.assert_ok(verified);
    host.verify_otp(PHONE, &code).await.assert_code_refused("success");
    let account = host.account(EMAIL).await.unwrap();
    assert_eq!((account.is_email_verified, account.is_phone_verified), (true, true));

    let messages = host.sender.messages().len();
    host.pass(61);
    host.resend(EMAIL).await.assert_ok(json!({ "message": SENT, "expires_in_minutes": 10 }));
    host.resend("nobody@example.com").await.assert_ok(json!({ "message": SENT, "expires_in_minutes": 10 }));
    host.verify_phone(PHONE).await;
    host.verify_phone("+14155550199").await;
    host.work().await;
    assert_eq!(host.sender.messages().len(), messages, "nothing is sent to the verified and the unknown");
}

#[tokio::test]
async fn verifying_the_phone_marks_the_phone_alone() {
    let host = Host::new();
    host.register(EMAIL, PHONE).await;
    host.verify_phone(PHONE).await;
    host.work().await;
    assert_eq!(host.verify_otp(PHONE, &host.code(PHONE)).await.status, 200);
    let account = host.account(PHONE).await.unwrap();
    assert_eq!((account.is_email_verified, account.is_phone_verified), (false, true));
    host.resend(EMAIL).await;
    host.work().await;
    assert_eq!(host.verify_account(EMAIL, &host.code(EMAIL)).await.status, 200);
}

#[tokio::test]
async fn nobody_registers_twice() {
    let host = Host::new();
    assert_eq!(host.register(EMAIL, PHONE).await.status, 200);
    let detail = "An account with this e-mail address or phone number exists. Verify it, or log in.";
    for (email, phone) in [
        (EMAIL, PHONE),
        (EMAIL, "+14155550124"),
        ("bob@example.com", PHONE),
        ("ADA@EXAMPLE.com", "+14155550124"),
    ] {
        let members = json!({ "non_field_errors": [detail] });
        host.register(email, phone).await.assert_problem(409, "already_registered", detail, members);
    }
    assert_eq!(host.register("bob@example.com", "+14155550124").await.status, 200);

    let host = Arc::new(Host::new());
    let register = |number: usize| {
        let host = Arc::clone(&host);
        async move { host.register(EMAIL, &format!("+141555501{number:02}")).await.status }
    };
    let mut found = (0..64).map(register).collect::<JoinSet<_>>().join_all().await;
    found.sort_unstable();
    assert_eq!(found, [&[200][..], &[409; 63]].concat());
}

#[tokio::test]
async fn expired_codes_and_used_up_guesses() {
    let host = Host::new();
    let code = host.with_email_code().await;
    host.pass(600);
    host.verify_account(EMAIL, &code).await.assert_code_refused("verified");

    host.resend(EMAIL).await;
    host.work().await;
    let code = host.code(EMAIL);
    // The guess at the expired code counts as well: four are left.
    for _ in 0..4 {
        host.verify_account(EMAIL, WRONG).await.assert_code_refused("verified");
    }
    let detail = "Too many failed verification attempts. Please request a new code.";
    let members = json!({ "non_field_errors": [detail] });
    host.verify_account(EMAIL, &code).await.assert_problem(429, "too_many_checks", detail, members);
    host.pass(60);
    host.resend(EMAIL).await;
    host.work().await;
    assert_eq!(host.verify_account(EMAIL, &host.code(EMAIL)).await.status, 200);
}

#[tokio::test]
async fn sends_are_limited() {
    let host = Host::new();
    host.register(EMAIL, PHONE).await;
    host.resend(EMAIL).await;
    host.pass(1);
    let detail = "Please wait before requesting another code.";
    let members = json!({ "non_field_errors": [detail], "retry_after": 59 });
    host.resend(EMAIL).await.assert_problem(429, "throttled", detail, members);
    host.verify_phone(PHONE).await;
    let members = json!({ "non_field_errors": [detail], "retry_after": 60 });
    host.verify_phone(PHONE).await.assert_problem(429, "throttled", detail, members);

    let host = Host::limited(Policy::builder().starts_per_caller_per_hour(2).build().unwrap());
    let start = |number: usize| {
        let body = json!({ "email": format!("a{number}@example.com") });
        host.send(from("192.0.2.1", request(RESEND, "application/json", body.to_string())))
    };
    assert_eq!((start(1).await.status, start(2).await.status, start(3).await.status), (200, 200, 429));
}

#[tokio::test]
async fn a_lock_is_told_with_its_end() {
    let host = Host::limited(
        Policy::builder()
            .cooldown(std::time::Duration::ZERO)
            .max_checks(3)
            .failures_per_day(3)
            .build()
            .unwrap(),
    );
    host.register(EMAIL, PHONE).await;
    host.resend(EMAIL).await;
    for _ in 0..3 {
        host.verify_account(EMAIL, WRONG).await.assert_code_refused("verified");
    }
    for answer in [host.verify_account(EMAIL, WRONG).await, host.resend(EMAIL).await] {
        let detail = "Too many failed verification attempts.";
        let members = json!({ "non_field_errors": [detail], "retry_after": answer.body["retry_after"] });
        answer.assert_problem(429, "locked", detail, members);
        assert!(answer.body["retry_after"].as_u64().is_some_and(|seconds| seconds > 3_600));
    }
    let strict = Host::with(
        |verifier| verifier.policy(Policy::builder().max_checks(1).failures_per_day(1).build().unwrap()),
        |app| app.strict_errors(true),
    );
    for _ in 0..7 {
        strict.verify_account(EMAIL, WRONG).await.assert_code_refused("verified");
    }
}

/// A code of one purpose never opens another, nor one of another app.
#[tokio::test]
async fn codes_open_nothing_else() {
    let host = Host::new();
    let email_code = host.with_email_code().await;
    host.verify_phone(PHONE).await;
    let body = json!({ "email": EMAIL }).to_string();
    let other_app = axum::http::Request::builder().method(Method::POST).uri("/api/email/register");
    let other_app = other_app.header("content-type", "application/json").body(body.into()).unwrap();
    assert_eq!(host.send(other_app).await.status, 200);
    host.work().await;
    let (phone_code, other_code) = (host.code(PHONE), host.code(EMAIL));
    for code in [&phone_code, &other_code].into_iter().filter(|code| **code != email_code) {
        host.verify_account(EMAIL, code).await.assert_code_refused("verified");
    }
    for code in [&email_code, &other_code].into_iter().filter(|code| **code != phone_code) {
        host.verify_otp(PHONE, code).await.assert_code_refused("success");
    }
    host.register("bob@example.com", "+14155550199").await;
    host.verify_account("bob@example.com", &email_code).await.assert_code_refused("verified");
    assert_eq!(host.verify_account(EMAIL, &email_code).await.status, 200);
    assert_eq!(host.verify_otp(PHONE, &phone_code).await.status, 200);
}

#[tokio::test]
async fn messages_come_in_the_callers_language() {
    let host = Host::new();
    host.register(EMAIL, PHONE).await;
    let mut call = request(RESEND, "application/json", json!({ "email": EMAIL }).to_string());
    call.headers_mut().insert("accept-language", "de-AT, en;q=0.5".parse().unwrap());
    host.send(call).await;
    host.work().await;
    assert!(host.sender.messages()[0].body.expose().contains("Sicherheitscode"));
}

#[tokio::test]
async fn without_registration_there_is_no_such_path() {
    let host = Host::with(|verifier| verifier, |app| app.without_registration());
    assert_eq!(host.register(EMAIL, PHONE).await.body["code"], "not_found");
    assert_eq!(host.resend(EMAIL).await.status, 200);
}

#[tokio::test]
async fn the_document_names_every_call() {
    let host = Host::new();
    let app = otp_http::AccountApp::new(host.verifier.clone(), host.accounts.clone());
    assert_eq!(app.paths("").len(), 5);
    let document = OpenApi::new("Acme").mount("/api/v1", &app).document();
    for (call, fields) in [
        (REGISTER, &["email", "phone", "first_name", "last_name"][..]),
        (RESEND, &["email"]),
        (VERIFY_ACCOUNT, &["email", "otp"]),
        (VERIFY_PHONE, &["phone"]),
        (VERIFY_OTP, &["phone", "otp_code"]),
    ] {
        let post = &document["paths"][format!("/api/v1/{call}")]["post"];
        assert!(post["operationId"].as_str().is_some_and(|id| !id.contains(['/', '-'])), "{post}");
        let body = &post["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(body["required"], json!(fields), "{call}");
        let codes = post["responses"].to_string();
        let has = |code: &str| codes.contains(&format!("\"{code}\""));
        assert!(has("invalid_request") && has("unavailable"), "{call}");
        assert_eq!(has("invalid_email"), fields.contains(&"email"), "{call}");
        assert_eq!(has("invalid_phone_number"), fields.contains(&"phone"), "{call}");
        assert_eq!(has("already_registered"), call == REGISTER);
        assert_eq!(has("too_many_checks"), matches!(call, VERIFY_ACCOUNT | VERIFY_OTP));
    }
    assert_ne!(document["paths"], Value::Null);
}
