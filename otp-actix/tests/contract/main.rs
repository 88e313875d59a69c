//! What is actix's own: apps among a host's scopes, extractors and middleware, and who calls. What is answered to which
//! request is compared with the other frameworks in the workspace's parity suite.

mod callers;
mod mounting;
mod support;
