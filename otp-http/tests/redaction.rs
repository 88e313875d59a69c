//! What `Debug` and `Display` of the public types show: no recipient, no token, no code, no field of a request.

use std::sync::Arc;

use http::{HeaderMap, Method};
use otp_core::{Channel, Keyring};
use otp_http::{ApiError, App, BodyError, Request, VerificationApp};
use otp_service::{DiscardSender, MemoryStore, Routes, Verifier};

const PHONE: &str = "+14155550123";

fn app() -> VerificationApp {
    let keyring =
        Keyring::new([("k1".parse().expect("id"), (0..32).collect::<Vec<u8>>())]).expect("a keyring");
    let routes = Routes::default().with(Channel::Sms, Arc::new(DiscardSender));
    let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring).routes(routes).build();
    VerificationApp::phone(verifier.expect("a verifier"))
}

fn request(path: &str, content_type: &str, body: Result<String, BodyError>) -> Request {
    Request {
        method: Method::POST,
        path: path.to_owned(),
        target: String::new(),
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, content_type.parse().expect("a value"))]),
        body: body.map(Into::into),
        peer: None,
    }
}

#[tokio::test]
async fn requests_answers_and_errors_show_nothing() {
    let app = app();
    let request = request("/register", "application/json", Ok(format!(r#"{{"phone_number":"{PHONE}"}}"#)));
    let response = app.handle(request.clone()).await;
    assert_eq!(response.status, 200);
    let answer: serde_json::Value = serde_json::from_slice(&response.body).expect("JSON");
    let token = answer["session_token"].as_str().expect("a token");
    for shown in [format!("{request:?}"), format!("{response:?}"), format!("{app:?}")] {
        assert!(!shown.contains("4155550123") && !shown.contains(token), "{shown}");
    }
}

#[tokio::test]
async fn a_recipient_in_the_place_of_a_name_is_told_to_its_sender_alone() {
    let body = Ok(PHONE.trim_start_matches('+').to_owned());
    let response = app().handle(request("/register", "application/x-www-form-urlencoded", body)).await;
    assert_eq!(response.status, 400);
    assert!(String::from_utf8_lossy(&response.body).contains("14155550123"));
    let error = ApiError::InvalidRequest(Default::default());
    assert!(format!("{error:?}").contains("FieldErrors(0 known, 0 other)"));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_malformed() {
    let response = app().handle(request("/register", "application/json", Err(BodyError::Interrupted))).await;
    assert_eq!(response.status, 400);
    assert!(String::from_utf8_lossy(&response.body).contains("did not arrive whole"));
}
