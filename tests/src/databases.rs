//! An empty database for a test, gone at its end.
//!
//! | kind | where | needs |
//! |---|---|---|
//! | [`Kind::Sqlite`] | a file in the folder of the servers | nothing |
//! | [`Kind::Postgres`] | a database of its own on the server at `OTP_TEST_POSTGRES_URL` | feature `postgres` |
//! | [`Kind::Mysql`] | a database of its own on the server at `OTP_TEST_MYSQL_URL` | feature `mysql` |
//!
//! Without the feature or the server a test says `SKIPPED` and passes; with `OTP_TEST_REQUIRE_SERVERS=1` it fails.

mod client;

use std::{
    fmt,
    net::{SocketAddr, ToSocketAddrs},
    sync::atomic::{AtomicU32, Ordering},
};

use self::client::connect;
use crate::note;

/// The secret key of servers that share a database, since each would make its own beside its files.
pub(crate) const SECRET_KEY: &str = "k1:0mKf3uWq2Zt7hJxYc9LrVbNsEaPgUoDi4Q8yMzTkR1w=";

/// The kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "suites run on every kind")]
pub enum Kind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MariaDB",
        })
    }
}

impl Kind {
    /// The server's URL that tests are given: the kind's variable, or a server of this machine.
    fn server(self) -> String {
        let (variable, default) = match self {
            Self::Sqlite => return "sqlite://otp.db".to_owned(),
            Self::Postgres => ("OTP_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres"),
            Self::Mysql => ("OTP_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
        };
        variable_of(variable).unwrap_or_else(|| default.to_owned())
    }

    const fn help(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "build with `--features postgres`, start a server, set OTP_TEST_POSTGRES_URL",
            Self::Mysql => "build with `--features mysql`, start a server, set OTP_TEST_MYSQL_URL",
        }
    }
}

/// An empty database. Dropping it drops the database.
#[derive(Debug)]
pub struct Database {
    kind: Kind,
    url: String,
    /// The server's URL and the database's name on it.
    dropped: Option<(String, String)>,
}

impl Database {
    /// A new database of this kind, on the server that the tests are given; `None` where there is no such server, which
    /// is said.
    ///
    /// # Panics
    ///
    /// Where there is no such server although `OTP_TEST_REQUIRE_SERVERS=1` says that there is.
    #[must_use]
    pub fn create(kind: Kind) -> Option<Self> {
        match Self::on(kind, &kind.server()) {
            Ok(database) => Some(database),
            Err(problem) => {
                skip(&format!("no {kind}: {problem}; {}", kind.help()));
                None
            }
        }
    }

    /// A new database on the server at `server`.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn on(kind: Kind, server: &str) -> Result<Self, String> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        if kind == Kind::Sqlite {
            return Ok(Self { kind, url: server.to_owned(), dropped: None });
        }
        let name = format!("otp_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let mut client = connect(server)?;
        client.run(&format!("DROP DATABASE IF EXISTS {name}"))?;
        client.run(&match kind {
            // Not the locale of the machine, nor what somebody left in the usual template.
            Kind::Postgres => format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"),
            _ => format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
        })?;
        Ok(Self { kind, url: with_name(server, &name), dropped: Some((server.to_owned(), name)) })
    }

    /// The database at `url`, which stays.
    pub(crate) fn at(kind: Kind, url: &str) -> Self {
        Self { kind, url: url.to_owned(), dropped: None }
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its URL; relative to the folder of the servers where it is a file.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its server listens.
    ///
    /// # Panics
    ///
    /// When it is a file, or the URL names no place.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let (_, rest) = self.url.split_once("://").expect("a URL has a scheme");
        let authority = rest.split('/').next().unwrap_or_default();
        let place = authority.rsplit('@').next().unwrap_or_default();
        let port = if self.kind == Kind::Mysql { 3306 } else { 5432 };
        let found = match place.rsplit_once(':') {
            Some(_) => place.to_socket_addrs(),
            None => (place, port).to_socket_addrs(),
        };
        found.ok().and_then(|mut found| found.next()).expect("the URL names a server")
    }

    /// Its URL by way of another address, a proxy's.
    ///
    /// # Panics
    ///
    /// When it is a file.
    #[must_use]
    pub fn url_through(&self, address: SocketAddr) -> String {
        let (scheme, rest) = self.url.split_once("://").expect("a URL has a scheme");
        let (authority, path) = rest.split_once('/').expect("a database has a name");
        assert_ne!(self.kind, Kind::Sqlite, "no file is reached through a proxy");
        let user = authority.rsplit_once('@').map_or(String::new(), |(user, _)| format!("{user}@"));
        // What is encrypted cannot be cut between two messages.
        let plain = if self.kind == Kind::Postgres { "?sslmode=disable" } else { "" };
        format!("{scheme}://{user}{address}/{path}{plain}")
    }

    /// The texts that `sql` selects, one column named `text`.
    ///
    /// # Errors
    ///
    /// What the database or its client says.
    pub fn texts(&self, sql: &str) -> Result<Vec<String>, String> {
        connect(&self.url)?.texts(sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = &self.dropped else { return };
        // Connections of a killed server may linger.
        let force = if self.kind == Kind::Postgres { " WITH (FORCE)" } else { "" };
        let dropped = connect(server)
            .and_then(|mut client| client.run(&format!("DROP DATABASE IF EXISTS {name}{force}")));
        if let Err(problem) = dropped {
            note(&format!("the database {name} stays: {problem}"));
        }
    }
}

/// The URL of another database on the same server.
fn with_name(server: &str, name: &str) -> String {
    let (scheme, rest) = server.split_once("://").unwrap_or(("", server));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let parameters = rest.split_once('?').map_or(String::new(), |(_, parameters)| format!("?{parameters}"));
    format!("{scheme}://{authority}/{name}{parameters}")
}

/// Says that a test does nothing, and why.
///
/// # Panics
///
/// With `OTP_TEST_REQUIRE_SERVERS=1`, where no test may do nothing.
pub fn skip(why: &str) {
    assert!(
        variable_of("OTP_TEST_REQUIRE_SERVERS").is_none_or(|text| text != "1"),
        "not to be skipped: {why}"
    );
    note(&format!("SKIPPED: {why}"));
}

#[expect(clippy::disallowed_methods, reason = "where the servers are is the caller's to say")]
fn variable_of(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}
