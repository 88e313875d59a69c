//! An axum application that already has routes and state, with phone verification mounted into it.

use std::{error::Error, net::SocketAddr, sync::Arc};

use axum::{Router, extract::State, routing::get};
use example_axum_app::Terminal;
use otp_core::{Channel, Keyring};
use otp_diesel::{Options, SqliteStore};
use otp_http::VerificationApp;
use otp_service::{CancellationToken, Routes, Verifier, Worker, random_bytes};

#[derive(Clone)]
struct Shop {
    name: &'static str,
}

async fn index(State(shop): State<Shop>) -> String {
    format!("Welcome to {}\n", shop.name)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let database = arguments.next().unwrap_or_else(|| "shop.db".to_owned());

    // A key for this run only: an application keeps its own in its configuration (`otp keygen` makes one).
    let keyring = Keyring::new([("demo".parse()?, random_bytes::<32>()?.to_vec())])?;

    // README: mount
    let store = SqliteStore::open(&database, Options::new().migrate(true))?;
    let verifier = Verifier::builder(Arc::new(store), keyring)
        .app_name("Acme")
        .routes(Routes::default().with(Channel::Sms, Arc::new(Terminal)))
        .build()?;
    let worker = tokio::spawn(Worker::new(&verifier).run(CancellationToken::new()));

    let app = Router::new()
        .route("/", get(index)) // your routes
        .nest_service("/api/phone", otp_axum::router(VerificationApp::phone(verifier)))
        .with_state(Shop { name: "Acme" }); // your state
    // README: end

    let listener = tokio::net::TcpListener::bind(address).await?;
    let served = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await;
    worker.abort();
    Ok(served?)
}
