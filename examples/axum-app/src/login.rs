//! Login in two steps: the password, then a code to the account's phone.

use std::sync::Arc;

use axum::{Json, Router, extract::State, http::StatusCode, response::Result, routing::post};
use otp_axum::{ProofPurpose, Unclaimed};
use otp_http::{ApiError, VerificationApp};
use otp_service::{Verifier, random_bytes};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Accounts, problem::Problem, users::Users};

struct Login;

impl ProofPurpose for Login {
    const PURPOSE: &'static str = "login";
}

#[derive(Deserialize)]
struct Password {
    name: String,
    password: String,
}

#[derive(Deserialize)]
struct Finish {
    login: String,
}

const WRONG: (StatusCode, &str) = (StatusCode::UNAUTHORIZED, "wrong name or password\n");
const NOT_YOURS: (StatusCode, &str) =
    (StatusCode::FORBIDDEN, "there is no such login, or another phone belongs to it\n");

pub(crate) fn router(verifier: Verifier) -> Router<Accounts> {
    let phone = VerificationApp::phone(verifier).purpose(Login::purpose());
    Router::new()
        .route("/login", post(log_in))
        .nest_service("/api/login", otp_axum::router(phone))
        .route("/login/finish", post(finish))
}

/// The first factor. A right password opens nothing yet: it names a login that waits for the second one.
///
/// An application limits guesses here as well; the verifier limits those of codes.
async fn log_in(
    State(users): State<Arc<Users>>,
    State(verifier): State<Verifier>,
    Json(form): Json<Password>,
) -> Result<Json<Value>> {
    let random = random_bytes().map_err(|_| Problem::of(ApiError::Unavailable))?;
    let login = format!("{:032x}", u128::from_be_bytes(random));
    if !users.begin_login(&form.name, &form.password, &login, verifier.now()) {
        return Err(WRONG.into());
    }
    Ok(Json(json!({ "login": login, "next": "/api/login/register" })))
}

/// The second factor: a verified phone counts only if it is the account's.
async fn finish(
    State(users): State<Arc<Users>>,
    State(verifier): State<Verifier>,
    phone: Unclaimed<Login>,
    Json(form): Json<Finish>,
) -> Result<String> {
    if !users.awaits(&form.login, phone.recipient(), verifier.now()) {
        return Err(NOT_YOURS.into());
    }
    phone.claim().await?;
    let name = users.finish_login(&form.login).ok_or(NOT_YOURS)?;
    Ok(format!("{name} is logged in\n")) // here an application sets its session cookie
}
