//! Paths and methods.

use crate::{
    request::{JSON, Request},
    row::{Agreement, Row},
    service::UNKNOWN,
};

const PERSON: &str = r#"{"phone_number":"+14155550123"}"#;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for target in [
        // Calls.
        "/api/phone/register",
        "/api/phone/register/",
        "/api/phone/register//",
        "/api/phone//register",
        "/api/phone///register///",
        "/api/phone/register?",
        "/api/phone/register?next=/&phone_number=%2B1",
        "/api/phone/register?%ff=%00",
        "/v1/phone/register",
        "/v1/phone//register/",
        "/tenants/a/phone/register",
        "/tenants/a%20b/phone/register",
        "/tenants/a%2Fb/phone/register",
        "/tenants/caf%C3%A9/phone//register",
        "/tenants/%ff/phone/register",
        "http://parity.test/api/phone/register",
        "http://elsewhere.test:99/api/phone/register",
        // Below a mount, but no call.
        "/api/phone",
        "/api/phone/",
        "/api/phone//",
        "/api/phone?register",
        "/api/phone/Register",
        "/api/phone/register/x",
        "/api/phone/register/..",
        "/api/phone/./register",
        "/api/phone/../phone/register",
        "/api/phone/unknown",
        "/api/phone/healthz",
        "/api/phone/api/phone/register",
        "/api/phone/%72egister",
        "/api/phone/register%2f",
        "/api/phone/register%2F",
        "/api/phone/register%00",
        "/api/phone/register%20",
        "/api/phone/register;v=1",
        "/api/phone/register+",
        "/api/phone/%ff",
        "/api/phone/%",
        "/api/phone/%zz",
        "/api/phone/\"<>",
        "/v1/phone/nothing",
        "/v1/%70hone/register",
        "/tenants/a/phone/nothing",
        // Beside every mount.
        "//",
        "/api",
        "/api/",
        "/api/phones",
        "/api/phones/register",
        "/api/phon",
        "/API/phone/register",
        "//api/phone/register",
        "/api//phone/register",
        "/api/%70hone/register",
        "/%61pi/phone/register",
        "/api%2Fphone/register",
        "/api/phone%2Fregister",
        "/api/phone;v=1/register",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/nothing",
    ] {
        rows.push(Row::new(format!("POST {target}")).post(target, PERSON));
    }
    rows.push(Row::new("GET /").send(Request::new("GET", "/")));
    rows.push(
        Row::new("a path in UTF-8")
            .post("/api/phone/caf\u{e9}", PERSON)
            .agreeing(Agreement::Refusal("actix's URIs are ASCII: it refuses the request line")),
    );
    rows.push(
        Row::new("an empty segment before the mount")
            .post("/tenants//phone/register", PERSON)
            .agreeing(Agreement::Status("the host's own routing: axum takes it for a tenant without a name")),
    );
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "post", "M-SEARCH"] {
        for target in ["/api/phone/register", "/api/phone/cancel/", "/api/phone/jwks.json", "/api/phone/none"]
        {
            rows.push(Row::new(format!("{method} {target}")).send(Request::new(method, target)));
        }
    }
    for call in ["verify", "resend", "status", "cancel", "register"] {
        let target = format!("/api/email/{call}");
        rows.push(Row::new(format!("GET {target}")).send(Request::new("GET", &target)));
    }
    let preflight = Request::new("OPTIONS", "/api/phone/register")
        .header("origin", "https://example.com")
        .header("access-control-request-method", "POST");
    rows.push(Row::new("a preflight").send(preflight));
    rows.push(
        Row::new("OPTIONS with a body")
            .send(Request::new("OPTIONS", "/api/phone/register").header("content-type", JSON).body(PERSON)),
    );
    rows.push(
        Row::new("GET with a body")
            .send(Request::new("GET", "/api/phone/jwks.json").header("content-type", JSON).body(PERSON)),
    );
    rows.push(Row::new("POST to the keys").post("/api/email/jwks.json/", "{}"));
    rows.push(
        Row::new("another method, by a header")
            .send(Request::post("/api/phone/jwks.json", JSON, "{}").header("x-http-method-override", "GET")),
    );
    let conditional = Request::new("GET", "/api/phone/jwks.json")
        .header("if-none-match", "*")
        .header("range", "bytes=0-1")
        .header("accept", "text/html");
    rows.push(Row::new("the keys, conditionally and in part").send(conditional));
    let status = format!(r#"{{"phone_number":"+14155550123","session_token":"{UNKNOWN}"}}"#);
    rows.push(
        Row::new("an answer nobody accepts")
            .send(Request::post("/api/phone/status", JSON, status).header("accept", "image/png")),
    );
    rows
}
