//! A terminal dialogue that verifies the person at the keyboard: rules and service without a web server.
//!
//! | file | is |
//! |---|---|
//! | `main.rs` | store, key, sender and worker put together |
//! | `dialogue.rs` | what is asked, and what is done with the answer |
//! | `words.rs` | a sentence for everything that can happen |
//! | `terminal.rs` | lines in and out, and the countdown |
//! | `telephone.rs` | the sender |

mod dialogue;
mod key;
mod telephone;
mod terminal;
mod words;

use std::{
    error::Error,
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use otp_diesel::{Options, SqliteStore};
use otp_service::{CancellationToken, DeliveryMode, Routes, Sender, Verifier, Worker};

use crate::{dialogue::Dialogue, telephone::Telephone, terminal::Terminal};

/// `example-no-web [database] [telephone]`: succeeds where the person was verified.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let database = arguments.next().unwrap_or_else(|| "verify.db".to_owned());
    let telephone: Box<dyn Write + Send> = match arguments.next() {
        Some(path) => Box::new(OpenOptions::new().create(true).append(true).open(path)?),
        None => Box::new(io::stdout()),
    };

    let store = SqliteStore::open(&database, Options::new().migrate(true))?;
    let keyring = key::keyring(Path::new(&format!("{database}.key")))?;
    let sender: Arc<dyn Sender> = Arc::new(Telephone::new(telephone));
    let verifier = Verifier::builder(Arc::new(store), keyring)
        .app_name("Acme")
        .routes(Routes::all(&sender))
        .delivery(DeliveryMode::Inline) // the person waits for the message anyway
        .build()?;

    // Tries again what could not be sent at once.
    let stop = CancellationToken::new();
    let worker = tokio::spawn(Worker::new(&verifier).run(stop.clone()));
    let is_verified = Dialogue::new(verifier, Terminal::new()).run().await;
    stop.cancel();
    worker.await?;

    Ok(if is_verified? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
