//! The accounts as their owners, and others, meet them.

use otp_tests::accounts;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-actix-app");

#[test]
fn signup_needs_a_verified_phone() {
    accounts::signup_needs_a_verified_phone(PROGRAM);
}

#[test]
fn login_needs_the_password_and_the_phone() {
    accounts::login_needs_the_password_and_the_phone(PROGRAM);
}

#[test]
fn reset_tells_nobody_who_has_an_account() {
    accounts::reset_tells_nobody_who_has_an_account(PROGRAM);
}
