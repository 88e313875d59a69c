//! What the suites share.

/// How many times longer than usual to test: the environment's `OTP_TEST_ROUNDS`, else 1.
///
/// # Panics
///
/// Where it is set to anything but a positive number: a long run that silently was a short one proves nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "the length of a test run is nobody's configuration but the tester's"
)]
pub(crate) fn rounds() -> u32 {
    match std::env::var("OTP_TEST_ROUNDS") {
        Ok(text) => {
            text.parse().ok().filter(|rounds| *rounds > 0).expect("OTP_TEST_ROUNDS is a positive number")
        }
        Err(_) => 1,
    }
}
