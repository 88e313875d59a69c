//! Every refusal of a check: exact statuses, members and headers.

use std::time::Duration;

use otp_core::Policy;
use serde_json::json;

use crate::support::{Host, PHONE, UNKNOWN, none, wrong};

const LOCKED: &str = "Too many failed verification attempts.";
const TOO_MANY: &str = "Too many failed verification attempts. Please request a new code.";

#[tokio::test]
async fn unknown_superseded_and_malformed_tokens_mismatch_and_cost_nothing() {
    let policy = Policy::builder().cooldown(Duration::ZERO).build().unwrap();
    let host = Host::limited(policy);
    let (old, _) = host.registered().await;
    let (token, code) = host.registered().await;
    let mismatch = "Session Token mis-match";
    for bad in
        [UNKNOWN, &old, "x", &token.to_uppercase(), &format!(" {token}"), &token[1..], &"a".repeat(9_000)]
    {
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
    host.post("/api/phone/verify", other).await.assert_problem(
        400,
        "session_mismatch",
        mismatch,
        none(mismatch),
    );
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
