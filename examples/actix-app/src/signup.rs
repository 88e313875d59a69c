//! Signup: an account needs a phone number that somebody proved to own.

use actix_web::{
    HttpResponse, Result,
    error::{ErrorBadRequest, ErrorConflict},
    web::{self, Data, Json, ServiceConfig},
};
use otp_actix::{ProofPurpose, Unclaimed, Verified};
use otp_core::Recipient;
use otp_http::VerificationApp;
use otp_service::Verifier;
use serde::Deserialize;

use crate::users::{User, Users};

/// What the proofs taken here are for: those for a login, say, are refused.
struct Signup;

impl ProofPurpose for Signup {
    const PURPOSE: &'static str = "signup";
}

#[derive(Deserialize)]
struct Form {
    name: String,
    email: String,
    password: String,
}

const NO_ADDRESS: &str = "this is no e-mail address\n";
const TAKEN: &str = "this name is taken\n";

pub(crate) fn configure(config: &mut ServiceConfig, verifier: &Verifier) {
    let phone = VerificationApp::phone(verifier.clone()).purpose(Signup::purpose());
    config.service(otp_actix::scope("/api/signup", phone)).route("/signup", web::post().to(sign_up));
}

/// Everything that may be refused comes first: until it is claimed, the proof is as good as before.
async fn sign_up(users: Data<Users>, phone: Unclaimed<Signup>, form: Json<Form>) -> Result<HttpResponse> {
    let email = Recipient::parse(&form.email).ok().filter(|email| !email.is_phone());
    let email = email.ok_or_else(|| ErrorBadRequest(NO_ADDRESS))?;
    if users.has(&form.name) {
        return Err(ErrorConflict(TAKEN));
    }
    create(&users, phone.claim().await?, email, form.into_inner())
}

/// Cannot be called without a claimed proof: its argument says so.
fn create(users: &Users, phone: Verified<Signup>, email: Recipient, form: Form) -> Result<HttpResponse> {
    let welcome = format!("welcome, {}\n", form.name);
    let user = User { password: form.password, phone: phone.into_claims().sub, email };
    if users.add(form.name, user) {
        Ok(HttpResponse::Created().body(welcome))
    } else {
        Err(ErrorConflict(TAKEN))
    }
}
