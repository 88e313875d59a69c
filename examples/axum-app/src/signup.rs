//! Signup: an account needs a phone number that somebody proved to own.

use std::sync::Arc;

use axum::{Json, Router, extract::State, http::StatusCode, response::Result, routing::post};
use otp_axum::{ProofPurpose, Unclaimed, Verified};
use otp_core::Recipient;
use otp_http::VerificationApp;
use otp_service::Verifier;
use serde::Deserialize;

use crate::{
    Accounts,
    users::{User, Users},
};

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

const NO_ADDRESS: (StatusCode, &str) = (StatusCode::BAD_REQUEST, "this is no e-mail address\n");
const TAKEN: (StatusCode, &str) = (StatusCode::CONFLICT, "this name is taken\n");

pub(crate) fn router(verifier: Verifier) -> Router<Accounts> {
    let phone = VerificationApp::phone(verifier).purpose(Signup::purpose());
    Router::new().nest_service("/api/signup", otp_axum::router(phone)).route("/signup", post(sign_up))
}

/// Everything that may be refused comes first: until it is claimed, the proof is as good as before.
async fn sign_up(
    State(users): State<Arc<Users>>,
    phone: Unclaimed<Signup>,
    Json(form): Json<Form>,
) -> Result<(StatusCode, String)> {
    let email = Recipient::parse(&form.email).ok().filter(|email| !email.is_phone()).ok_or(NO_ADDRESS)?;
    if users.has(&form.name) {
        return Err(TAKEN.into());
    }
    Ok(create(&users, phone.claim().await?, email, form)?)
}

/// Cannot be called without a claimed proof: its argument says so.
fn create(
    users: &Users,
    phone: Verified<Signup>,
    email: Recipient,
    form: Form,
) -> Result<(StatusCode, String), (StatusCode, &'static str)> {
    let welcome = format!("welcome, {}\n", form.name);
    let user = User { password: form.password, phone: phone.into_claims().sub, email };
    if users.add(form.name, user) { Ok((StatusCode::CREATED, welcome)) } else { Err(TAKEN) }
}
