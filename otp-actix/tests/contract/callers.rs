//! Budgets of callers, whatever headers they send.

use otp_core::Policy;
use otp_http::VerificationApp;
use serde_json::json;

use crate::support::{Call, JSON, story, verifier};

fn policy(starts: u32) -> Policy {
    Policy::builder().starts_per_caller_per_hour(starts).build().expect("a policy")
}

fn start(number: usize) -> Call {
    let body = json!({ "phone_number": format!("+141555501{number:02}") });
    Call::post("/api/phone/register", JSON, body.to_string())
}

#[actix_web::test]
async fn callers_have_budgets_by_network() {
    let rows = [
        ("192.0.2.1", 200),
        ("192.0.2.1", 200),
        ("192.0.2.1", 429),
        ("::ffff:192.0.2.1", 429),
        ("2001:db8:1:1::1", 200),
        ("2001:db8:1:1:ffff::1", 200),
        ("2001:db8:1:1:abcd::9", 429),
        ("2001:db8:1:2::1", 200),
    ];
    let phone = VerificationApp::phone(verifier(policy(2)));
    let calls = rows.iter().enumerate().map(|(number, (peer, _))| start(number).from(peer)).collect();
    let answers = story(otp_actix::configure("/api/phone", phone), calls).await;
    for (answer, (peer, status)) in answers.iter().zip(rows) {
        assert_eq!(answer.status, status, "{peer}");
    }
}

#[actix_web::test]
async fn spoofed_addresses_admit_nobody() {
    let direct = VerificationApp::phone(verifier(policy(3)));
    let proxied = VerificationApp::phone(verifier(policy(3)));
    let proxied = proxied.trusted_proxies("10.0.0.0/8".parse().expect("a network"));
    for (phone, peer, appended) in [(direct, "192.0.2.1", ""), (proxied, "10.0.0.1", ", 192.0.2.1")] {
        let call = |number| {
            start(number)
                .header("x-forwarded-for", format!("198.51.100.{number}{appended}"))
                .header("forwarded", format!("for=198.51.100.{number}"))
                .header("x-real-ip", format!("198.51.100.{number}"))
                .from(peer)
        };
        let answers = story(otp_actix::configure("/api/phone", phone), (0..40).map(call).collect()).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 3, "{peer}");
    }
}
