//! A real server of each framework, on a free port of this machine, until the test's process ends.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
    thread,
};

use actix_web::{
    HttpServer,
    web::{self, ServiceConfig},
};
use axum::{
    Router,
    routing::{get, post},
};

use otp_http::ProofPurpose;
use otp_service::Claims;

use crate::service::Service;

const HERE: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);
const INDEX: &str = "the host's index";
const FALLBACK: &str = "the host's fallback";

/// The purpose that [`otp_http::VerificationApp`] has by default.
struct Verify;

impl ProofPurpose for Verify {
    const PURPOSE: &'static str = "verify";
}

async fn axum_signup(who: otp_axum::Verified<Verify>) -> String {
    greeting(&who)
}

async fn actix_signup(who: otp_actix::Verified<Verify>) -> String {
    greeting(&who)
}

/// Looks at the proof, and does not claim it.
async fn axum_form(who: otp_axum::Unclaimed<Verify>) -> String {
    greeting(&who)
}

async fn actix_form(who: otp_actix::Unclaimed<Verify>) -> String {
    greeting(&who)
}

fn greeting(claims: &Claims) -> String {
    format!("{} by {}", claims.recipient().as_str(), claims.channel().as_str())
}

/// A host with routes and a fallback of its own.
pub(crate) fn router(service: &Service) -> Router {
    let mut router = Router::new().route("/", get(async || INDEX)).fallback(async || FALLBACK);
    for (mount, app) in &service.mounts {
        router = router.nest_service(mount, otp_axum::router(app.clone()));
    }
    for (mount, app) in &service.account_mounts {
        router = router.nest_service(mount, otp_axum::router(app.clone()));
    }
    let nested = otp_axum::router(service.mounts[0].1.clone());
    let webhooks = otp_axum::router(service.webhooks.clone());
    let proofs = Router::new().route("/signup", post(axum_signup)).route("/form", post(axum_form));
    router
        .merge(proofs.with_state(service.verifier.clone()))
        .nest("/v1", Router::new().nest_service("/phone", nested).nest_service("/webhooks", webhooks.clone()))
        .nest_service("/webhooks", webhooks)
        .merge(otp_axum::operations_router(service.operations.clone()))
}

/// The same host.
pub(crate) fn configure(service: &Service) -> impl Fn(&mut ServiceConfig) + Clone + Send + use<> {
    let (mounts, account_mounts) = (service.mounts.clone(), service.account_mounts.clone());
    let (verifier, operations) = (service.verifier.clone(), service.operations.clone());
    let webhooks = service.webhooks.clone();
    move |config| {
        config.route("/", web::get().to(async || INDEX)).default_service(web::to(async || FALLBACK));
        for (mount, app) in mounts.clone() {
            config.configure(otp_actix::configure(mount, app));
        }
        for (mount, app) in account_mounts.clone() {
            config.configure(otp_actix::configure(mount, app));
        }
        let nested = otp_actix::scope("/phone", mounts[0].1.clone());
        config
            .app_data(web::Data::new(verifier.clone()))
            .route("/signup", web::post().to(actix_signup))
            .route("/form", web::post().to(actix_form))
            .service(
                web::scope("/v1").service(nested).service(otp_actix::scope("/webhooks", webhooks.clone())),
            )
            .configure(otp_actix::configure("/webhooks", webhooks.clone()))
            .configure(otp_actix::configure_operations(operations.clone()));
    }
}

/// Serves with axum.
pub(crate) fn axum(router: Router) -> SocketAddr {
    let (told, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let listener = tokio::net::TcpListener::bind(HERE).await.expect("a free port");
            told.send(listener.local_addr().expect("an address")).expect("the test waits");
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, service).await.expect("it serves");
        });
    });
    address.recv().expect("it starts")
}

/// Serves with actix.
pub(crate) fn actix(
    workers: usize,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> SocketAddr {
    let (told, address) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || actix_web::App::new().configure(configure.clone());
            let server = HttpServer::new(app).workers(workers).disable_signals().bind(HERE);
            let server = server.expect("a free port");
            told.send(server.addrs()[0]).expect("the test waits");
            server.run().await.expect("it serves");
        });
    });
    address.recv().expect("it starts")
}
