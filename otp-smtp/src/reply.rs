//! [`Reply`]: the numbers of a server's answer.

use std::fmt;

use lettre::transport::smtp::{self, response::Response};

/// The numbers of a server's answer: `550`, or `550 5.1.1` with an enhanced status (RFC 3463). Its words are not kept:
/// they quote addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reply {
    code: u16,
    status: Option<(u16, u16)>,
}

impl Reply {
    pub(crate) fn new(code: u16, text: &str) -> Self {
        let word = text.split_whitespace().next().unwrap_or_default();
        Self { code, status: status(code, word) }
    }

    pub(crate) fn of_response(response: &Response) -> Self {
        Self::new(response.code().into(), response.first_word().unwrap_or_default())
    }

    /// `None` where the error is no answer of the server's.
    pub(crate) fn of_error(error: &smtp::Error) -> Option<Self> {
        let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        error.status().map(|code| Self::new(code.into(), &text))
    }

    /// The reply code, three digits (RFC 5321, section 4.2).
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// Subject and detail of the enhanced status: `(1, 1)` in `5.1.1`. Its class is the reply code's first digit.
    #[must_use]
    pub const fn status(&self) -> Option<(u16, u16)> {
        self.status
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some((subject, detail)) => write!(f, "{} {}.{subject}.{detail}", self.code, self.code / 100),
            None => write!(f, "{}", self.code),
        }
    }
}

/// Reads `5.1.1`; its class must agree with the code (RFC 2034, section 4).
fn status(code: u16, word: &str) -> Option<(u16, u16)> {
    let mut parts = word.split('.').map(|part| {
        let digits = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u16>().ok()).flatten()
    });
    let (class, subject, detail) = (parts.next()??, parts.next()??, parts.next()??);
    (parts.next().is_none() && class == code / 100).then_some((subject, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_words_are_not() {
        for (code, text, shown) in [
            (550, "5.1.1 <bob@example.com>: no such user", "550 5.1.1"),
            (550, "5.7.708 no", "550 5.7.708"),
            (550, "no such user bob@example.com", "550"),
            (550, "", "550"),
            (550, "4.1.1 the class disagrees", "550"),
            (550, "5.1 no", "550"),
            (550, "5.1.1.1 an address?", "550"),
            (550, "5.1.+1 no", "550"),
            (550, "5.1.1234 no", "550"),
            (451, "4.7.1 greylisted", "451 4.7.1"),
        ] {
            assert_eq!(Reply::new(code, text).to_string(), shown, "{code} {text}");
        }
    }
}
