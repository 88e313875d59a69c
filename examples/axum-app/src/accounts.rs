//! The application with accounts: signup with a verified phone, login with a second factor, password reset.

use std::{error::Error, net::SocketAddr, sync::Arc};

use axum::{Router, routing::get};
use example_axum_app::{Terminal, accounts};
use otp_core::{Channel, Keyring};
use otp_diesel::{Options, SqliteStore};
use otp_service::{CancellationToken, Routes, Verifier, Worker, random_bytes};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let database = arguments.next().unwrap_or_else(|| "accounts.db".to_owned());

    // A key for this run only: an application keeps its own in its configuration (`otp keygen` makes one).
    let keyring = Keyring::new([("demo".parse()?, random_bytes::<32>()?.to_vec())])?;
    let store = SqliteStore::open(&database, Options::new().migrate(true))?;
    let terminal = Arc::new(Terminal);
    let verifier = Verifier::builder(Arc::new(store), keyring)
        .app_name("Acme")
        .routes(Routes::default().with(Channel::Sms, terminal.clone()).with(Channel::Email, terminal))
        .build()?;
    let worker = tokio::spawn(Worker::new(&verifier).run(CancellationToken::new()));

    let app = Router::new().route("/", get(async || "Welcome to Acme\n")).merge(accounts(verifier));
    let listener = tokio::net::TcpListener::bind(address).await?;
    let served = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await;
    worker.abort();
    Ok(served?)
}
