//! Options of the sender `smtp`.

use std::path::PathBuf;

use otp_core::EmailAddress;

use super::SenderName;
use crate::config::{Secret, values::Values};

/// Options of the sender `smtp`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SmtpOptions {
    /// Host of the mail server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// User and password, where it asks for them.
    pub credentials: Option<(String, Secret)>,
    /// Where mail comes from.
    pub from_email: EmailAddress,
    /// Who mail comes from.
    pub from_name: String,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// Certificates that vouch for the server, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether another sender takes over where this one does not send.
    pub is_followed: bool,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a sender must say how it does each")]
pub enum SmtpTls {
    /// STARTTLS, and nothing is said without it.
    Starttls,
    /// TLS from the first byte.
    Implicit,
    /// None; the server is on loopback.
    None,
}

/// `route` are the senders of e-mail in their order.
pub(super) fn read(values: &mut Values, route: &[SenderName]) -> Option<SmtpOptions> {
    let place = route.iter().position(|name| *name == SenderName::Smtp);
    let tls = match values.choice("smtp_tls") {
        "implicit" => SmtpTls::Implicit,
        "none" => SmtpTls::None,
        _ => SmtpTls::Starttls,
    };
    let behind = &route[place? + 1..];
    values.missing("smtp_server", "the sender smtp needs a mail server");
    values.missing("smtp_from_email", "the sender smtp needs an address that mail comes from");
    if values.is_given("smtp_username") {
        values.missing("smtp_password", "smtp_username needs it");
    }
    if values.is_given("smtp_password") {
        values.missing("smtp_username", "smtp_password needs it");
    }
    if tls == SmtpTls::Implicit && !values.is_given("smtp_port") {
        values.warn("smtp_tls", "implicit TLS is usually on port 465, and smtp_port is 587");
    }
    let credentials = values.text("smtp_username").map(str::to_owned).zip(values.secret("smtp_password"));
    Some(SmtpOptions {
        server: values.text("smtp_server")?.to_owned(),
        port: u16::try_from(values.number("smtp_port")).ok()?,
        credentials,
        from_email: EmailAddress::parse(values.text("smtp_from_email")?).ok()?,
        from_name: values.text("smtp_from_name")?.to_owned(),
        tls,
        ca_file: values.path_buf("smtp_ca_file"),
        // The sandbox sends nothing.
        is_followed: behind.iter().any(|name| *name != SenderName::Sandbox),
    })
}
