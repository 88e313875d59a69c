//! The accounts as their owners, and others, meet them.

use otp_tests::accounts;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use otp_tests::{
    accounts::App,
    databases::{Database, Kind},
};

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

#[cfg(any(feature = "postgres", feature = "mysql"))]
/// The verifier's data on a server's database, whose URL is given.
fn on(kind: Kind) {
    let Some(database) = Database::create(kind) else { return };
    let app = || App::from(PROGRAM).on(&database);
    accounts::signup_needs_a_verified_phone(app());
    accounts::reset_tells_nobody_who_has_an_account(app());
}

#[test]
#[cfg(feature = "postgres")]
fn on_postgresql() {
    on(Kind::Postgres);
}

#[test]
#[cfg(feature = "mysql")]
fn on_mariadb() {
    on(Kind::Mysql);
}
