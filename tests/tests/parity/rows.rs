//! The tables. Another app's rows are another module here, another mount in `service.rs`, another test in `main.rs`.

pub(crate) mod accounts;
pub(crate) mod bodies;
pub(crate) mod calls;
pub(crate) mod framing;
pub(crate) mod operations;
pub(crate) mod paths;
pub(crate) mod proofs;
pub(crate) mod webhooks;
