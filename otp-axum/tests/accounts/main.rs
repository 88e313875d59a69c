//! The account app, mounted in an axum application.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod calls;
mod enumeration;
mod malformed;
mod recovery;
mod support;
mod timing;
