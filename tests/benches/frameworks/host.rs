//! A host of one framework: the verification app at the path that `otp serve` gives it, and nothing else.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use actix_web::{App, HttpServer};
use axum::{Router, serve::ListenerExt as _};
use otp_core::{Channel, Keyring, Policy};
use otp_diesel::{Options, SqliteStore};
use otp_http::VerificationApp;
use otp_service::{CancellationToken, DiscardSender, MemoryStore, Routes, Store, Verifier, Worker};

const MOUNT: &str = "/api/phone";
const WORKERS: usize = 2;

/// Serves until killed.
pub(crate) fn run(framework: &str, address: SocketAddr, file: Option<PathBuf>) {
    match framework {
        "axum" => axum(address, file),
        _ => actix(address, file),
    }
}

fn axum(address: SocketAddr, file: Option<PathBuf>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let verifier = verifier(file);
        tokio::spawn(Worker::new(&verifier).run(CancellationToken::new()));
        let router = Router::new().nest_service(MOUNT, otp_axum::router(VerificationApp::phone(verifier)));
        let listener = tokio::net::TcpListener::bind(address).await.expect("a free port");
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).await.expect("it serves");
    });
}

fn actix(address: SocketAddr, file: Option<PathBuf>) {
    actix_web::rt::System::new().block_on(async {
        let verifier = verifier(file);
        actix_web::rt::spawn(Worker::new(&verifier).run(CancellationToken::new()));
        let phone = VerificationApp::phone(verifier);
        let app = move || App::new().service(otp_actix::scope(MOUNT, phone.clone()));
        let server = HttpServer::new(app).workers(WORKERS).bind(address).expect("a free port");
        server.run().await.expect("it serves");
    });
}

/// A verifier whose limits are out of the way of a caller that is all callers.
fn verifier(file: Option<PathBuf>) -> Verifier {
    let store: Arc<dyn Store> = match file {
        Some(file) => {
            let opened = SqliteStore::open(file.display().to_string(), Options::new().migrate(true));
            Arc::new(opened.expect("a database"))
        }
        None => Arc::new(MemoryStore::new()),
    };
    let secret: Vec<u8> = (0..32).collect();
    let keyring = Keyring::new([("k1".parse().expect("a key id"), secret)]).expect("a keyring");
    let policy = Policy::builder().starts_per_caller_per_hour(u32::MAX).starts_per_block_per_hour(1_000_000);
    Verifier::builder(store, keyring)
        .app_name("Acme")
        .policy(policy.build().expect("a policy"))
        .routes(Routes::default().with(Channel::Sms, Arc::new(DiscardSender)))
        .build()
        .expect("a verifier")
}
