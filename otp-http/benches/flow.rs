//! Processor time of one flow (one register, one verify) in the app alone: no network, no disk, nothing to send.
//!
//! `cargo bench --package otp-http`; `OTP_BENCH_SECONDS` is the time of the measurement (3).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
use otp_core::{Channel, Keyring, Policy};
use otp_http::{App, Request, VerificationApp};
use otp_service::{DiscardSender, Events, MemoryStore, Routes, Verifier};

struct NoEvents;

impl Events for NoEvents {
    fn record(&self, _: &otp_service::Event) {}
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let time = Duration::from_secs_f64(seconds());
    runtime.block_on(async {
        let app = app();
        let (mut flows, mut number) = (0_u32, 2_000_000_u32);
        let start = Instant::now();
        while start.elapsed() < time {
            number += 1;
            flow(&app, number).await;
            flows += 1;
        }
        let each = start.elapsed() / flows;
        println!("one flow in the app alone: {:.1} us", each.as_secs_f64() * 1e6);
    });
}

fn app() -> VerificationApp {
    let keyring = Keyring::new([("k1".parse().expect("an id"), (0..32).collect())]).expect("a key");
    let limit = 1_000_000_000;
    let policy = Policy::builder().starts_per_caller_per_hour(limit).starts_per_block_per_hour(limit);
    let policy = policy.build().expect("a policy");
    let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring)
        .policy(policy)
        .events(Arc::new(NoEvents))
        .routes(Routes::default().with(Channel::Sms, Arc::new(DiscardSender)))
        .build();
    VerificationApp::phone(verifier.expect("the built-in texts are valid"))
}

async fn flow(app: &VerificationApp, number: u32) {
    let body = format!(r#"{{"phone_number":"+1415{number}"}}"#);
    let answer = call(app, "/register", body).await;
    let token = answer.split("\"session_token\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let token = token.unwrap_or_else(|| panic!("no session: {answer}"));
    let body =
        format!(r#"{{"phone_number":"+1415{number}","session_token":"{token}","security_code":"12345x"}}"#);
    let answer = call(app, "/verify", body).await;
    assert!(answer.contains("code_invalid"), "{answer}");
}

async fn call(app: &VerificationApp, path: &str, body: String) -> String {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let request = Request {
        method: Method::POST,
        path: path.to_owned(),
        target: path.to_owned(),
        headers,
        body: Ok(body.into()),
        peer: Some([127, 0, 0, 1].into()),
    };
    String::from_utf8_lossy(&app.handle(request).await.body).into_owned()
}

#[expect(clippy::disallowed_methods, reason = "the length of a benchmark is the caller's wish")]
fn seconds() -> f64 {
    std::env::var("OTP_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3.0)
}
