//! One HTTP contract, two frameworks: the same requests through a real server of each, and every answer equal byte for
//! byte.
//!
//! A [`Row`](row::Row) is a short story: requests, and what happens between them. It runs over two services that differ
//! in nothing but the framework: same secret keys, a store in memory that is new for every row, a clock that stands
//! still. Requests are bytes on a TCP connection, so what the HTTP libraries answer themselves is compared as well.
//!
//! What is left out of the comparison: the headers `date` and `connection`, interim answers (`100 Continue`), and what
//! is random by design: session tokens, account ids, and the id in a proof with the signature over it. Those are checked for their
//! form, then named in the order they came, so that a repeated answer must still repeat its token. Codes are random
//! as well, but no answer has one.
//!
//! Answers are kept in `snapshots/`, one file a table.

mod races;
mod request;
mod row;
mod rows;
mod run;
mod servers;
mod service;
mod webhook;
mod wire;

#[test]
fn calls() {
    insta::assert_snapshot!("calls", run::run(rows::calls::rows()));
}

#[test]
fn accounts() {
    insta::assert_snapshot!("accounts", run::run(rows::accounts::rows()));
}

#[test]
fn proofs() {
    insta::assert_snapshot!("proofs", run::run(rows::proofs::rows()));
}

#[test]
fn webhooks() {
    insta::assert_snapshot!("webhooks", run::run(rows::webhooks::rows()));
}

#[test]
fn bodies() {
    insta::assert_snapshot!("bodies", run::run(rows::bodies::rows()));
}

#[test]
fn paths() {
    insta::assert_snapshot!("paths", run::run(rows::paths::rows()));
}

#[test]
fn framing() {
    insta::assert_snapshot!("framing", run::run(rows::framing::rows()));
}

#[test]
fn operations() {
    insta::assert_snapshot!("operations", run::run(rows::operations::rows()));
}
