//! `otp serve`: the standalone server. `otp worker`: its worker alone.

mod listener;
mod signals;

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use otp_core::Purpose;
use otp_http::{AccountApp, OpenApi, Operations, TrustedProxies, VerificationApp, Webhooks};
use tokio::net::TcpListener;

use crate::{command::CommandError, config::Config, service::Service};

const PHONE: &str = "/api/phone";
const EMAIL: &str = "/api/email";
const ACCOUNTS: &str = "/api/v1";
const WEBHOOKS: &str = "/webhooks";
/// How long an ended server waits for threads that do not come back.
const LAST_WAIT: Duration = Duration::from_millis(500);

/// Serves until told to stop, and sends messages where `has_worker` says so. Everything the configuration promises is
/// checked before the first connection.
///
/// # Errors
///
/// [`CommandError`] when the database or a sender cannot be opened, or the address not be taken.
pub(crate) fn run(config: Config, has_worker: bool) -> Result<(), CommandError> {
    block_on(serve(config, has_worker))
}

/// Sends messages until told to stop, and serves nothing.
///
/// # Errors
///
/// [`CommandError`] when the database or a sender cannot be opened.
pub(crate) fn work(config: Config) -> Result<(), CommandError> {
    block_on(async {
        let stop = signals::stop_on_signal()?;
        let service = Service::open(config)?;
        tracing::info!("working");
        service.worker().run(stop).await;
        tracing::info!("stopped");
        Ok(())
    })
}

/// Runs to the end, and does not wait for threads that look a name up or read from a database that hangs.
fn block_on(work: impl Future<Output = Result<(), CommandError>>) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(LAST_WAIT);
    done
}

async fn serve(config: Config, has_worker: bool) -> Result<(), CommandError> {
    let stop = signals::stop_on_signal()?;
    let bind = config.bind;
    let apps = Apps::of(&config);
    let service = Service::open(config)?;
    let listener = TcpListener::bind(bind).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {bind}: {error}; set OTP_BIND"))
    })?;
    let worker = has_worker.then(|| tokio::spawn(service.worker().run(stop.clone())));
    tracing::info!(address = %listener.local_addr()?, worker = has_worker, "serving");
    listener::serve(listener, apps.router(service), stop).await;
    // Answers are given: what they queued is finished or left for the next process, never half-done.
    if let Some(worker) = worker
        && worker.await.is_err()
    {
        tracing::error!("the worker failed");
    }
    tracing::info!("stopped");
    Ok(())
}

/// What is mounted where.
struct Apps {
    purpose: Purpose,
    strict_errors: bool,
    proxies: TrustedProxies,
}

impl Apps {
    fn of(config: &Config) -> Self {
        Self {
            purpose: Purpose::default(),
            strict_errors: config.strict_errors,
            proxies: config.trusted_proxies.clone(),
        }
    }

    fn router(self, service: Service) -> Router {
        let Service { verifier, database, webhooks, .. } = service;
        let mount = |app: VerificationApp| {
            app.purpose(self.purpose.clone())
                .strict_errors(self.strict_errors)
                .trusted_proxies(self.proxies.clone())
        };
        let phone = mount(VerificationApp::phone(verifier.clone()));
        let email = mount(VerificationApp::email(verifier.clone()));
        let accounts = AccountApp::new(verifier.clone(), database.accounts())
            .strict_errors(self.strict_errors)
            .trusted_proxies(self.proxies.clone());
        let webhooks =
            webhooks.iter().fold(Webhooks::new(verifier.clone()), |app, reader| app.with(Arc::clone(reader)));
        let document = OpenApi::new("otp")
            .mount(PHONE, &phone)
            .mount(EMAIL, &email)
            .mount(ACCOUNTS, &accounts)
            .mount(WEBHOOKS, &webhooks)
            .document();
        let operations = Operations::new(verifier).openapi(document);
        Router::new()
            .nest_service(PHONE, otp_axum::router(phone))
            .nest_service(EMAIL, otp_axum::router(email))
            .nest_service(ACCOUNTS, otp_axum::router(accounts))
            .nest_service(WEBHOOKS, otp_axum::router(webhooks))
            .fallback_service(otp_axum::router(operations))
    }
}
