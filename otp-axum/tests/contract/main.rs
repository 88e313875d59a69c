//! The contract over axum: every call, every error, every malformed body.

mod callers;
mod calls;
mod codes;
mod idempotency;
mod malformed;
mod mounting;
mod operations;
mod races;
mod refusals;
mod sends;
mod support;
