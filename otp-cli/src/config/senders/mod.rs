//! Which sender serves which channel, and what each needs.

mod name;
mod options;
mod placeholder;
mod routes;
mod shapes;
mod smtp;
mod twilio;
mod vonage;

pub use name::SenderName;
pub use options::{FileOptions, SandboxOptions, SenderOptions};
pub use smtp::{SmtpOptions, SmtpTls};
pub use twilio::{TwilioOptions, TwilioVerifyOptions};
pub use vonage::{VonageOptions, VonageSignature, VonageSmsApi};

pub(super) use options::read;
pub(super) use placeholder::placeholders;
pub(crate) use placeholder::{EXPECTED as PLACEHOLDER, Placeholder};
pub(super) use routes::routes;
