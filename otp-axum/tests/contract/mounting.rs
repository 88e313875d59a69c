//! Paths, methods, and apps among a host's own routes.

use axum::{Router, http::Method, routing::get};
use otp_http::VerificationApp;
use serde_json::json;

use crate::support::{Call, FORM, Host, JSON, PHONE, none};

#[tokio::test]
async fn paths() {
    let host = Host::new();
    for path in [
        "/api/phone",
        "/api/phone/",
        "/api/phone//",
        "/api/phone/Register",
        "/api/phone/%72egister",
        "/api/phone/register/x",
        "/api/phone/unknown",
        "/api/phone/register%2f",
        "/api/phone/healthz",
    ] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let answer = host.call(Call { method, ..Call::post(path, JSON, "{") }).await;
            assert_eq!(answer.status, 404, "{path}");
            let detail = "There is nothing at this path.";
            answer.assert_problem(404, "not_found", detail, none(detail));
        }
    }
    for path in [
        "/api/phone/register",
        "/api/phone/register/",
        "/api/phone//register//",
        "/api/phone/register?next=/",
    ] {
        let body = json!({ "phone_number": PHONE }).to_string();
        assert_eq!(Host::new().call(Call::post(path, JSON, body)).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn methods() {
    let host = Host::new();
    let detail = "This path takes other methods; the Allow header names them.";
    let custom = Method::from_bytes(b"BREW").unwrap();
    for method in
        [Method::GET, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE, custom]
    {
        for call in ["register", "verify", "resend", "status", "cancel/"] {
            let answer = host.call(Call::bare(method.clone(), &format!("/api/phone/{call}"))).await;
            answer.assert_problem(405, "method_not_allowed", detail, none(detail));
            assert_eq!(answer.header("allow"), Some("POST"));
        }
    }
    let answer = host.call(Call::bare(Method::HEAD, "/api/phone/register")).await;
    assert_eq!((answer.status, answer.header("allow"), answer.text.as_str()), (405, Some("POST"), ""));
    let answer = host.call(Call::post("/api/phone/jwks.json", FORM, "")).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")));
}

#[tokio::test]
async fn nest_and_nest_service() {
    let host = Host::new();
    let app = || otp_axum::router(VerificationApp::phone(host.verifier.clone()));
    let index = || Router::new().route("/", get(async || "index")).fallback(async || "fallback");
    for (router, at_the_mount) in [
        (index().nest("/api/phone", app()), "fallback"),
        (index().nest_service("/api/phone", app()), "not_found"),
        (Router::new().nest("/v1", index().nest("/x", app())).nest_service("/api/phone", app()), "not_found"),
    ] {
        let host = Host { router, ..host.clone() };
        let answer = host.about("status", "no token").await;
        assert_eq!(answer.body["code"], "session_mismatch");
        for path in ["/api/phone", "/api/phone/none"] {
            assert_eq!(host.call(Call::bare(Method::GET, path)).await.body["code"], "not_found", "{path}");
        }
        let answer = host.call(Call::bare(Method::GET, "/api/phone/")).await;
        assert!(answer.text.contains(at_the_mount), "{answer:?}");
    }
}
