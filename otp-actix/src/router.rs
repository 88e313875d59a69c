//! Apps as scopes.

use actix_web::{
    HttpRequest, Responder, Scope,
    guard::fn_guard,
    web::{self, Payload, ServiceConfig},
};
use otp_http::{App, Operations};

use crate::{path, request, response};

/// The app as a scope that answers every path and method below `mount` itself, so that actix's own rejections never
/// appear.
///
/// ```
/// # fn host(verifier: otp_service::Verifier) {
/// use actix_web::{App, web};
/// use otp_http::VerificationApp;
///
/// App::new()
///     .service(otp_actix::scope("/api/phone", VerificationApp::phone(verifier.clone())))
///     .service(web::scope("/v1").service(otp_actix::scope("/email", VerificationApp::email(verifier))));
/// # }
/// ```
pub fn scope(mount: &str, app: impl App) -> Scope {
    let mount = path::mount(mount);
    let handler = move |request: HttpRequest, payload: Payload| {
        let path = path::behind_mount(&request);
        answer(app.clone(), request, path, payload)
    };
    web::scope(&mount)
        .guard(fn_guard(move |context| path::is_spelled(context.head().uri.path(), &mount)))
        .default_service(web::to(handler))
}

/// The same for [`App::configure`](actix_web::App::configure).
///
/// ```
/// # fn host(verifier: otp_service::Verifier) {
/// use otp_http::VerificationApp;
///
/// let phone = VerificationApp::phone(verifier);
/// actix_web::App::new().configure(otp_actix::configure("/api/phone", phone));
/// # }
/// ```
pub fn configure<A: App>(mount: &str, app: A) -> impl FnOnce(&mut ServiceConfig) + Clone + use<A> {
    let mount = mount.to_owned();
    move |config| {
        config.service(scope(&mount, app));
    }
}

/// `/healthz`, `/readyz` and `/openapi.json`, for [`App::configure`](actix_web::App::configure): they stand among the
/// host's own routes and answer no other path.
///
/// ```
/// # fn host(verifier: otp_service::Verifier) {
/// use otp_http::{OpenApi, Operations, VerificationApp};
///
/// let phone = VerificationApp::phone(verifier.clone());
/// let document = OpenApi::new("Acme").mount("/api/phone", &phone).document();
/// let operations = Operations::new(verifier).openapi(document);
/// actix_web::App::new()
///     .service(otp_actix::scope("/api/phone", phone))
///     .configure(otp_actix::configure_operations(operations));
/// # }
/// ```
pub fn configure_operations(operations: Operations) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
    move |config| {
        for path in operations.mounts() {
            let operations = operations.clone();
            let called = path.clone();
            let handler = move |request: HttpRequest, payload: Payload| {
                answer(operations.clone(), request, called.clone(), payload)
            };
            config.service(
                web::resource([path.clone(), format!("{path}/")])
                    .guard(fn_guard(move |context| path::is_spelled(context.head().uri.path(), &path)))
                    .to(handler),
            );
        }
    }
}

async fn answer(app: impl App, request: HttpRequest, path: String, payload: Payload) -> impl Responder {
    response::wrap(app.handle(request::read(&request, path, payload).await).await)
}
