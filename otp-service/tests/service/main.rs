//! The service as its callers see it, in memory, with time and provider in the test's hand.

mod between;
mod discreet;
mod inline;
mod leases;
mod stories;
mod support;
