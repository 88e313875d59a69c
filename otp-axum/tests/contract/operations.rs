//! What operators ask.

use axum::http::Method;
use otp_http::ErrorCode;
use serde_json::json;

use crate::support::{Answer, Call, Host, JSON, PHONE};

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
    // Of no call, of the account app, of webhooks, and of a host's own handlers.
    let elsewhere = [
        ErrorCode::NotFound,
        ErrorCode::AlreadyRegistered,
        ErrorCode::SignatureInvalid,
        ErrorCode::ProofMissing,
        ErrorCode::ProofInvalid,
        ErrorCode::ProofAlreadyClaimed,
    ];
    for code in ErrorCode::ALL.into_iter().filter(|code| !elsewhere.contains(code)) {
        assert!(text.contains(&format!("`{}`", code.as_str())), "{} is told by no call", code.as_str());
    }
    // What is answered is what is described.
    let described = |path: &str| -> Vec<String> {
        let schema =
            &document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"];
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
