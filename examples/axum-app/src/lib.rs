//! An axum application with accounts, and what proves who they belong to.
//!
//! | module | takes proofs for | of |
//! |---|---|---|
//! | `signup` | `signup` | the phone an account begins with |
//! | `login` | `login` | the same phone, after the password |
//! | `reset` | `password-reset` | the e-mail address, known or not |
//!
//! A proof counts once, and for its purpose only. `users` and [`Terminal`] stand for what an application has already:
//! a table of users and a way to send messages.

mod login;
mod problem;
mod reset;
mod signup;
mod terminal;
mod users;

use std::sync::Arc;

use axum::{Router, extract::FromRef};
use otp_service::Verifier;

pub use terminal::Terminal;
use users::Users;

/// The application's state. The extractors of `otp-axum` take the verifier from it.
#[derive(Clone)]
struct Accounts {
    users: Arc<Users>,
    verifier: Verifier,
}

impl FromRef<Accounts> for Verifier {
    fn from_ref(accounts: &Accounts) -> Self {
        accounts.verifier.clone()
    }
}

impl FromRef<Accounts> for Arc<Users> {
    fn from_ref(accounts: &Accounts) -> Self {
        Self::clone(&accounts.users)
    }
}

/// All routes of the accounts.
pub fn accounts(verifier: Verifier) -> Router {
    Router::new()
        .merge(signup::router(verifier.clone()))
        .merge(login::router(verifier.clone()))
        .merge(reset::router())
        .with_state(Accounts { users: Arc::default(), verifier })
}
