//! Reading a row that PostgreSQL sent as one composite value.

use std::borrow::Cow;

use super::columns::{Bytes, Text};

/// What is left of such a value: for each column its type, its length (-1 where it is NULL) and its bytes.
pub(crate) struct Fields<'b> {
    rest: &'b [u8],
}

/// A row, read column by column.
pub(crate) trait FromFields<'b>: Sized {
    /// Takes the columns in the order of the row's names; else names the one that cannot be read.
    fn from_fields(fields: &mut Fields<'b>) -> Result<Self, &'static str>;
}

/// A column.
pub(crate) trait Field<'b>: Sized {
    fn read(bytes: Option<&'b [u8]>) -> Option<Self>;
}

impl<'b> Fields<'b> {
    /// The columns of a value, which begins with their number.
    pub(crate) fn of(value: &'b [u8]) -> Self {
        Self { rest: value.get(4..).unwrap_or_default() }
    }

    /// The next column.
    pub(crate) fn read<F: Field<'b>>(&mut self) -> Option<F> {
        F::read(self.next()?)
    }

    /// The bytes of the next column, unless it is NULL.
    pub(crate) fn read_bytes(&mut self) -> Option<&'b [u8]> {
        self.next()?
    }

    fn next(&mut self) -> Option<Option<&'b [u8]>> {
        let (_type, rest) = self.rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (bytes, rest) = match usize::try_from(i32::from_be_bytes(*length)) {
            Ok(length) => rest.split_at_checked(length).map(|(bytes, rest)| (Some(bytes), rest))?,
            Err(_) => (None, rest),
        };
        self.rest = rest;
        Some(bytes)
    }
}

impl<'b, F: Field<'b>> Field<'b> for Option<F> {
    fn read(bytes: Option<&'b [u8]>) -> Option<Self> {
        match bytes {
            Some(_) => F::read(bytes).map(Some),
            None => Some(None),
        }
    }
}

impl Field<'_> for i64 {
    fn read(bytes: Option<&[u8]>) -> Option<Self> {
        bytes?.try_into().ok().map(Self::from_be_bytes)
    }
}

impl<'b> Field<'b> for Text<'b> {
    fn read(bytes: Option<&'b [u8]>) -> Option<Self> {
        std::str::from_utf8(bytes?).ok().map(Cow::Borrowed)
    }
}

impl<'b> Field<'b> for Bytes<'b> {
    fn read(bytes: Option<&'b [u8]>) -> Option<Self> {
        bytes.map(Cow::Borrowed)
    }
}
