//! How answers look: tables, times in words, progress.

mod progress;
mod table;
mod time;

pub(crate) use progress::Progress;
pub(crate) use table::Table;
pub(crate) use time::{ago, rfc_3339, validity};
