//! Handlers of a host that require a verification, under both frameworks.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod host;
mod processes;
mod races;
mod refusals;
mod tokens;
