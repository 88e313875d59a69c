//! Stores on databases.

mod batch;
mod database;
mod deadline;
mod error;
mod job;
mod options;
mod overlay;
mod pool;
mod queue;
mod rows;
mod schema;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod writer;

pub use error::OpenError;
pub use options::Options;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
