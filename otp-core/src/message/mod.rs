//! What is said to a recipient: texts, the language they are in, and what they cost as SMS.
//!
//! A [`Catalogue`] holds the texts of every language, kind and purpose, checked once when it is built; rendering
//! cannot fail afterwards. Eight languages are built in; a host adds or replaces what it likes.
//!
//! | item | is |
//! |---|---|
//! | [`Template`] | one text with `{app}`, `{security_code}`, `{minutes}` and the host's own `{name}`s |
//! | [`RenderedText`] | a finished text; it holds the code, so it is redacted in `Debug` and wiped when dropped |
//! | [`Language`], [`negotiate`] | a language tag; the best one for an `Accept-Language` header |
//! | [`Catalogue`], [`CatalogueBuilder`] | all texts of an application |
//! | [`TextKind`] | which text: `sms`, `voice`, `email_subject`, `email_text` |
//! | [`Ending`], [`MessageEnding`] | a last line by which a phone hands the code to one web page or app |
//! | [`segments`] | how many SMS a text is |
//!
//! ```
//! use std::collections::BTreeMap;
//! use otp_core::{Channel, Purpose};
//! use otp_core::message::{Catalogue, RenderRequest, TextKind};
//!
//! let login = Purpose::new("login")?;
//! let catalogue = Catalogue::builder()
//!     .app_name("Acme")
//!     .parameter("device")
//!     .text(Some(login.clone()), "en", TextKind::Sms, "{security_code} signs you in to {app} on {device}.")
//!     .build()?;
//!
//! let language = catalogue.negotiate(None, Some("fr-CA;q=0.8,en-GB"));
//! let rendered = catalogue.render(&RenderRequest {
//!     purpose: &login,
//!     language: &language,
//!     channel: Channel::Sms,
//!     security_code: "012345",
//!     minutes: 10,
//!     parameters: &BTreeMap::from([("device".to_owned(), "Ann's phone".to_owned())]),
//! });
//! assert_eq!(rendered.body.expose(), "012345 signs you in to Acme on Ann's phone.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod built_in;
mod catalogue;
mod checks;
mod ending;
mod kind;
mod language;
mod message_ending;
mod negotiation;
mod origin_bound;
mod problems;
mod retriever;
mod scan;
mod segments;
mod suggestion;
mod template;
mod template_error;
mod text;

pub use builder::CatalogueBuilder;
pub use catalogue::{Catalogue, RenderRequest, Rendered};
pub use checks::{LongText, LostEnding};
pub use ending::{Ending, EndingError};
pub use kind::{TextKind, UnknownTextKind};
pub use language::{InvalidLanguage, Language, MAX_LANGUAGE_LENGTH};
pub use message_ending::{MessageEnding, UnknownMessageEnding};
pub use negotiation::{MAX_ACCEPT_LANGUAGE_LENGTH, MAX_ACCEPT_LANGUAGE_RANGES, negotiate};
pub use origin_bound::{InvalidOriginHost, OriginBound, OriginHost, parse_origin_bound};
pub use problems::{CatalogueProblem, CatalogueProblems};
pub use retriever::{AppHash, InvalidAppHash, MAX_RETRIEVER_BYTES};
pub use segments::{Segments, SmsEncoding, segments};
pub use template::{MAX_VALUE_CHARACTERS, Template, Values};
pub use template_error::TemplateError;
pub use text::RenderedText;
