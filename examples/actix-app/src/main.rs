//! An actix-web application with accounts, and what proves who they belong to.
//!
//! | module | takes proofs for | of |
//! |---|---|---|
//! | `signup` | `signup` | the phone an account begins with |
//! | `login` | `login` | the same phone, after the password |
//! | `reset` | `password-reset` | the e-mail address, known or not |
//!
//! A proof counts once, and for its purpose only. `users` and `terminal` stand for what an application has already: a
//! table of users and a way to send messages.

mod database;
mod login;
mod problem;
mod reset;
mod signup;
mod terminal;
mod users;

use std::{error::Error, sync::Arc};

use actix_web::{App, HttpServer, rt, web};
use otp_core::{Channel, Keyring};
use otp_service::{CancellationToken, Routes, Verifier, Worker, random_bytes};

use crate::{terminal::Terminal, users::Users};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let database = arguments.next().unwrap_or_else(|| "accounts.db".to_owned());

    // A key for this run only: an application keeps its own in its configuration (`otp keygen` makes one).
    let keyring = Keyring::new([("demo".parse()?, random_bytes::<32>()?.to_vec())])?;
    let terminal = Arc::new(Terminal);
    let verifier = Verifier::builder(database::open(&database)?, keyring)
        .app_name("Acme")
        .routes(Routes::default().with(Channel::Sms, terminal.clone()).with(Channel::Email, terminal))
        .build()?;
    let worker = rt::spawn(Worker::new(&verifier).run(CancellationToken::new()));

    // Both are made once, outside the closure that runs for every thread. The extractors of `otp-actix` take the
    // verifier from the application's data.
    let users = web::Data::new(Users::default());
    let verifier = web::Data::new(verifier);
    let served = HttpServer::new(move || {
        App::new()
            .app_data(users.clone())
            .app_data(verifier.clone())
            .route("/", web::get().to(async || "Welcome to Acme\n"))
            .configure(|config| signup::configure(config, &verifier))
            .configure(|config| login::configure(config, &verifier))
            .configure(reset::configure)
    })
    .bind(address)?
    .run()
    .await;
    worker.abort();
    Ok(served?)
}
