//! The host's own business: who has an account, and who is half way into one.
//!
//! Kept in memory, with the passwords as they are, because this example is about something else. An application has a
//! table of users, and Argon2 hashes in it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use otp_core::{Recipient, Timestamp};

/// How long a password is good for while its second factor is under way.
const LOGIN_LIFE: Duration = Duration::from_secs(600);

/// All accounts, by name.
#[derive(Default)]
pub(crate) struct Users {
    table: Mutex<Table>,
}

/// An account.
pub(crate) struct User {
    /// What only its owner knows.
    pub(crate) password: String,
    /// The number that was verified at signup: the second factor.
    pub(crate) phone: Recipient,
    /// Where a reset of the password goes.
    pub(crate) email: Recipient,
}

#[derive(Default)]
struct Table {
    users: HashMap<String, User>,
    /// By token: whose password was right, and until when that counts.
    logins: HashMap<String, (String, Timestamp)>,
    /// The addresses whose codes were sent and did not come back.
    codes: HashSet<String>,
}

impl Users {
    /// Whether the name is taken. Names are public; phone numbers and addresses are not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.table().users.contains_key(name)
    }

    /// Adds an account; `false` where its name was taken meanwhile.
    pub(crate) fn add(&self, name: String, user: User) -> bool {
        let mut table = self.table();
        let is_free = !table.users.contains_key(&name);
        if is_free {
            table.users.insert(name, user);
        }
        is_free
    }

    /// Remembers under `token` that this password was right; `false` where it is not.
    pub(crate) fn begin_login(&self, name: &str, password: &str, token: &str, now: Timestamp) -> bool {
        let mut table = self.table();
        table.logins.retain(|_, (_, until)| *until > now);
        let is_right = table.users.get(name).is_some_and(|user| user.password == password);
        if is_right {
            table.logins.insert(token.to_owned(), (name.to_owned(), now + LOGIN_LIFE));
        }
        is_right
    }

    /// Whether a login waits under `token` for this phone.
    pub(crate) fn awaits(&self, token: &str, phone: &Recipient, now: Timestamp) -> bool {
        let table = self.table();
        let login = table.logins.get(token).filter(|(_, until)| *until > now);
        login.and_then(|(name, _)| table.users.get(name)).is_some_and(|user| user.phone == *phone)
    }

    /// Ends the login that waits under `token`: of several calls one gets the name.
    pub(crate) fn finish_login(&self, token: &str) -> Option<String> {
        self.table().logins.remove(token).map(|(name, _)| name)
    }

    /// Whether an account has this address.
    pub(crate) fn know(&self, email: &Recipient) -> bool {
        self.table().users.values().any(|user| user.email == *email)
    }

    /// A code is on its way to this address, where an account has it, and may come back once.
    pub(crate) fn expect_code(&self, email: &Recipient) {
        let mut table = self.table();
        if table.users.values().any(|user| user.email == *email) {
            table.codes.insert(email.as_str().to_owned());
        }
    }

    /// The code came back: of several times this lets one through.
    pub(crate) fn accept_code(&self, email: &Recipient) -> bool {
        self.table().codes.remove(email.as_str())
    }

    /// Whether the account of this name has this address.
    pub(crate) fn belongs(&self, name: &str, email: &Recipient) -> bool {
        self.table().users.get(name).is_some_and(|user| user.email == *email)
    }

    /// Sets a password. Logins under way with the old one end.
    pub(crate) fn set_password(&self, name: &str, password: String) {
        let mut table = self.table();
        table.logins.retain(|_, (whose, _)| whose != name);
        if let Some(user) = table.users.get_mut(name) {
            user.password = password;
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
