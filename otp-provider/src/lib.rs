//! What senders reached over HTTP share: one client with its limits, and what its failures mean.
//!
//! A host makes one [`Client`] and hands clones of it to every sender: they share its connections.
//!
//! ```
//! use otp_provider::{BaseUrl, Client, Request, Secret};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new()?;
//! let base: BaseUrl = "https://api.example.com/v1".parse()?;
//! let token = Secret::new("a token".to_owned());
//!
//! let request = Request::post(base.at(["accounts", "42", "messages"]))
//!     .bearer(&token)
//!     .form([("To", "+447700900000"), ("Body", "Your code is 123456")]);
//! let answer = client.call("example", request).await?;
//! if !answer.is_success() {
//!     return Err(answer.failure("example").into());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Limits
//!
//! | limit | default | past it |
//! |---|---|---|
//! | to connect, TLS included | 2 s | `transient`: nothing has left |
//! | for the whole call | 8 s, what a delivery worker grants a send | `unknown` |
//! | of an answer's body | 64 KiB; the rest is never read | `unknown` for a 2xx, else by status |
//! | redirects | none followed: a 307 would carry number and code elsewhere | `provider` |
//! | proxies | none taken from the environment: configuration has one way in, and that is not it | |
//! | `Retry-After` | a day | cut |
//!
//! # Failures
//!
//! Every [`SendError`](otp_service::SendError) from here has a `code` that says what happened; a sender that finds the
//! provider's own error code in the answer puts that in its place.
//!
//! | `code` | happened | class |
//! |---|---|---|
//! | `dns` | the host's name does not resolve | `transient` |
//! | `connect` | refused, unreachable, or not within 2 s | `transient` |
//! | `tls` | the handshake failed | `transient` |
//! | `certificate` | the certificate is not valid for the host: somebody in between, or a wrong address | `provider` |
//! | `timeout` | no whole answer within 8 s | `unknown` |
//! | `broken` | the connection ended before the answer | `unknown` |
//! | `truncated` | a 2xx whose body ended early | `unknown` |
//! | `too_large` | a 2xx with more than 64 KiB | `unknown` |
//! | `unreadable` | a 2xx that a sender cannot make sense of | `unknown` |
//! | `redirect` | a 3xx | `provider` |
//! | `not_told` | only to a probe: what stands in for the provider ([`BaseUrl::is_of`]) neither shows the account nor refuses the credentials | `provider` |
//! | `http_408`, `http_425`, `http_429`, `http_503`, other 5xx | busy or out of order | `transient` |
//! | `http_500`, `http_502`, `http_504` | it failed half-way, perhaps | `unknown` |
//! | `http_401`, `http_403`, other 4xx | our account or configuration | `provider` |
//!
//! # What is never shown
//!
//! Errors, logs and `Debug` of everything here hold no URL path, query, header, body or secret: paths hold account ids
//! and numbers, bodies hold codes. An error's source is a word or two of ours, never the HTTP library's text.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `testing` | `testing`: a scripted HTTP server on loopback for the tests of senders |

mod answer;
mod client;
mod failure;
mod origin;
mod request;
mod retry_after;
mod secret;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
mod url;

pub use self::{
    answer::Answer,
    client::{Client, ClientError, Limits},
    failure::{CallError, class_of_status},
    origin::Origin,
    request::Request,
    secret::Secret,
    url::{BaseUrl, Endpoint, InvalidBaseUrl},
};
