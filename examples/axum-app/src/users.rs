//! The host's own business: who has an account, and who is half way into one.
//!
//! Kept in memory, with the passwords as they are, because this example is about something else. An application has a
//! table of users, and Argon2 hashes in it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use otp_core::{Recipient, Timestamp};

/// How long a password is good for while its second factor is under way.
const LOGIN_LIFE: Duration = Duration::from_secs(600);

/// All accounts, by name.
#[derive(Default)]
pub struct Users {
    table: Mutex<Table>,
}

/// An account.
pub struct User {
    /// What only its owner knows.
    pub password: String,
    /// The number that was verified at signup: the second factor.
    pub phone: Recipient,
    /// Where a reset of the password goes.
    pub email: Recipient,
}

#[derive(Default)]
struct Table {
    users: HashMap<String, User>,
    /// By token: whose password was right, and until when that counts.
    logins: HashMap<String, (String, Timestamp)>,
    /// The addresses whose accounts wait for a new password.
    resets: Vec<Recipient>,
}

impl Users {
    /// Whether the name is taken. Names are public; phone numbers and addresses are not.
    pub fn has(&self, name: &str) -> bool {
        self.table().users.contains_key(name)
    }

    /// Adds an account; `false` where its name was taken meanwhile.
    pub fn add(&self, name: String, user: User) -> bool {
        let mut table = self.table();
        let is_free = !table.users.contains_key(&name);
        if is_free {
            table.users.insert(name, user);
        }
        is_free
    }

    /// Remembers under `token` that this password was right; `false` where it is not.
    pub fn begin_login(&self, name: &str, password: &str, token: &str, now: Timestamp) -> bool {
        let mut table = self.table();
        table.logins.retain(|_, (_, until)| *until > now);
        let is_right = table.users.get(name).is_some_and(|user| user.password == password);
        if is_right {
            table.logins.insert(token.to_owned(), (name.to_owned(), now + LOGIN_LIFE));
        }
        is_right
    }

    /// Whether a login waits under `token` for this phone.
    pub fn awaits(&self, token: &str, phone: &Recipient, now: Timestamp) -> bool {
        let table = self.table();
        let login = table.logins.get(token).filter(|(_, until)| *until > now);
        login.and_then(|(name, _)| table.users.get(name)).is_some_and(|user| user.phone == *phone)
    }

    /// Ends the login that waits under `token`: of several calls one gets the name.
    pub fn finish_login(&self, token: &str) -> Option<String> {
        self.table().logins.remove(token).map(|(name, _)| name)
    }

    /// Whether an account has this address.
    pub fn know(&self, email: &Recipient) -> bool {
        self.table().users.values().any(|user| user.email == *email)
    }

    /// Lets the accounts of this address have a new password, once.
    pub fn open_reset(&self, email: &Recipient) {
        let mut table = self.table();
        if !table.resets.contains(email) && table.users.values().any(|user| user.email == *email) {
            table.resets.push(email.clone());
        }
    }

    /// Sets the password of the account with this name and address, if that was asked for and did not happen since.
    /// Logins under way with the old password end.
    pub fn reset(&self, name: &str, email: &Recipient, password: String) -> bool {
        let mut table = self.table();
        let Table { users, logins, resets } = &mut *table;
        let open = resets.iter().position(|open| open == email);
        let user = users.get_mut(name).filter(|user| user.email == *email);
        let (Some(open), Some(user)) = (open, user) else { return false };
        resets.swap_remove(open);
        logins.retain(|_, (whose, _)| whose != name);
        user.password = password;
        true
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
