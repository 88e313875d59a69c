//! Apps among a host's own scopes, extractors, error handlers, default service and middleware.

use actix_web::{
    HttpResponse,
    error::InternalError,
    http::{Method, StatusCode},
    middleware::DefaultHeaders,
    web::{self, Form, FormConfig, Json, JsonConfig, PayloadConfig, Query, QueryConfig, ServiceConfig},
};
use otp_core::Policy;
use otp_http::{BODY_LIMIT, Operations};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Call, JSON, PHONE, ask, phone, verifier};

const FORM: &str = "application/x-www-form-urlencoded";
const FALLBACK: &str = "the host's default service";

#[derive(Deserialize)]
struct Note {
    text: String,
}

/// The host's own routes.
fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(async || "the host's index"))
        .route("/json", web::post().to(async |Json(note): Json<Note>| note.text))
        .route("/form", web::post().to(async |Form(note): Form<Note>| note.text))
        .route("/bytes", web::post().to(async |bytes: web::Bytes| bytes))
        .route("/query", web::get().to(async |Query(note): Query<Note>| note.text));
}

/// The host's own limits and answers: all of them would be wrong for ours.
fn extractors(config: &mut ServiceConfig) {
    let teapot = |error: String| {
        InternalError::from_response(error, HttpResponse::build(StatusCode::IM_A_TEAPOT).body("the host's"))
    };
    config
        .app_data(
            JsonConfig::default()
                .limit(20)
                .content_type(|mime| mime.essence_str() == "text/note")
                .error_handler(move |error, _| teapot(error.to_string()).into()),
        )
        .app_data(
            FormConfig::default().limit(10).error_handler(move |error, _| teapot(error.to_string()).into()),
        )
        .app_data(QueryConfig::default().error_handler(move |error, _| teapot(error.to_string()).into()))
        .app_data(PayloadConfig::new(5).mimetype("text/plain".parse().expect("a media type")));
}

fn host(config: &mut ServiceConfig) {
    extractors(config);
    routes(config);
    config.default_service(web::to(async || HttpResponse::NotFound().body(FALLBACK)));
}

/// The host's routes as they are without us.
async fn assert_host(configure: impl Fn(&mut ServiceConfig) + Copy) {
    for (call, status, text) in [
        (Call::new(Method::GET, "/"), 200, "the host's index"),
        (Call::post("/json", "text/note", r#"{"text":"hello"}"#), 200, "hello"),
        (Call::post("/json", JSON, r#"{"text":"hello"}"#), 200, "hello"),
        (Call::post("/json", "text/note", "{"), 418, "the host's"),
        (Call::post("/json", "text/note", r#"{"text":"hello, world"}"#), 418, "the host's"),
        (Call::post("/form", FORM, "text=hello"), 200, "hello"),
        (Call::post("/form", FORM, "text=hello,+world"), 418, "the host's"),
        (Call::post("/bytes", "text/plain", "hello"), 200, "hello"),
        (Call::new(Method::GET, "/query?text=hello"), 200, "hello"),
        (Call::new(Method::GET, "/query"), 418, "the host's"),
        (Call::new(Method::DELETE, "/nothing"), 404, FALLBACK),
        (Call::new(Method::POST, "/api/phones"), 404, FALLBACK),
        (Call::new(Method::POST, "/api"), 404, FALLBACK),
    ] {
        let shown = format!("{text} {status}");
        let answer = ask(configure, call).await;
        assert_eq!((answer.status, answer.text.as_str()), (status, text), "{shown}");
    }
    for call in [Call::post("/bytes", "text/plain", "longer"), Call::post("/bytes", JSON, "1")] {
        assert!(matches!(ask(configure, call).await.status, 400 | 413));
    }
}

/// Ours as they are without a host.
async fn assert_ours(configure: impl Fn(&mut ServiceConfig) + Copy, mount: &str) {
    let at = |call: &str| format!("{mount}/{call}");
    let person = json!({ "phone_number": PHONE }).to_string();
    let long = format!("{person}{}", " ".repeat(BODY_LIMIT - person.len()));
    for (call, status, code) in [
        (Call::post(&at("register"), JSON, person.clone()), 200, ""),
        (Call::post(&at("register?text"), FORM, "phone_number=%2B14155550123"), 200, ""),
        (Call::post(&at("register"), JSON, long.clone()), 200, ""),
        (Call::post(&at("register"), JSON, format!("{long} ")), 413, "payload_too_large"),
        (Call::post(&at("register"), JSON, "{"), 400, "invalid_request"),
        (Call::post(&at("register"), "text/note", person.clone()), 415, "unsupported_media_type"),
        (Call::post(&at("register"), "text/plain", "12345"), 415, "unsupported_media_type"),
        (Call::new(Method::DELETE, &at("register")), 405, "method_not_allowed"),
        (Call::new(Method::GET, &at("nothing")), 404, "not_found"),
        (Call::new(Method::GET, mount), 404, "not_found"),
        (Call::new(Method::GET, &at("")), 404, "not_found"),
    ] {
        let answer = ask(configure, call).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{answer:?}");
        let content_type = if status == 200 { JSON } else { "application/problem+json" };
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[actix_web::test]
async fn before_the_hosts_own() {
    let configure = |config: &mut ServiceConfig| {
        config.configure(otp_actix::configure("/api/phone", phone())).configure(host);
    };
    assert_host(configure).await;
    assert_ours(configure, "/api/phone").await;
}

#[actix_web::test]
async fn behind_the_hosts_own() {
    let configure = |config: &mut ServiceConfig| {
        config.configure(host).service(otp_actix::scope("/api/phone", phone()));
    };
    assert_host(configure).await;
    assert_ours(configure, "/api/phone").await;
}

#[actix_web::test]
async fn inside_a_scope_of_the_hosts() {
    let configure = |config: &mut ServiceConfig| {
        let inner = web::scope("/v1")
            .configure(extractors)
            .service(otp_actix::scope("/phone/", phone()))
            .configure(routes)
            .default_service(web::to(async || "the scope's default service"));
        config.configure(host).service(inner);
    };
    assert_host(configure).await;
    assert_ours(configure, "/v1/phone").await;
    let answer = ask(configure, Call::new(Method::GET, "/v1/nothing")).await;
    assert_eq!(answer.text, "the scope's default service");
}

#[actix_web::test]
async fn mounts() {
    for (mount, path) in [
        ("/api/phone", "/api/phone/register"),
        ("api/phone/", "/api/phone/register"),
        ("/", "/register"),
        ("", "//register/"),
        ("/tenants/{tenant}/phone", "/tenants/a%20b/phone/register"),
        ("/t\u{e9}l\u{e9}phone", "/t%C3%A9l%C3%A9phone/register"),
    ] {
        let body = json!({ "phone_number": PHONE }).to_string();
        let answer = ask(otp_actix::configure(mount, phone()), Call::post(path, JSON, body)).await;
        assert_eq!(answer.status, 200, "{mount} {path}: {answer:?}");
    }
}

#[actix_web::test]
async fn operations_among_the_hosts_own() {
    let operations = Operations::new(verifier(Policy::default()));
    let inner = operations.clone();
    let configure = move |config: &mut ServiceConfig| {
        let scope = web::scope("/internal").configure(otp_actix::configure_operations(inner.clone()));
        config.configure(host).configure(otp_actix::configure_operations(operations.clone())).service(scope);
    };
    assert_host(&configure).await;
    for path in ["/healthz", "/healthz/", "/internal/healthz", "/internal/readyz/"] {
        let answer = ask(&configure, Call::new(Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let refused = ask(&configure, Call::post(path, JSON, "{}")).await;
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{path}");
    }
    assert_eq!(ask(&configure, Call::new(Method::GET, "/healthz/x")).await.text, FALLBACK);
    assert_eq!(ask(&configure, Call::new(Method::GET, "/openapi.json")).await.code(), "not_found");
}

#[actix_web::test]
async fn middleware_sees_our_answers() {
    let header = |name, value| DefaultHeaders::new().add((name, value));
    let configure = |config: &mut ServiceConfig| {
        let ours = otp_actix::scope("/api/phone", phone()).wrap(header("x-scope", "ours"));
        config.service(web::scope("").wrap(header("x-app", "the host's")).service(ours).configure(host));
    };
    let answer = ask(configure, Call::new(Method::GET, "/api/phone/jwks.json")).await;
    assert_eq!((answer.header("x-app"), answer.header("x-scope")), (Some("the host's"), Some("ours")));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert!(answer.body["keys"].as_array().is_some_and(|keys| keys.iter().all(Value::is_object)));
    let answer = ask(configure, Call::new(Method::GET, "/")).await;
    assert_eq!((answer.header("x-app"), answer.header("x-scope")), (Some("the host's"), None));
}

#[actix_web::test]
async fn what_the_host_registered_before_comes_first() {
    let configure = |config: &mut ServiceConfig| {
        config
            .route("/api/phone/terms", web::get().to(async || "the host's terms"))
            .service(otp_actix::scope("/api/phone", phone()));
    };
    assert_eq!(ask(configure, Call::new(Method::GET, "/api/phone/terms")).await.text, "the host's terms");
    assert_eq!(ask(configure, Call::new(Method::GET, "/api/phone/other")).await.code(), "not_found");
}
