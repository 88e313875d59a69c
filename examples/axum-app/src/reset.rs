//! A new password by e-mail, without telling anybody who has an account.
//!
//! The mounted apps send a code to whomever they are asked to. Here only those with an account get one, and no answer,
//! limit or duration shows it: that is what *discreet* means. The right code of a discreet challenge is right until it
//! ends; that it counts once is for the host to see to, here [`Users::accept_code`].

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::{ConnectInfo, State},
    http::StatusCode,
    response::Result,
    routing::post,
};
use otp_axum::{ProofPurpose, Unclaimed};
use otp_core::{InvalidEmailAddress, Recipient};
use otp_http::ApiError;
use otp_service::{Address, CheckRequest, StartRequest, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Accounts, problem::Problem, users::Users};

struct Reset;

impl ProofPurpose for Reset {
    const PURPOSE: &'static str = "password-reset";
}

#[derive(Deserialize)]
struct Start {
    email: String,
}

#[derive(Deserialize)]
struct Check {
    email: String,
    security_code: String,
}

#[derive(Deserialize)]
struct Form {
    name: String,
    password: String,
}

const NOT_YOURS: (StatusCode, &str) = (StatusCode::FORBIDDEN, "this account has another address\n");

pub(crate) fn router() -> Router<Accounts> {
    Router::new()
        .route("/reset/start", post(start))
        .route("/reset/verify", post(verify))
        .route("/reset", post(set_password))
}

/// The same look-up and the same start for every address.
async fn start(
    State(users): State<Arc<Users>>,
    State(verifier): State<Verifier>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    Json(form): Json<Start>,
) -> Result<Json<Value>> {
    let email = address(&form.email)?;
    let start = StartRequest::new(email.clone())
        .purpose(Reset::purpose())
        .caller(caller.ip())
        .by_recipient()
        .discreet(users.know(&email));
    verifier.start(start).await.map_err(Problem::of)?;
    users.expect_code(&email);
    Ok(Json(json!({ "message": "If the address has an account, a code is on its way." })))
}

/// One answer for everything but the right code, the first time.
async fn verify(
    State(users): State<Arc<Users>>,
    State(verifier): State<Verifier>,
    Json(form): Json<Check>,
) -> Result<Json<Value>> {
    let email = address(&form.email)?;
    let check = CheckRequest::new(email.clone(), Address::Recipient, &form.security_code)
        .purpose(Reset::purpose())
        .discreet();
    let checked = verifier.check(check).await.map_err(Problem::of)?;
    let refused = || Problem::of(ApiError::CodeInvalid { checks_left: None });
    let proof = checked.proof.filter(|_| users.accept_code(&email)).ok_or_else(refused)?;
    Ok(Json(json!({ "proof": proof })))
}

/// Whoever comes here owns the address and may know whether it has an account.
async fn set_password(
    State(users): State<Arc<Users>>,
    email: Unclaimed<Reset>,
    Json(form): Json<Form>,
) -> Result<&'static str> {
    if !users.belongs(&form.name, email.recipient()) {
        return Err(NOT_YOURS.into());
    }
    email.claim().await?;
    users.set_password(&form.name, form.password);
    Ok("the new password is set\n")
}

fn address(text: &str) -> Result<Recipient, Problem> {
    let malformed = || Problem::of(ApiError::InvalidEmail(InvalidEmailAddress::Malformed));
    Recipient::parse(text).ok().filter(|recipient| !recipient.is_phone()).ok_or_else(malformed)
}
