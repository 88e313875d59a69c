//! Proofs: what opens, what does not, and that other JWT libraries agree.

mod claims;
mod exchange;
mod opening;
mod public_keys;
mod support;
