//! The verification service.

mod records;
pub mod store;

pub use records::{Keys, Record, Records, Row, Rows};
pub use store::{Backlog, Claimed, Retention, Source, Step, Store, StoreError, StoreExt};
