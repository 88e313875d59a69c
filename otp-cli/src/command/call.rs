//! What the client commands share: the server's address, a runtime, and how answers are shown.

use std::{fmt, io};

use serde_json::Value;

use crate::{
    client::{Client, ClientError, Server},
    command::CommandError,
    output,
};

pub(super) const RESEND_VERIFICATION: &str = "auth/resend-verification";

/// Options of every client command.
#[derive(Debug, clap::Args)]
pub(crate) struct Connection {
    /// The running server
    #[arg(long, value_name = "URL", default_value = "http://localhost:8000")]
    server: Server,
    /// The server's answer as one JSON object, a refusal too
    #[arg(long)]
    json: bool,
}

impl Connection {
    /// Runs the calls of one command, and shows what came of them where JSON is asked for.
    pub(super) fn run(
        &self,
        calls: impl AsyncFnOnce(Client) -> Result<Value, CommandError>,
    ) -> Result<(), CommandError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let called = runtime.block_on(async { calls(Client::new(&self.server)?).await });
        let shown = match &called {
            Ok(answer) => Some(answer),
            Err(CommandError::Server(ClientError::Refused { document, .. })) => Some(document),
            Err(_) => None,
        };
        if let Some(shown) = shown.filter(|_| self.json) {
            output::answer(shown)?;
        }
        called.map(drop)
    }

    /// A line for people.
    pub(super) fn say(&self, line: impl fmt::Display) -> io::Result<()> {
        if self.json { Ok(()) } else { output::answer(line) }
    }
}

/// Whether it is meant to be an e-mail address; the server says whether it is one.
pub(super) fn is_email(recipient: &str) -> bool {
    recipient.contains('@')
}

/// What the server says to people.
pub(super) fn message(answer: &Value) -> &str {
    answer["message"].as_str().unwrap_or("Done.")
}

/// The same, with the life of the code that may be on its way.
pub(super) fn sent(answer: &Value) -> String {
    let minutes = answer["expires_in_minutes"].as_u64();
    minutes.map_or_else(
        || message(answer).to_owned(),
        |minutes| format!("{}. It is valid for {minutes} min.", message(answer).trim_end_matches('.')),
    )
}
