//! Budgets of callers, whatever headers they send.

use otp_core::Policy;
use serde_json::json;

use crate::support::{Call, Host, JSON};

#[tokio::test]
async fn callers_have_budgets_by_network() {
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
