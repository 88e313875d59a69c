//! [`Kind`]: what a key takes, and reading it.

use std::{net::SocketAddr, path::PathBuf};

use super::{http_url::HttpUrl, source::Raw};

/// What a [`Key`](super::Key) takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number in a range; `u32::MAX` is no upper end.
    Number(u32, u32),
    /// `true` or `false`.
    Boolean,
    /// Any text of one line.
    Line,
    /// Any text; lines may break.
    Text,
    /// Several texts, of what the words say; in one text they are separated by commas.
    List(&'static str),
    /// A socket address.
    Address,
    /// An `http://` or `https://` URL.
    Url,
    /// A file or directory.
    Path,
}

/// A value of a [`Kind`].
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value {
    Choice(&'static str),
    Number(u32),
    Boolean(bool),
    Text(String),
    List(Vec<String>),
    Address(SocketAddr),
    Url(HttpUrl),
    Path(PathBuf),
}

impl Kind {
    /// What is expected, for problems and for the reference.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Choice(words) => words.join(" or "),
            Self::Number(0, u32::MAX) => "a whole number".to_owned(),
            Self::Number(1, u32::MAX) => "a positive whole number".to_owned(),
            Self::Number(least, u32::MAX) => format!("a whole number of at least {least}"),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::Boolean => "true or false".to_owned(),
            Self::Line => "a text of one line".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::List(of) => format!("{of}, separated by commas"),
            Self::Address => "an address and port like 127.0.0.1:8000".to_owned(),
            Self::Url => "a URL like https://example.com, without credentials in it".to_owned(),
            Self::Path => "a path".to_owned(),
        }
    }

    /// Reads a value; `None` where it is not what is expected.
    pub(super) fn read(self, raw: &Raw) -> Option<Value> {
        if let (Self::List(_), Raw::List(items)) = (self, raw) {
            return Some(Value::List(items.iter().map(|item| item.trim().to_owned()).collect()));
        }
        let Raw::Text(text) = raw else { return None };
        match self {
            Self::List(_) => Some(Value::List(split(text))),
            Self::Text => (!text.trim().is_empty()).then(|| Value::Text(text.clone())),
            _ => self.read_line(text.trim()),
        }
    }

    fn read_line(self, text: &str) -> Option<Value> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return None;
        }
        match self {
            Self::Choice(words) => words.iter().find(|word| **word == text).map(|word| Value::Choice(word)),
            Self::Number(least, most) => {
                let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
                (least..=most).contains(&number).then_some(Value::Number(number))
            }
            Self::Boolean => boolean(text).map(Value::Boolean),
            Self::Address => address(text).map(Value::Address),
            Self::Url => HttpUrl::parse(text).map(Value::Url),
            Self::Path => Some(Value::Path(text.into())),
            Self::Line | Self::Text | Self::List(_) => Some(Value::Text(text.to_owned())),
        }
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}").parse().ok(),
        None => text.parse().ok(),
    }
}
