//! Databases that go away: a refusal within 2 s that says when to come again, and nothing decided without a commit.

mod down;
mod statements;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_otp-under-test");
