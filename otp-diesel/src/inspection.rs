//! What operators want to know about a database.

use otp_core::Timestamp;

/// What operators want to know about a database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The product and its version: "PostgreSQL 15.20".
    pub server: String,
    /// The database's clock, where it has one of its own, to compare with this machine's.
    pub now: Option<Timestamp>,
    /// Names of the migrations that are missing.
    pub pending_migrations: Vec<String>,
    /// Tables and how many rows each has; server databases estimate large numbers. Those that are missing are left out.
    pub rows: Vec<(&'static str, u64)>,
}
