//! What the program says: answers on stdout, diagnostics on stderr.

use std::{
    fmt,
    io::{self, Write},
};

/// Writes a line of an answer to stdout.
///
/// # Errors
///
/// Stdout cannot be written. A reader that has gone away (`otp config | head`) is no error.
pub(crate) fn answer(line: impl fmt::Display) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes a line to stderr. There is nowhere to report that it cannot be written.
pub(crate) fn diagnostic(line: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
