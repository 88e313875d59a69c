//! Single columns.

use std::{borrow::Cow, fmt, time::Duration};

use otp_core::{Timestamp, Window};

/// Bytes of a row: borrowed from a record, or read.
pub(crate) type Bytes<'a> = Cow<'a, [u8]>;
/// Text of a row: borrowed from a record, or read.
pub(crate) type Text<'a> = Cow<'a, str>;

/// A row that cannot be read: where, never what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) table: &'static str,
    pub(crate) column: Cow<'static, str>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table {}, column {}", self.table, self.column)
    }
}

/// Names the columns of one table in errors.
pub(crate) struct Reader(pub(crate) &'static str);

impl Reader {
    pub(crate) fn unreadable(&self, column: &'static str) -> Unreadable {
        Unreadable { table: self.0, column: Cow::Borrowed(column) }
    }

    pub(crate) fn array<const N: usize>(
        &self,
        column: &'static str,
        bytes: &[u8],
    ) -> Result<[u8; N], Unreadable> {
        bytes.try_into().map_err(|_| self.unreadable(column))
    }

    pub(crate) fn count<T: TryFrom<i64>>(&self, column: &'static str, number: i64) -> Result<T, Unreadable> {
        number.try_into().map_err(|_| self.unreadable(column))
    }

    pub(crate) fn duration(&self, column: &'static str, millis: i64) -> Result<Duration, Unreadable> {
        self.count(column, millis).map(Duration::from_millis)
    }

    pub(crate) fn flag(&self, column: &'static str, number: i64) -> Result<bool, Unreadable> {
        match number {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.unreadable(column)),
        }
    }

    pub(crate) fn window(&self, column: &'static str, bytes: &[u8]) -> Result<Window, Unreadable> {
        Window::from_bytes(bytes).ok_or_else(|| self.unreadable(column))
    }

    /// Any type that refuses foreign input with an error, which is dropped: it could tell the value.
    pub(crate) fn parsed<T, E>(&self, column: &'static str, parsed: Result<T, E>) -> Result<T, Unreadable> {
        parsed.map_err(|_| self.unreadable(column))
    }

    /// The value with this name.
    pub(crate) fn named<T: Copy>(
        &self,
        column: &'static str,
        values: &[T],
        name: impl Fn(T) -> &'static str,
        text: &str,
    ) -> Result<T, Unreadable> {
        values.iter().copied().find(|value| name(*value) == text).ok_or_else(|| self.unreadable(column))
    }
}

pub(crate) fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_millis)
}

pub(crate) fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// Whole milliseconds, saturating like [`Timestamp`].
pub(crate) fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
