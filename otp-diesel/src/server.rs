//! Where a server database is, and what can be wrong with it.

use std::error::Error as StdError;

use diesel::result::Error;

use crate::{OpenError, url::without_password};

/// A database of a server.
#[derive(Clone)]
pub(crate) struct Server {
    url: String,
    /// For messages: no user, password or setting.
    name: String,
}

impl Server {
    /// Takes a URL that begins with one of `schemes`.
    pub(crate) fn parse(
        url: &str,
        schemes: &[&str],
        needs_name: bool,
        example: &'static str,
    ) -> Result<Self, OpenError> {
        let invalid = || OpenError::InvalidServerUrl { url: without_password(url), example };
        let (scheme, rest) = url.split_once("://").ok_or_else(invalid)?;
        let is_plain = !url.contains(|character: char| character.is_whitespace() || character.is_control());
        if !schemes.contains(&scheme) || !is_plain || url.contains('#') {
            return Err(invalid());
        }
        let (place, _) = rest.split_once('?').unwrap_or((rest, ""));
        let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
        let (_, database) = place.split_once('/').unwrap_or((place, ""));
        if database.contains('/') || (needs_name && database.is_empty()) {
            return Err(invalid());
        }
        Ok(Self { url: url.to_owned(), name: format!("{scheme}://{place}") })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn name(&self) -> String {
        self.name.clone()
    }

    /// An error of the first connection.
    pub(crate) fn explain(&self, error: Error) -> OpenError {
        let message = redacted(&error.to_string(), &self.url);
        let says = |signs: &[&str]| signs.iter().any(|sign| message.contains(sign));
        let database = self.name();
        let source = Box::from(message.clone());
        if says(&["authentication failed", "Access denied", "no pg_hba.conf entry", "no password supplied"]) {
            OpenError::Denied { database, source }
        } else if says(&["does not exist", "Unknown database"]) {
            OpenError::NoDatabase { database, source }
        } else if says(&[
            "Connection refused",
            "could not translate host name",
            "No such file or directory",
            "timeout expired",
            "timed out",
            "Can't connect",
            "Unknown MySQL server host",
            "Unknown server host",
            "No route to host",
            "Network is unreachable",
            "is starting up",
        ]) {
            OpenError::Unreachable { database, source }
        } else {
            OpenError::Other { database, source }
        }
    }

    /// An error of the migrations.
    pub(crate) fn not_migrated(&self, source: &(dyn StdError + Send + Sync)) -> OpenError {
        OpenError::Migration {
            database: self.name(),
            source: redacted(&source.to_string(), &self.url).into(),
        }
    }
}

/// A client library's message without what is secret in the URL, should it repeat it.
pub(crate) fn redacted(message: &str, url: &str) -> String {
    let mut message = message.replace(url, "***");
    for secret in secrets(url) {
        message = message.replace(&secret, "***");
    }
    message
}

/// The password of a URL, as it is written and as it is meant.
fn secrets(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (place, settings) = rest.split_once('?').unwrap_or((rest, ""));
    let user =
        place.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
    let setting = settings.split('&').filter_map(|setting| setting.strip_prefix("password="));
    user.into_iter()
        .chain(setting)
        .flat_map(|password| [password.to_owned(), decoded(password)])
        .filter(|password| !password.is_empty())
        .collect()
}

/// Without percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let hex = others.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "postgres://user:password@host/database";

    #[test]
    fn urls_are_read_and_shown_without_their_secrets() {
        let parse = |url: &str| Server::parse(url, &["postgres", "postgresql"], false, EXAMPLE);
        for (url, name) in [
            ("postgres://otp:secret@db:5432/otp", "postgres://db:5432/otp"),
            ("postgresql://otp:s%40cret@db/otp?password=secret", "postgresql://db/otp"),
            ("postgres:///otp", "postgres:///otp"),
            ("postgres://db", "postgres://db"),
        ] {
            assert_eq!(parse(url).map(|server| server.name()).unwrap(), name, "{url}");
        }
        for url in [
            "",
            "otp.db",
            "mysql://db/otp",
            "postgres://otp:secret@db/a/b",
            "postgres://a:secret@b/c d",
            "postgres://a:secret@b/c#d",
        ] {
            let error = parse(url).err().unwrap();
            assert!(matches!(error, OpenError::InvalidServerUrl { .. }), "{url}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("secret"), "{shown}");
            assert!(shown.contains(EXAMPLE), "it says what to write");
        }
        let named = Server::parse("mysql://root@db", &["mysql"], true, EXAMPLE);
        assert!(matches!(named, Err(OpenError::InvalidServerUrl { .. })), "MySQL's needs a database");
    }

    #[test]
    fn messages_of_client_libraries_lose_the_password() {
        for (message, url) in [
            ("invalid URI \"postgres://otp:se%63ret@db\"", "postgres://otp:se%63ret@db"),
            ("no: secret", "postgres://otp:se%63ret@db"),
            ("no: secret", "postgres://db/otp?sslmode=require&password=secret"),
        ] {
            let shown = redacted(message, url);
            assert!(
                shown.contains("***") && !shown.contains("secret") && !shown.contains("se%63ret"),
                "{shown}"
            );
        }
        assert_eq!(redacted("as it was", "postgres://db/otp"), "as it was");
    }
}
