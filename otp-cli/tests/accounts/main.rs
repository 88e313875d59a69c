//! Accounts at a real `otp serve`: its client commands, the account system's guide, and the time answers take.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod client;
mod guide;
mod support;
mod timing;
