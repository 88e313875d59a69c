//! Options of the sender `smtp`.

use std::{net::IpAddr, path::PathBuf};

use otp_core::EmailAddress;

use crate::config::{Secret, kind::Value, values::Values};

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

pub(super) fn read(values: &mut Values, in_use: bool) -> Option<SmtpOptions> {
    values.derive("smtp_from_name", Value::Text(values.text("app_name").unwrap_or_default().to_owned()));
    let tls = match values.choice("smtp_tls") {
        "implicit" => SmtpTls::Implicit,
        "none" => SmtpTls::None,
        _ => SmtpTls::Starttls,
    };
    let server = values.text("smtp_server").map(str::to_owned);
    if server.as_deref().is_some_and(|server| !is_host(server)) {
        values.problem("smtp_server", "a host name or address is expected; the port goes into smtp_port");
    } else if tls == SmtpTls::None && server.as_deref().is_some_and(|server| !is_loopback(server)) {
        values.problem("smtp_tls", "starttls or implicit is expected; none is for a server on loopback only");
    }
    let from_email = values.text("smtp_from_email").map(EmailAddress::parse);
    if let Some(Err(error)) = &from_email {
        values.problem("smtp_from_email", error);
    }
    if !in_use {
        return None;
    }
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
        server: server?,
        port: u16::try_from(values.number("smtp_port")).ok()?,
        credentials,
        from_email: from_email?.ok()?,
        from_name: values.text("smtp_from_name")?.to_owned(),
        tls,
        ca_file: values.path_buf("smtp_ca_file"),
    })
}

fn is_host(text: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.parse::<IpAddr>().is_ok() || text.chars().all(name)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
