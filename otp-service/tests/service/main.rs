//! The service as its callers see it, in memory, with time and provider in the test's hand.

mod between;
mod desk;
mod discreet;
mod entrusted;
mod failover;
mod inline;
mod leases;
mod receipts;
mod stories;
mod support;
