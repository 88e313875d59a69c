//! [`DatabaseUrl`]: where records are kept.

use std::path::{Path, PathBuf};

use super::{Capabilities, secret::Secret, setting::MASK, source::Origin, values::Values};

/// A database, by its URL.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// SQLite in memory: gone with the process.
    SqliteInMemory,
    /// A PostgreSQL server; the URL holds a password.
    Postgres(Secret),
    /// A MySQL or MariaDB server; the URL holds a password.
    Mysql(Secret),
}

/// The kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseKind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

impl DatabaseKind {
    /// The kind's name, and the scheme of its URLs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    /// How to get a build that has it.
    const fn remedy(self) -> &'static str {
        match self {
            Self::Sqlite => "build otp-cli without leaving out its features",
            Self::Postgres => {
                "`cargo install otp-cli --features postgres` makes one that has (with libpq, Debian's libpq-dev)"
            }
            Self::Mysql => {
                "`cargo install otp-cli --features mysql` makes one that has (with libmariadb, Debian's libmariadb-dev)"
            }
        }
    }
}

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// What is expected instead, without the URL.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once(':').ok_or(EXPECTED)?;
        match scheme {
            "sqlite" => sqlite(rest),
            "postgres" | "postgresql" => server(text, rest).map(Self::Postgres),
            "mysql" => server(text, rest).map(Self::Mysql),
            "mariadb" => server(text, rest).map(|_| Self::Mysql(Secret::new(format!("mysql:{rest}")))),
            _ => Err(EXPECTED),
        }
    }

    /// The kind of database.
    #[must_use]
    pub const fn kind(&self) -> DatabaseKind {
        match self {
            Self::Sqlite(_) | Self::SqliteInMemory => DatabaseKind::Sqlite,
            Self::Postgres(_) => DatabaseKind::Postgres,
            Self::Mysql(_) => DatabaseKind::Mysql,
        }
    }

    /// The file, where it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            _ => None,
        }
    }

    /// The URL with its credentials and parameters masked.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::SqliteInMemory => "sqlite::memory:".to_owned(),
            Self::Postgres(url) => masked(self.kind(), url.expose()),
            Self::Mysql(url) => masked(self.kind(), url.expose()),
        }
    }
}

/// Reads `database_url`.
pub(super) fn read(values: &mut Values, build: &Capabilities) -> Option<DatabaseUrl> {
    match DatabaseUrl::parse(values.text("database_url")?) {
        Ok(url) => {
            values.show("database_url", url.masked(), values.origin("database_url"));
            if !build.databases.contains(&url.kind()) {
                let built: Vec<_> =
                    build.databases.iter().map(|kind| format!("{}://", kind.as_str())).collect();
                let (kind, remedy) = (url.kind().as_str(), url.kind().remedy());
                values.problem(
                    "database_url",
                    format!(
                        "this build has no {kind} support; {remedy}; else one of {} is expected",
                        built.join(", ")
                    ),
                );
            }
            Some(url)
        }
        Err(expected) => {
            values.show("database_url", MASK, Origin::Default);
            values.problem("database_url", expected);
            None
        }
    }
}

const EXPECTED: &str = "a URL like sqlite://otp.db, postgres://user:password@host/name or \
                        mysql://user:password@host/name is expected";

fn sqlite(rest: &str) -> Result<DatabaseUrl, &'static str> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    match path {
        "" => Err(EXPECTED),
        ":memory:" => Ok(DatabaseUrl::SqliteInMemory),
        _ if path.contains(['?', '#']) => Err("sqlite:// and a path are expected, without parameters"),
        _ if path.ends_with('/') => Err("sqlite:// and the path of a file are expected, not of a directory"),
        _ => Ok(DatabaseUrl::Sqlite(path.into())),
    }
}

fn server(text: &str, rest: &str) -> Result<Secret, &'static str> {
    let named = rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty());
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if named && plain { Ok(Secret::new(text)) } else { Err(EXPECTED) }
}

/// Credentials end at the last `@`. Where that might stand in a parameter, nothing is shown at all.
fn masked(kind: DatabaseKind, url: &str) -> String {
    let rest = url.split_once("//").map_or("", |(_, rest)| rest);
    let (credentials, rest) = match rest.rsplit_once('@') {
        Some((credentials, _)) if credentials.contains(['?', '#']) => return MASK.to_owned(),
        Some((_, rest)) => ("***@", rest),
        None => ("", rest),
    };
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    let parameters = if place.len() == rest.len() { "" } else { "?***" };
    format!("{}://{credentials}{place}{parameters}", kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, masked) in [
            ("sqlite://otp.db", "sqlite://otp.db"),
            ("sqlite:///var/lib/otp.db", "sqlite:///var/lib/otp.db"),
            ("sqlite:otp.db", "sqlite://otp.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("sqlite://:memory:", "sqlite::memory:"),
            ("postgres://localhost/otp", "postgres://localhost/otp"),
            ("postgresql://u:hunter2@db:5432/otp", "postgres://***@db:5432/otp"),
            ("postgres://u:hun@ter2@db/otp?sslmode=require", "postgres://***@db/otp?***"),
            ("postgres://u:hun/ter2@db/otp", "postgres://***@db/otp"),
            ("postgres:///otp?password=hun@ter2", "***"),
            ("postgres://u:hun?ter2@db/otp", "***"),
            ("mariadb://u:hunter2@db/otp", "mysql://***@db/otp"),
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!(url.masked(), masked);
            assert!(!format!("{url:?}").contains("ter2"), "{text}");
        }
        for bad in [
            "",
            "otp.db",
            "sqlite:",
            "sqlite://",
            "sqlite://x?mode=rwc",
            "sqlite://data/",
            "redis://x",
            "postgres://",
        ] {
            assert!(DatabaseUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
