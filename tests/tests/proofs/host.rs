//! A host with two handlers: one takes the proof at once, the other looks at the body first.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{test, web};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
    routing::post,
};
use otp_core::{Channel, Keyring, Namespace, Purpose, Recipient, Timestamp};
use otp_http::ProofPurpose;
use otp_service::{ManualClock, MemoryStore, Store, Verifier};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const PHONE: &str = "+14155550123";
pub(crate) const NOW: i64 = 1_800_000_000_000;

pub(crate) struct Signup;

impl ProofPurpose for Signup {
    const PURPOSE: &'static str = "signup";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
}

pub(crate) const FRAMEWORKS: [Framework; 2] = [Framework::Axum, Framework::Actix];

#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) verifier: Verifier,
    pub(crate) clock: Arc<ManualClock>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(Arc::new(MemoryStore::new()), &["k1"])
    }

    /// On this store, with these secret keys.
    pub(crate) fn with(store: Arc<dyn Store>, keys: &[&str]) -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let verifier = Verifier::builder(store, keyring(keys))
            .clock(clock.clone())
            .namespace(Namespace::new("shop").unwrap())
            .build()
            .unwrap();
        Self { verifier, clock }
    }

    /// A proof for signing up.
    pub(crate) fn proof(&self) -> String {
        self.proof_for("signup")
    }

    pub(crate) fn proof_for(&self, purpose: &str) -> String {
        let (purpose, recipient) = (Purpose::new(purpose).unwrap(), Recipient::parse(PHONE).unwrap());
        self.verifier.proofs().sign(&purpose, &recipient, Channel::Sms, self.verifier.now()).unwrap()
    }

    pub(crate) fn set(&self, millis: i64) {
        self.clock.set(Timestamp::from_millis(millis));
    }

    /// Asks the handler that claims at once.
    pub(crate) async fn sign_up(&self, framework: Framework, proof: &str) -> Answer {
        self.post(framework, "/signup", &[("verification-proof", proof)], "").await
    }

    pub(crate) async fn post(
        &self,
        framework: Framework,
        path: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> Answer {
        let verifier = self.verifier.clone();
        match framework {
            Framework::Axum => ask_axum(verifier, path, headers, body).await,
            Framework::Actix => ask_actix(verifier, path, headers, body).await,
        }
    }
}

/// On any thread.
pub(crate) async fn ask_axum(
    verifier: Verifier,
    path: &str,
    headers: &[(&str, &str)],
    body: &'static str,
) -> Answer {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = axum_app(verifier).oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| header(name.as_str(), value.as_bytes())).collect();
    Answer::new(parts.status.as_u16(), headers, &to_bytes(body, usize::MAX).await.unwrap())
}

async fn ask_actix(verifier: Verifier, path: &str, headers: &[(&str, &str)], body: &'static str) -> Answer {
    let app = actix_web::App::new()
        .app_data(web::Data::new(verifier))
        .route("/signup", web::post().to(actix_host::sign_up))
        .route("/form", web::post().to(actix_host::fill_in));
    let app = test::init_service(app).await;
    let mut request = test::TestRequest::post().uri(path).set_payload(body);
    for (name, value) in headers {
        request = request.append_header((*name, *value));
    }
    let response = test::call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| header(name.as_str(), value.as_bytes())).collect();
    Answer::new(status, headers, &test::read_body(response).await)
}

/// Keys of these tests.
pub(crate) fn keyring(ids: &[&str]) -> Keyring {
    let secret = |id: &str| id.bytes().cycle().zip(0..).map(|(byte, place)| byte ^ place).take(32).collect();
    let keys: Vec<(_, Vec<u8>)> = ids.iter().map(|id| (id.parse().unwrap(), secret(id))).collect();
    Keyring::new(keys).unwrap()
}

/// A host whose state is more than the verifier.
#[derive(Clone)]
struct AppState(Verifier);

impl axum::extract::FromRef<AppState> for Verifier {
    fn from_ref(state: &AppState) -> Self {
        state.0.clone()
    }
}

fn axum_app(verifier: Verifier) -> Router {
    use axum::{http::StatusCode, response::IntoResponse};
    use otp_axum::{Unclaimed, Verified};

    let sign_up = async |who: Verified<Signup>| who.recipient().as_str().to_owned();
    let fill_in = async |who: Unclaimed<Signup>, body: String| {
        if body != "complete" {
            return StatusCode::IM_A_TEAPOT.into_response();
        }
        match who.claim().await {
            Ok(who) => who.recipient().as_str().to_owned().into_response(),
            Err(rejection) => rejection.into_response(),
        }
    };
    Router::new().route("/signup", post(sign_up)).route("/form", post(fill_in)).with_state(AppState(verifier))
}

mod actix_host {
    use actix_web::{HttpResponse, Result};
    use otp_actix::{Unclaimed, Verified};

    use super::Signup;

    pub(super) async fn sign_up(who: Verified<Signup>) -> String {
        who.recipient().as_str().to_owned()
    }

    pub(super) async fn fill_in(who: Unclaimed<Signup>, body: String) -> Result<HttpResponse> {
        if body != "complete" {
            return Ok(HttpResponse::ImATeapot().finish());
        }
        let who = who.claim().await?;
        Ok(HttpResponse::Ok().body(who.recipient().as_str().to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

fn header(name: &str, value: &[u8]) -> (String, String) {
    (name.to_owned(), String::from_utf8(value.to_vec()).unwrap())
}

impl Answer {
    fn new(status: u16, mut headers: BTreeMap<String, String>, body: &[u8]) -> Self {
        headers.remove("content-length");
        Self { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// That this person was let in.
    #[track_caller]
    pub(crate) fn assert_in(&self) {
        assert_eq!((self.status, self.text.as_str()), (200, PHONE), "{self:?}");
    }

    /// That it is this problem and says nothing more about it.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str, detail: &str) {
        let body: Value = serde_json::from_str(&self.text).unwrap();
        let expected = serde_json::json!({
            "type": format!("/problems/{code}"), "title": body["title"], "status": status, "detail": detail,
            "code": code, "non_field_errors": [detail],
        });
        assert_eq!((self.status, body), (status, expected));
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers["cache-control"], "no-store");
        let challenge = self.headers.get("www-authenticate").map(String::as_str);
        let expected = match code {
            "proof_missing" => Some("Bearer realm=\"verification\""),
            "proof_invalid" => Some("Bearer realm=\"verification\", error=\"invalid_token\""),
            _ => None,
        };
        assert_eq!(challenge, expected, "a 401, and nothing else, says how to do better");
    }

    #[track_caller]
    pub(crate) fn assert_invalid(&self) {
        self.assert_refused(
            401,
            "proof_invalid",
            "The proof is not valid here, or has expired. Please verify again.",
        );
    }

    #[track_caller]
    pub(crate) fn assert_claimed_before(&self) {
        self.assert_refused(409, "proof_already_claimed", "The proof has been used. Please verify again.");
    }
}
