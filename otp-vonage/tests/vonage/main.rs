//! The senders and the webhook against recorded requests, vectors, and a provider's stand-in on loopback.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod described;
mod faults;
mod mutants;
mod recorded;
mod support;
mod vectors;
mod verify;
mod voice;
mod webhook;
mod whatsapp;

use std::{collections::BTreeSet, fs};

/// Every golden file of Vonage's is read by a test of this crate: whoever adds one adds a test.
#[test]
fn every_golden_file_is_read() {
    let files: BTreeSet<String> = fs::read_dir(support::GOLDEN)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("vonage-"))
        .collect();
    let read: BTreeSet<String> = recorded::FILES
        .iter()
        .chain(&[vectors::SIGNATURES, vectors::TOKENS])
        .chain(&described::FILES)
        .map(|name| format!("{name}.json"))
        .collect();
    assert_eq!(files, read);
}
