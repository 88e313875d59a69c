//! Delivery receipts.

use crate::{request::Request, row::Row, service::PHONE};

/// A receipt as the provider of these tests signs it.
fn signed(method: &str, target: &str, body: &str) -> Request {
    let signature = format!("{method} {target} parity.test {}", body.len());
    Request::new(method, target).header("x-signature", signature).body(body)
}

fn receipt(body: &str) -> Request {
    signed("POST", "/webhooks/plain", body)
}

pub(crate) fn rows() -> Vec<Row> {
    let sent = |name: &str| {
        Row::new(name).post("/api/phone/register", &format!(r#"{{"phone_number":"{PHONE}"}}"#)).work()
    };
    let status = format!(r#"{{"phone_number":"{PHONE}","session_token":"$TOKEN"}}"#);
    let told = |row: Row| row.post("/api/phone/status", &status);
    let alone = |name: &str, request: Request| Row::new(name).send(request);
    vec![
        told(sent("a receipt: delivered").send(receipt("recorded-1 delivered"))),
        told(sent("a receipt: failed").send(receipt("recorded-1 failed"))),
        told(sent("a receipt: on its way").send(receipt("recorded-1 progress"))),
        told(
            sent("receipts out of order")
                .send(receipt("recorded-1 delivered"))
                .send(receipt("recorded-1 progress"))
                .send(receipt("recorded-1 failed")),
        ),
        told(
            sent("a receipt, twice")
                .send(receipt("recorded-1 progress id-1"))
                .send(receipt("recorded-1 delivered id-1")),
        ),
        told(
            sent("a receipt of an earlier message")
                .pass(60)
                .post("/api/phone/resend", &status)
                .work()
                .send(receipt("recorded-1 failed")),
        ),
        told(sent("a receipt with a query").send(signed(
            "POST",
            "/webhooks/plain?a=%C3%BC&b=+%2B&&c",
            "recorded-1 delivered",
        ))),
        told(sent("a receipt by GET").send(signed("GET", "/webhooks/plain?x=1", "recorded-1 delivered"))),
        told(sent("a receipt behind a slash").send(signed(
            "POST",
            "/webhooks/plain/?x",
            "recorded-1 delivered",
        ))),
        told(sent("a receipt below another mount").send(signed(
            "POST",
            "/v1/webhooks/plain?x=1",
            "recorded-1 delivered",
        ))),
        alone(
            "a receipt without a signature",
            Request::new("POST", "/webhooks/plain").body("recorded-1 failed"),
        ),
        alone("a receipt with two signatures", receipt("recorded-1 failed").header("x-signature", "more")),
        alone("a receipt with a signature that is no text", {
            Request::new("POST", "/webhooks/plain").header("x-signature", b"\xff").body("recorded-1 failed")
        }),
        alone("a receipt that cannot be read", receipt("recorded-1")),
        alone("an empty receipt", receipt("")),
        alone("a long receipt", receipt(&"x".repeat(16 * 1024 + 1))),
        Row::new("a receipt, the store down").down().send(receipt("recorded-1 delivered")),
        alone(
            "a receipt of a provider that is not there",
            signed("POST", "/webhooks/other", "recorded-1 failed"),
        ),
        alone("no provider", Request::new("POST", "/webhooks")),
        alone("PUT a receipt", signed("PUT", "/webhooks/plain", "recorded-1 failed")),
        alone("HEAD a receipt", Request::new("HEAD", "/webhooks/plain")),
        alone("OPTIONS of a receipt", Request::new("OPTIONS", "/webhooks/plain")),
    ]
}
