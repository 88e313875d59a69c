//! Support of the suites: starting the program, talking to it, reading what it sent.
//!
//! | suite in `tests/` | is about |
//! |---|---|
//! | `purity` | who may depend on whom |
//! | `parity`, `proofs` | both frameworks, the same |
//! | `races` | many callers at one moment: one, two and four server processes on one database |
//! | `crashes` | `kill -9` of the server |
//! | `outages` | `kill -9` of the database, and connections cut at every statement |
//! | `failover` | providers that fail for a while, and who takes over |
//! | `program` | the program as an operator meets it |
//!
//! `races`, `crashes` and `outages` run on every kind of [`databases`]; the benchmarks in `benches/` as well.

pub mod accounts;
pub mod databases;
mod http;
mod instance;
pub mod load;
mod outbox;
mod proxy;
mod server;

pub use http::{Answer, Client};
pub use instance::Instance;
pub use outbox::Outbox;
pub use proxy::{Cut, Proxy};
pub use server::{Server, ServerBuilder, client_of, free_address, rounds};

/// A code that is not `code`.
#[must_use]
pub fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

/// Says what a test found or left out, to whoever reads the tests' output.
#[expect(clippy::print_stderr, reason = "it is for people")]
pub fn note(line: &str) {
    eprintln!("{line}");
}
