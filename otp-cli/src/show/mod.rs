//! How answers look: tables, times in words, progress.

mod progress;
mod table;
mod time;

pub(crate) use progress::Progress;
pub(crate) use table::Table;
pub(crate) use time::{ago, rfc_3339, validity};

/// `1 record`, `2 records`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
