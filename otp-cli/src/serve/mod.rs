//! `otp serve`: the standalone server.

mod listener;
mod service;
mod signals;

use std::{io, time::Duration};

use axum::Router;
use otp_core::Purpose;
use otp_http::{AccountApp, OpenApi, Operations, TrustedProxies, VerificationApp};
use otp_service::Worker;
use tokio::net::TcpListener;

use self::service::Service;
use crate::{command::CommandError, config::Config};

const PHONE: &str = "/api/phone";
const EMAIL: &str = "/api/email";
const ACCOUNTS: &str = "/api/v1";

/// Serves until told to stop. Everything the configuration promises is checked before the first connection.
///
/// # Errors
///
/// [`CommandError`] when the database or a sender cannot be opened, or the address not be taken.
pub(crate) fn run(config: Config) -> Result<(), CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), CommandError> {
    let stop = signals::stop_on_signal()?;
    let bind = config.bind;
    let retention = Duration::from_secs(u64::from(config.record_retention_days) * 86_400);
    let apps = Apps::of(&config);
    let service = service::service(config)?;
    let listener = TcpListener::bind(bind).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {bind}: {error}; set OTP_BIND"))
    })?;
    let worker = Worker::new(&service.verifier).retention(retention);
    let worker = tokio::spawn(worker.run(stop.clone()));
    tracing::info!(address = %listener.local_addr()?, "serving");
    listener::serve(listener, apps.router(service), stop).await;
    // Answers are given: what they queued is finished or left for the next process, never half-done.
    if worker.await.is_err() {
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

    fn router(self, Service { verifier, accounts }: Service) -> Router {
        let mount = |app: VerificationApp| {
            app.purpose(self.purpose.clone())
                .strict_errors(self.strict_errors)
                .trusted_proxies(self.proxies.clone())
        };
        let phone = mount(VerificationApp::phone(verifier.clone()));
        let email = mount(VerificationApp::email(verifier.clone()));
        let accounts = AccountApp::new(verifier.clone(), accounts)
            .strict_errors(self.strict_errors)
            .trusted_proxies(self.proxies.clone());
        let document = OpenApi::new("otp")
            .mount(PHONE, &phone)
            .mount(EMAIL, &email)
            .mount(ACCOUNTS, &accounts)
            .document();
        let operations = Operations::new(verifier).openapi(document);
        Router::new()
            .nest_service(PHONE, otp_axum::router(phone))
            .nest_service(EMAIL, otp_axum::router(email))
            .nest_service(ACCOUNTS, otp_axum::router(accounts))
            .fallback_service(otp_axum::router(operations))
    }
}
