//! Diagnostics on standard error: text for a person, JSON for a collector.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Starts logging with these directives (`info`, `otp_service=debug,warn`, ...).
///
/// # Errors
///
/// The first directive that cannot be read.
pub(crate) fn start(directives: &str) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = EnvFilter::try_new(directives)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    if io::stderr().is_terminal() {
        builder.init();
    } else {
        builder.json().flatten_event(true).with_ansi(false).init();
    }
    Ok(())
}
