//! Many requests at once.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::{Call, Host, JSON, PHONE, wrong};

/// `OTP_TEST_ROUNDS` is for the suites over every store; these are here to catch an adapter that answers twice.
const ROUNDS: usize = 20;

/// How often each code (or `ok`) was answered to the same 64 calls at once.
async fn at_once(host: &Host, call: &Call) -> BTreeMap<String, usize> {
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (host, call) = (host.clone(), call.clone());
            tokio::spawn(async move { host.call(call).await })
        })
        .collect();
    let mut counts = BTreeMap::new();
    for task in tasks {
        let answer = task.await.expect("a call that does not panic");
        let code = answer.body["code"].as_str().unwrap_or("ok").to_owned();
        *counts.entry(code).or_default() += 1;
    }
    counts
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(code, count)| (code.to_owned(), count)).collect()
}

fn verify(token: &str, code: &str) -> Call {
    let body = json!({ "phone_number": PHONE, "session_token": token, "security_code": code });
    Call::post("/api/phone/verify", JSON, body.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_wrong_codes_are_answered() {
    for _ in 0..ROUNDS {
        let host = Host::new();
        let (token, code) = host.registered().await;
        let found = at_once(&host, &verify(&token, &wrong(&code))).await;
        assert_eq!(found, counts([("code_invalid", 5), ("too_many_checks", 59)]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_right_code_succeeds_once() {
    for _ in 0..ROUNDS {
        let host = Host::new();
        let (token, code) = host.registered().await;
        let found = at_once(&host, &verify(&token, &code)).await;
        assert_eq!(found, counts([("ok", 1), ("code_already_verified", 63)]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_message_leaves() {
    for _ in 0..ROUNDS {
        let host = Host::new();
        let register = Call::post("/api/phone/register", JSON, json!({ "phone_number": PHONE }).to_string());
        let found = at_once(&host, &register).await;
        assert_eq!(found, counts([("ok", 1), ("throttled", 63)]));

        let host = Host::new();
        let found = at_once(&host, &register.header("idempotency-key", "once")).await;
        assert_eq!(found, counts([("ok", 64)]), "all of them are told the one answer");
        host.work().await;
        assert_eq!(host.sender.messages().len(), 1);
    }
}
