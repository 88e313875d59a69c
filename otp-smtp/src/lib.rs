//! E-mail over SMTP with verified TLS: the [`Sender`](otp_service::Sender) `smtp`.
//!
//! # Sending codes by e-mail
//!
//! ```
//! use std::sync::Arc;
//!
//! use otp_core::{Channel, EmailAddress};
//! use otp_service::Routes;
//! use otp_smtp::{SmtpSender, Tls};
//!
//! # let password = "from your configuration";
//! let sender = SmtpSender::builder("smtp.example.com", EmailAddress::parse("codes@example.com")?)
//!     .from_name("Example")
//!     .credentials("codes@example.com", password)
//!     .tls(Tls::StartTls)
//!     .build()?;
//!
//! // `Verifier::builder` takes the routes.
//! let routes = Routes::default().with(Channel::Email, Arc::new(sender));
//! assert!(routes.serves(Channel::Email));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`SmtpSender::probe`] tells whether the server can be reached, proves who it is and takes the password, without a
//! message:
//!
//! ```no_run
//! # async fn look(sender: otp_smtp::SmtpSender) {
//! use otp_smtp::Failure;
//!
//! match sender.probe().await {
//!     Ok(probe) => {
//!         for found in &probe.steps {
//!             println!("ok    {}  {}", found.step, found.finding); // ok    tls  TLS 1.3 by STARTTLS, ...
//!         }
//!     }
//!     Err(error) => {
//!         let failure = error.source.as_ref().and_then(|source| source.downcast_ref::<Failure>());
//!         println!("fail  {error}  {failure:?}");
//!     }
//! }
//! # }
//! ```
//!
//! # Encryption
//!
//! | [`Tls`] | usual port | what the server hears before its certificate is verified |
//! |---|---|---|
//! | `StartTls` (default) | 587 | `EHLO` and `STARTTLS`; where it offers no `STARTTLS`, nothing more |
//! | `Implicit` | 465 | nothing |
//! | `None` | 25 | everything; built and connected for loopback addresses only |
//!
//! TLS is 1.2 or later, by rustls with ring. The certificate must be valid today and for the name given as server, from
//! an authority of the system, or, where [`authorities`](SmtpBuilder::authorities) are given, from one of those and no
//! other. Nothing switches that off. A server's own certificate serves as its authority if it is not marked as one
//! (`CA:FALSE`).
//!
//! # The message
//!
//! `multipart/alternative`: the rendered text as it is, and the same as HTML (less than 8 KiB, nothing to load) with the
//! code large in a block of its own, where the text has it. One recipient, no `Bcc`, `Auto-Submitted: auto-generated`,
//! and a `Message-ID` made of [`Message::id`](otp_service::Message::id): the same for every try of one code, so that
//! servers and people recognise a repeat. It is also the receipt's reference, to find the message in the server's log.
//!
//! # Failures
//!
//! | what happened | class |
//! |---|---|
//! | no address for the server's name, connection refused, no answer or hung up before the end of the message | `Transient` |
//! | any 4xx, except those below | `Transient` |
//! | no answer or hung up after the final dot; a nonsensical answer to it | `Unknown` |
//! | no `STARTTLS`, or refused (454 too); certificate; handshake; bytes smuggled in before TLS; no SMTP server | `Provider` |
//! | `AUTH` refused (5xx, 432) or no common mechanism; 530, 534, 535, 538 anywhere | `Provider` |
//! | 5xx to greeting, `EHLO` or `MAIL FROM`; sender address refused (5.1.7, 5.1.8, 5.7.60) | `Provider` |
//! | `RCPT TO`: 550 to 553, 556; anywhere later: 5.1.x, 5.2.x, 5.4.1 | `Recipient` |
//! | 5.7.x (policy, relaying denied), 5.3.x, 5.4.x; `RCPT TO`: 554 and other 5xx; message: 550 | `Route` |
//! | 5.5.x, 5.6.x, 500 to 504; message: 552, 5.2.3, 5.3.4; a recipient that is no e-mail address | `Request` |
//! | message: 554 and other 5xx | `Provider` |
//!
//! A 5.7.x at the recipient is `Route`, not `Provider`: anybody can name a recipient whose domain refuses this server,
//! and if that counted against the server, five such requests would close e-mail for everybody. An enhanced status goes
//! before the reply code. [`SendError::code`](otp_service::SendError) is both (`550 5.1.1`), or a word where the server
//! said nothing (`timeout`, `certificate`: [`Failure::code`]); its source is a [`Failure`]. The server's words are
//! dropped, for they quote addresses.
//!
//! # Time and connections
//!
//! A send takes at most [`time_limit`](SmtpBuilder::time_limit), which is shorter where another sender
//! [follows](SmtpBuilder::followed), reaching the server at most 2 s of it; with less than an
//! eighth left the message itself is not begun, since its outcome would hardly be known. Connections are
//! kept for 30 s after a message, [`pool_size`](SmtpBuilder::pool_size) at most. Where a kept one turns out to be closed,
//! or does not answer within 2 s, the message goes over a new one, once: nothing of it was sent yet.

mod builder;
mod class;
mod connect;
mod failure;
mod mail;
mod pool;
mod prelude;
mod probe;
mod reply;
mod sender;
mod shape;
mod stream;
mod tls;
mod transaction;

pub use builder::{SetupError, SmtpBuilder};
pub use failure::{Failure, Fault, Step};
pub use probe::{Probe, ProbeStep};
pub use reply::Reply;
pub use sender::SmtpSender;
pub use shape::Shape;
pub use tls::Tls;
