//! The calls of the verification app.

mod cancel;
mod input;
mod jwks;
mod register;
mod resend;
mod session;
mod status;
mod table;
mod verify;

use self::input::Input;
pub(crate) use self::table::{Call, EMAIL, PHONE_NUMBER, SECURITY_CODE, routes};
use crate::{error::ApiError, request::Request, response::Response, route, verification::VerificationApp};

/// Answers one request.
pub(crate) async fn answer(app: &VerificationApp, request: &Request) -> Result<Response, ApiError> {
    let route = route::find(&app.routes, &request.method, &request.path)?;
    let input = || Input::read(app, request, &route.fields);
    let body = match route.call {
        Call::Register => register::register(input()?).await?,
        Call::Verify => verify::verify(input()?).await?,
        Call::Resend => resend::resend(input()?).await?,
        Call::Status => status::status(input()?).await?,
        Call::Cancel => cancel::cancel(input()?).await?,
        Call::Jwks => return Ok(jwks::jwks(app)),
    };
    Ok(Response::ok(&body))
}
