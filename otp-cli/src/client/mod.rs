//! The client of a running server: JSON out, JSON back, within a time.

mod server;
mod tls;

use std::{error::Error as StdError, time::Duration};

use reqwest::{StatusCode, Url, redirect::Policy};
use serde_json::Value;

pub(crate) use self::server::Server;

/// How long the server may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long it may take for a whole answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Calls of the account app.
pub(crate) struct Client {
    http: reqwest::Client,
    server: Url,
}

/// Why there is no good answer. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nothing listens there.
    #[error("nothing answers at {server}; {advice}")]
    NotReachable {
        server: Server,
        advice: &'static str,
        #[source]
        source: reqwest::Error,
    },
    /// Something listens, and no answer comes.
    #[error("{server} did not answer in time; try again, or look at its log")]
    TooSlow { server: Server },
    /// The answer is not one of ours.
    #[error("what answers at {server} is no otp server (status {status}); correct --server")]
    NotOurs { server: Server, status: StatusCode },
    /// The server says no.
    #[error("{text}")]
    Refused {
        /// What it says, and where we know better than a front end, what to do.
        text: String,
        /// The problem document.
        document: Value,
    },
    /// The connection broke, or TLS failed.
    #[error("no answer from {server}: {}", root(source))]
    Broken {
        server: Server,
        #[source]
        source: reqwest::Error,
    },
}

impl Client {
    /// A client of this server. Connects with the first call.
    ///
    /// # Errors
    ///
    /// [`ClientError::Broken`] when TLS cannot be set up.
    pub(crate) fn new(server: &Server) -> Result<Self, ClientError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(ANSWER_LIMIT)
            // A redirect would carry the code to wherever it points.
            .redirect(Policy::none())
            .user_agent(concat!("otp/", env!("CARGO_PKG_VERSION")));
        if let Some(config) = tls::config() {
            builder = builder.tls_backend_preconfigured(config);
        }
        if server.is_local() {
            builder = builder.no_proxy();
        }
        let http =
            builder.build().map_err(|source| ClientError::Broken { server: server.clone(), source })?;
        Ok(Self { http, server: server.url().clone() })
    }

    /// Posts `body` to `/api/v1/` and this call.
    ///
    /// # Errors
    ///
    /// [`ClientError`]; whatever is no success is one.
    pub(crate) async fn post(&self, call: &str, body: &Value) -> Result<Value, ClientError> {
        let server = || Server::from(self.server.clone());
        let url = format!("{}/api/v1/{call}", self.server.as_str().trim_end_matches('/'));
        let answer =
            self.http.post(url).json(body).send().await.map_err(|source| broken(server(), source))?;
        let status = answer.status();
        let document: Value = answer.json().await.map_err(|source| {
            if source.is_decode() {
                ClientError::NotOurs { server: server(), status }
            } else {
                broken(server(), source)
            }
        })?;
        if status.is_success() && document.is_object() {
            return Ok(document);
        }
        match text(&document) {
            Some(text) => Err(ClientError::Refused { text, document }),
            None => Err(ClientError::NotOurs { server: server(), status }),
        }
    }
}

/// What a problem document says to a person.
fn text(document: &Value) -> Option<String> {
    let code = document["code"].as_str()?;
    let detail = document["message"].as_str().or_else(|| document["detail"].as_str())?;
    let mut text = detail.to_owned();
    if let Some(errors) = document["errors"].as_object() {
        for (field, problems) in errors {
            for problem in problems.as_array().into_iter().flatten().filter_map(Value::as_str) {
                text.push_str(&format!("\n  {field}: {problem}"));
            }
        }
    }
    match (code, document["retry_after"].as_u64()) {
        ("already_registered", _) => text.push_str(" `otp send` sends a code to it."),
        ("code_invalid" | "too_many_checks", _) => text.push_str("; `otp send` sends a new one"),
        (_, Some(seconds)) => text.push_str(&format!(" Try again in {seconds} s.")),
        _ => {}
    }
    Some(text)
}

fn broken(server: Server, source: reqwest::Error) -> ClientError {
    // Its text would repeat the URL.
    let source = source.without_url();
    if source.is_timeout() && !source.is_connect() {
        ClientError::TooSlow { server }
    } else if source.is_connect() && !is_tls(&source) {
        let advice = if server.is_local() {
            "start it with `otp serve`"
        } else {
            "is it running, and is --server right?"
        };
        ClientError::NotReachable { server, advice, source }
    } else {
        ClientError::Broken { server, source }
    }
}

fn is_tls(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<rustls::Error>() || cause.to_string().contains("certificate"))
}

/// The cause that no other cause stands behind: what went wrong, without where.
fn root(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}
