//! Times as callers read them.

use std::time::Duration;

/// Whole seconds, rounded up: a caller who waits that long never comes too early.
pub(crate) const fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add((duration.subsec_nanos() > 0) as u64)
}
