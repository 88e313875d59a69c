//! Support of the suites: starting the program, talking to it, reading what it sent.
//!
//! The suites are in `tests/`: who may depend on whom (`purity`), races over HTTP with one and two server processes
//! (`races`), kill -9 (`crashes`), and the program as an operator meets it (`program`).

pub mod accounts;
mod http;
mod outbox;
mod server;

pub use http::{Answer, Client};
pub use outbox::Outbox;
pub use server::{Server, ServerBuilder, free_address, rounds};
