//! Where the database is, and the first connection to it.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
};

use diesel::{connection::SimpleConnection as _, result::Error};

use super::{
    dialect::{self, Connection},
    migrations::Failed,
};
use crate::{OpenError, url::without_password};

/// A database file.
pub(super) struct Location(String);

impl Location {
    /// Takes `sqlite://` and a path, or a plain path.
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        let (path, is_url) = match url.strip_prefix("sqlite:") {
            Some(rest) => (rest.strip_prefix("//").unwrap_or(rest), true),
            None => (url, false),
        };
        if path == ":memory:" || path.contains("mode=memory") {
            return Err(OpenError::InMemory);
        }
        // A URL of another database, or settings behind a question mark, which would be silently ignored.
        if path.is_empty() || path.contains("://") || path.contains('\0') || (is_url && path.contains('?')) {
            return Err(OpenError::InvalidUrl(without_password(url)));
        }
        Ok(Self(path.to_owned()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from(&self.0)
    }

    /// Connects, and makes sure that the database can be written.
    pub(super) fn connect(&self) -> Result<Connection, OpenError> {
        let path = self.path();
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
        if let Some(directory) = directory.filter(|directory| !directory.is_dir()) {
            return Err(OpenError::MissingDirectory(directory.to_owned()));
        }
        if path.exists() && !path.is_file() {
            return Err(OpenError::NotAFile(path));
        }
        self.create();
        let (mut connection, mode) = dialect::connect(&self.0).map_err(|error| self.explain(error))?;
        if mode != "wal" {
            return Err(OpenError::NoWriteAheadLog(path));
        }
        connection.batch_execute("BEGIN IMMEDIATE; ROLLBACK").map_err(|error| self.explain(error))?;
        Ok(connection)
    }

    /// Creates the file for its owner alone, since it holds recipients; SQLite gives its side files the same mode. What
    /// goes wrong here goes wrong again, and is explained, when the file is opened.
    fn create(&self) {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let _ = options.open(&self.0);
    }

    /// An error of the migrations.
    pub(super) fn failed(&self, failed: Failed) -> OpenError {
        match failed {
            Failed::Database(error) => self.explain(error),
            Failed::Migration(source) => OpenError::Migration { database: self.0.clone(), source },
        }
    }

    pub(super) fn explain(&self, error: Error) -> OpenError {
        let (path, message) = (self.path(), error.to_string());
        let says = |sign| message.contains(sign);
        if says("not a database") {
            OpenError::NotADatabase(path)
        } else if says("readonly database")
            || (says("unable to open database") && Path::new(&self.0).exists())
        {
            OpenError::ReadOnly(path)
        } else if says("is locked") {
            OpenError::Locked(path)
        } else {
            OpenError::Other { database: self.0.clone(), source: error.into() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_paths() {
        for (url, path) in [
            ("sqlite://otp.db", "otp.db"),
            ("sqlite:///var/lib/otp.db", "/var/lib/otp.db"),
            ("sqlite:otp.db", "otp.db"),
            ("data/otp.db", "data/otp.db"),
            ("what?.db", "what?.db"),
        ] {
            assert_eq!(Location::parse(url).map(|location| location.0).unwrap(), path, "{url}");
        }
        for url in ["", "sqlite://", "postgres://host/otp", "sqlite://otp.db?mode=ro", "a\0b"] {
            assert!(matches!(Location::parse(url), Err(OpenError::InvalidUrl(_))), "{url:?}");
        }
        for url in [":memory:", "sqlite://:memory:", "sqlite::memory:", "file:x?mode=memory"] {
            assert!(matches!(Location::parse(url), Err(OpenError::InMemory)), "{url}");
        }
        let error = Location::parse("mysql://root:secret@host/otp").err().unwrap().to_string();
        assert!(error.contains("mysql://***@host") && !error.contains("secret"), "{error}");
    }
}
