//! Login in two steps: the password, then a code to the account's phone.

use actix_web::{
    Result,
    error::{ErrorForbidden, ErrorUnauthorized},
    web::{self, Data, Json, ServiceConfig},
};
use otp_actix::{ProofPurpose, Unclaimed};
use otp_http::{ApiError, VerificationApp};
use otp_service::{Verifier, random_bytes};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{problem::Problem, users::Users};

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

const WRONG: &str = "wrong name or password\n";
const NOT_YOURS: &str = "there is no such login, or another phone belongs to it\n";

pub(crate) fn configure(config: &mut ServiceConfig, verifier: &Verifier) {
    let phone = VerificationApp::phone(verifier.clone()).purpose(Login::purpose());
    config
        .route("/login", web::post().to(log_in))
        .service(otp_actix::scope("/api/login", phone))
        .route("/login/finish", web::post().to(finish));
}

/// The first factor. A right password opens nothing yet: it names a login that waits for the second one.
///
/// An application limits guesses here as well; the verifier limits those of codes.
async fn log_in(users: Data<Users>, verifier: Data<Verifier>, form: Json<Password>) -> Result<Json<Value>> {
    let random = random_bytes().map_err(|_| Problem::of(ApiError::Unavailable))?;
    let login = format!("{:032x}", u128::from_be_bytes(random));
    if !users.begin_login(&form.name, &form.password, &login, verifier.now()) {
        return Err(ErrorUnauthorized(WRONG));
    }
    Ok(Json(json!({ "login": login, "next": "/api/login/register" })))
}

/// The second factor: a verified phone counts only if it is the account's.
async fn finish(
    users: Data<Users>,
    verifier: Data<Verifier>,
    phone: Unclaimed<Login>,
    form: Json<Finish>,
) -> Result<String> {
    if !users.awaits(&form.login, phone.recipient(), verifier.now()) {
        return Err(ErrorForbidden(NOT_YOURS));
    }
    phone.claim().await?;
    let name = users.finish_login(&form.login).ok_or_else(|| ErrorForbidden(NOT_YOURS))?;
    Ok(format!("{name} is logged in\n")) // here an application sets its session cookie
}
