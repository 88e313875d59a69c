//! A service in memory on a clock that stands still, and calls to whatever app it is mounted in.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{net::SocketAddr, sync::Arc};

use actix_web::{
    App,
    http::{Method, header::HeaderMap},
    test::{TestRequest, call_service, init_service, read_body},
    web::ServiceConfig,
};
use otp_core::{Channel, Keyring, Policy};
use otp_http::VerificationApp;
use otp_service::{DiscardSender, ManualClock, MemoryStore, Routes, Verifier};
use serde_json::Value;

pub(crate) const PHONE: &str = "+14155550123";
pub(crate) const JSON: &str = "application/json";

pub(crate) fn verifier(policy: Policy) -> Verifier {
    let keyring = Keyring::new([("k1".parse().unwrap(), (0..32).collect::<Vec<u8>>())]).unwrap();
    Verifier::builder(Arc::new(MemoryStore::new()), keyring)
        .clock(Arc::new(ManualClock::at(1_800_000_000_000)))
        .policy(policy)
        .routes(Routes::default().with(Channel::Sms, Arc::new(DiscardSender)))
        .build()
        .unwrap()
}

pub(crate) fn phone() -> VerificationApp {
    VerificationApp::phone(verifier(Policy::default()))
}

/// What the calls are answered, in turn, by an app that is configured so.
pub(crate) async fn story(configure: impl FnOnce(&mut ServiceConfig), calls: Vec<Call>) -> Vec<Answer> {
    let app = init_service(App::new().configure(configure)).await;
    let mut answers = Vec::new();
    for Call(request) in calls {
        let response = call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        answers.push(Answer { status, headers, body, text });
    }
    answers
}

/// What one call is answered.
pub(crate) async fn ask(configure: impl FnOnce(&mut ServiceConfig), call: Call) -> Answer {
    story(configure, vec![call]).await.remove(0)
}

pub(crate) struct Call(TestRequest);

impl Call {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self(TestRequest::with_uri(path).method(method))
    }

    pub(crate) fn post(path: &str, content_type: &str, body: impl Into<String>) -> Self {
        let request = TestRequest::post().uri(path);
        Self(request.insert_header(("content-type", content_type)).set_payload(body.into()))
    }

    pub(crate) fn header(self, name: &str, value: String) -> Self {
        Self(self.0.insert_header((name, value)))
    }

    pub(crate) fn from(self, peer: &str) -> Self {
        Self(self.0.peer_addr(SocketAddr::new(peer.parse().unwrap(), 4711)))
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}
