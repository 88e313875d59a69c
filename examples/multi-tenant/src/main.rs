//! Several tenants in one process, over one store and one keyring.
//!
//! | a tenant has its own | by |
//! |---|---|
//! | codes, sessions, budgets, locks | `namespace`: an input of every key and code |
//! | proofs | the same: audience and namespace in the token, compared when it is opened |
//! | limits | `policy` |
//! | texts and languages | `catalogue` |
//! | senders | `routes`, and a worker each: it takes the messages of its namespace alone |

mod tenant;

use std::{error::Error, net::SocketAddr, sync::Arc};

use axum::{Router, routing::post};
use otp_axum::{ProofPurpose, Verified};
use otp_core::{Channel, Keyring};
use otp_diesel::{Options, SqliteStore};
use otp_http::VerificationApp;
use otp_service::{CancellationToken, Routes, Store, Verifier, Worker, random_bytes};
use tokio::task::JoinSet;

use crate::tenant::Tenant;

struct Signup;

impl ProofPurpose for Signup {
    const PURPOSE: &'static str = "signup";
}

/// A handler of the host: whoever has a proof of this tenant may sign up with it, once.
async fn sign_up(phone: Verified<Signup>) -> String {
    format!("{} is now with {}\n", phone.recipient().as_str(), phone.namespace)
}

/// `example-multi-tenant [address] [database]`.
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let database = arguments.next().unwrap_or_else(|| "tenants.db".to_owned());

    // A key for this run only: an application keeps its own in its configuration (`otp keygen` makes one).
    let secret = random_bytes::<32>()?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&database, Options::new().migrate(true))?);

    let (mut app, mut workers) = (Router::new(), JoinSet::new());
    for tenant in tenant::all()? {
        let path = format!("/t/{}", tenant.namespace);
        let keyring = Keyring::new([("demo".parse()?, secret.to_vec())])?;
        let verifier = verifier(tenant, &store, keyring)?;
        workers.spawn(Worker::new(&verifier).run(CancellationToken::new()));
        app = app.nest(&path, routes(verifier));
    }

    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

/// Everything that makes a tenant.
fn verifier(tenant: Tenant, store: &Arc<dyn Store>, keyring: Keyring) -> Result<Verifier, Box<dyn Error>> {
    let Tenant { namespace, policy, catalogue, sender } = tenant;
    let verifier = Verifier::builder(Arc::clone(store), keyring)
        .namespace(namespace)
        .policy(policy)
        .catalogue(catalogue)
        .routes(Routes::default().with(Channel::Sms, sender))
        .build()?;
    Ok(verifier)
}

/// What is under `/t/<tenant>`.
fn routes(verifier: Verifier) -> Router {
    let phone = VerificationApp::phone(verifier.clone()).purpose(Signup::purpose());
    Router::new()
        .route("/signup", post(sign_up))
        .with_state(verifier)
        .nest_service("/api/phone", otp_axum::router(phone))
}
