//! [`TestRecipient`]: a recipient with a fixed code.

use std::fmt;

use jiff::{civil::Date, tz::TimeZone};
use otp_core::{Code, PhoneNumber, Recipient, Timestamp};

use super::values::Values;

/// A recipient whose code is fixed up to and including a day, and to whom nothing is sent.
///
/// `Display` is for the announcement at start: the recipient masked, and the day.
#[derive(Clone)]
#[non_exhaustive]
pub struct TestRecipient {
    /// Who. The number need not be assigned.
    pub recipient: Recipient,
    /// The code.
    pub code: Code,
    /// The first moment at which the code is no longer fixed: midnight UTC after its last day.
    pub until: Timestamp,
    last_day: Date,
}

impl TestRecipient {
    /// Whether the code is still fixed at `now`.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Reads `recipient=code@last-day`.
    ///
    /// # Errors
    ///
    /// What is expected, without the code.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Addresses may hold '=' and '@'; codes and days hold neither.
        let (recipient, rest) = text
            .rsplit_once('=')
            .ok_or("recipient=code@last-day is expected, like +15555550100=123456@2026-12-31")?;
        let recipient = test_recipient(recipient.trim())?;
        let named = |problem: &str| format!("{recipient}: {problem}");
        let (code, day) = rest
            .split_once('@')
            .ok_or_else(|| named("a last day is expected behind the code, like @2026-12-31"))?;
        let code = digits(code.trim()).ok_or_else(|| named("a code of 4 to 10 digits is expected"))?;
        let invalid_day = || named("a day like 2026-12-31 is expected");
        let day = day.trim();
        let last_day: Date = day.parse().map_err(|_| invalid_day())?;
        if last_day.to_string() != day {
            return Err(invalid_day());
        }
        let midnight =
            last_day.tomorrow().and_then(|day| day.to_zoned(TimeZone::UTC)).map_err(|_| invalid_day())?;
        let until = Timestamp::from_millis(midnight.timestamp().as_millisecond());
        Ok(Self { recipient, code, until, last_day })
    }
}

impl fmt::Display for TestRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} until {}", self.recipient, self.last_day)
    }
}

impl fmt::Debug for TestRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestRecipient({self})")
    }
}

/// Reads `test_recipients`.
pub(super) fn read(values: &mut Values) -> Vec<TestRecipient> {
    let mut recipients: Vec<TestRecipient> = Vec::new();
    let length = values.number("token_length");
    for (index, entry) in values.list("test_recipients").unwrap_or_default().iter().enumerate() {
        let place = format!("entry {}", index + 1);
        match TestRecipient::parse(entry) {
            Ok(new) if recipients.iter().any(|known| known.recipient == new.recipient) => {
                values.problem("test_recipients", format!("{place}: {} is there twice", new.recipient));
            }
            Ok(new) => {
                if new.code.expose().len() != length as usize {
                    let text = format!("{place}: the code of {} has not {length} digits", new.recipient);
                    values.warn("test_recipients", text);
                }
                recipients.push(new);
            }
            Err(expected) => values.problem("test_recipients", format!("{place}: {expected}")),
        }
    }
    recipients
}

/// A recipient that an operator names: its number need not be assigned.
pub(super) fn test_recipient(text: &str) -> Result<Recipient, String> {
    if text.contains('@') {
        Recipient::parse(text).map_err(|error| error.to_string())
    } else {
        PhoneNumber::prescribed(text).map(Recipient::Phone).map_err(|error| error.to_string())
    }
}

/// A fixed code. Only digits reach a check over HTTP, so a code of letters could never be right.
pub(super) fn digits(text: &str) -> Option<Code> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| Code::prescribed(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let entry = TestRecipient::parse("+15555550100=123456@2026-12-31").unwrap();
        assert_eq!((entry.recipient.as_str(), entry.code.expose()), ("+15555550100", "123456"));
        assert_eq!(entry.until, Timestamp::from_millis(1_798_761_600_000), "2027-01-01T00:00:00Z");
        assert!(
            entry.is_valid_at(Timestamp::from_millis(1_798_761_599_999)) && !entry.is_valid_at(entry.until)
        );
        assert_eq!(format!("{entry:?}"), "TestRecipient(+1********00 until 2026-12-31)");

        let mail = TestRecipient::parse("review=er@example.com=0123@2024-02-29").unwrap();
        assert_eq!((mail.recipient.as_str(), mail.code.expose()), ("review=er@example.com", "0123"));

        for bad in [
            "+15555550100",
            "+15555550100=987654",
            "+15555550100=987@2026-12-31",
            "+15555550100=98765A@2026-12-31",
            "+15555550100=987654@2026-02-30",
            "+15555550100=987654@2026-12-31T00:00",
            "+15555550100=987654@31.12.2026",
            "+15555550100=987654@9999-12-31",
            "5555550100=987654@2026-12-31",
            "@=987654@2026-12-31",
            "",
        ] {
            let problem = TestRecipient::parse(bad).unwrap_err();
            assert!(problem.contains("expected") || problem.contains("like"), "{bad}: {problem}");
            assert!(!problem.contains("987"), "{problem}");
        }
    }
}
