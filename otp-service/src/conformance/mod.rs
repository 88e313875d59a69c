//! Suites that every [`Store`], [`Sender`](crate::Sender) and [`Accounts`](crate::Accounts) must pass:
//! run them in your own tests.
//!
//! ```
//! use std::sync::Arc;
//! use otp_service::{MemoryStore, conformance};
//!
//! # #[tokio::main]
//! # async fn main() {
//! conformance::store(2, async || Arc::new(MemoryStore::new()) as Arc<dyn otp_service::Store>).await;
//! # }
//! ```

mod accounts;
mod around;
mod claims;
mod listing;
mod queue;
mod races;
mod records;
mod retention;
mod samples;
mod sender;

use std::sync::Arc;

pub use accounts::accounts;
pub use around::AroundStore;
pub use sender::sender;

use crate::store::Store;

/// Runs every store test, each on a store that `make` returns empty. Races run `rounds` times.
///
/// Run it in a multi-threaded runtime, or races cannot happen.
///
/// # Panics
///
/// On the first promise the store breaks, naming it.
pub async fn store<F>(rounds: usize, make: F)
where
    F: AsyncFn() -> Arc<dyn Store>,
{
    records::absent_records_load_as_absent(make().await).await;
    records::every_kind_is_read_back_as_written(make().await).await;
    records::a_deleted_record_is_absent(make().await).await;
    records::a_step_that_fails_changes_nothing(make().await).await;
    records::an_undeclared_key_fails_the_step(make().await).await;
    records::concurrent_steps_lose_no_update(make().await).await;
    records::steps_over_several_keys_are_atomic(make().await).await;
    queue::due_deliveries_are_claimed_in_order(make().await).await;
    queue::a_lease_keeps_others_away_until_it_ends(make().await).await;
    queue::each_delivery_goes_to_one_claimer(make().await).await;
    queue::each_namespace_has_its_own_queue(make().await).await;
    queue::a_delivery_is_found_by_its_reference(make().await).await;
    queue::the_backlog_is_counted(make().await).await;
    listing::challenges_are_listed_newest_first(make().await).await;
    listing::what_a_purge_would_delete_is_counted(make().await).await;
    retention::purge_deletes_what_is_over_in_batches(make().await).await;
    retention::forget_deletes_everything_of_a_recipient(make().await).await;
    for _ in 0..rounds {
        races::wrong_codes_are_bounded(make().await).await;
        races::the_right_code_succeeds_once(make().await).await;
        races::the_right_code_is_never_lost(make().await).await;
        races::sends_are_bounded(make().await).await;
        claims::a_proof_is_claimed_once(make().await).await;
        races::an_old_code_dies_with_its_generation(make().await).await;
    }
}
