//! Apps as routers.

use axum::{Router, extract::Request, response::Response, routing::any};
use otp_http::{App, Operations};

use crate::{request, response};

/// The app as a router that answers every path and method itself, so that axum's own rejections never appear.
///
/// ```
/// # fn host(verifier: otp_service::Verifier) -> axum::Router {
/// use otp_http::VerificationApp;
///
/// axum::Router::new()
///     .nest_service("/api/phone", otp_axum::router(VerificationApp::phone(verifier.clone())))
///     .nest_service("/api/email", otp_axum::router(VerificationApp::email(verifier)))
/// # }
/// ```
pub fn router(app: impl App) -> Router {
    Router::new().fallback(move |request: Request| answer(app.clone(), request))
}

/// `/healthz`, `/readyz` and `/openapi.json`, for [`merge`](Router::merge): they stand among the host's own routes and
/// answer no other path.
///
/// ```
/// # fn host(verifier: otp_service::Verifier) -> axum::Router {
/// use otp_http::{OpenApi, Operations, VerificationApp};
///
/// let phone = VerificationApp::phone(verifier.clone());
/// let document = OpenApi::new("Acme").mount("/api/phone", &phone).document();
/// axum::Router::new()
///     .nest_service("/api/phone", otp_axum::router(phone))
///     .merge(otp_axum::operations_router(Operations::new(verifier).openapi(document)))
/// # }
/// ```
pub fn operations_router(operations: Operations) -> Router {
    let handler = {
        let operations = operations.clone();
        any(move |request: Request| answer(operations.clone(), request))
    };
    operations.mounts().iter().fold(Router::new(), |router, path| {
        router.route(path, handler.clone()).route(&format!("{path}/"), handler.clone())
    })
}

async fn answer(app: impl App, request: Request) -> Response {
    response::wrap(app.handle(request::read(request).await).await)
}
