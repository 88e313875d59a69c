//! Where the server listens, whom it believes, and what it logs.

use otp_http::{IpNetwork, TrustedProxies};
use tracing_subscriber::EnvFilter;

use super::{Admin, Environment, kind::Kind, table::keys, values::Values};

/// Fewest characters of the admin token.
const SHORTEST_ADMIN_TOKEN: usize = 16;

/// Reads `trusted_proxies`.
pub(super) fn trusted_proxies(values: &mut Values, environment: Environment) -> TrustedProxies {
    let mut networks = Vec::new();
    for text in values.list("trusted_proxies").unwrap_or_default() {
        match text.parse::<IpNetwork>() {
            Ok(network) => {
                if network.is_everything() {
                    let text = "every caller could choose the address that limits count; name your proxies";
                    match environment {
                        Environment::Production => values.problem("trusted_proxies", text),
                        Environment::Development => values.warn("trusted_proxies", text),
                    }
                }
                networks.push(network);
            }
            Err(error) => values.problem("trusted_proxies", format!("{error}, not {text:?}")),
        }
    }
    networks.into_iter().collect()
}

/// Reads `admin_bind` and `admin_token`.
pub(super) fn admin(values: &mut Values) -> Option<Admin> {
    let token = values.secret("admin_token");
    let strong =
        |token: &str| token.len() >= SHORTEST_ADMIN_TOKEN && token.bytes().all(|b| b.is_ascii_graphic());
    if token.as_ref().is_some_and(|token| !strong(token.expose())) {
        values.problem("admin_token", "at least 16 visible ASCII characters without spaces are expected");
    }
    let bind = values.address("admin_bind")?;
    if !bind.ip().is_loopback() {
        values
            .problem("admin_bind", format!("a loopback address like 127.0.0.1:9000 is expected, not {bind}"));
    }
    if Some(bind) == values.address("bind") && bind.port() != 0 {
        values.problem("admin_bind", "another address than that of bind is expected");
    }
    values.missing("admin_token", "admin_bind needs it");
    values.warn("admin_bind", "this version serves no admin address: nothing listens there");
    Some(Admin { bind, token: token? })
}

/// Reads `log`.
pub(super) fn log(values: &mut Values) -> String {
    let directives = values.text("log").unwrap_or_default().to_owned();
    if EnvFilter::try_new(&directives).is_err() {
        values.problem("log", "a filter like info or info,otp_service=debug is expected");
    }
    directives
}

/// What production refuses of addresses: plain http, and a server that anybody reaches without TLS.
pub(super) fn check_production(values: &mut Values, environment: Environment, proxies: &TrustedProxies) {
    if environment != Environment::Production {
        return;
    }
    for key in keys().filter(|key| key.kind == Kind::Url) {
        if values.url(key.name).is_some_and(|url| url.is_plain_http()) {
            values.problem(key.name, "an https:// URL is expected in production");
        }
    }
    let open = values.address("bind").filter(|bind| !bind.ip().is_loopback());
    if let Some(bind) = open.filter(|_| proxies.is_empty() && values.text("tls_terminator").is_none()) {
        values.problem(
            "bind",
            format!(
                "a loopback address is expected in production, not {bind}; to listen on it give trusted_proxies \
                 (OTP_TRUSTED_PROXIES), or name in tls_terminator (OTP_TLS_TERMINATOR) what terminates TLS"
            ),
        );
    }
}
