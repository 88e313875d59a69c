//! Rows as lists of columns, from which each backend makes the statements that write them.

use std::borrow::Cow;

/// What one column of one row is to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'c> {
    Number(Option<i64>),
    Text(Option<&'c str>),
    Bytes(Option<&'c [u8]>),
}

/// A row of a table, or some columns of it. The first column is the table's key.
pub(crate) trait Columns {
    /// Names the statements about such rows: those of one `Name` have one text.
    type Name: 'static;
    /// Of a row that has all columns of its table.
    type SqlType;

    const TABLE: &'static str;
    const NAMES: &'static [&'static str];

    /// The cells, in the order of the names.
    fn cells(&self) -> Vec<Cell<'_>>;

    /// The first cell.
    fn key(&self) -> &[u8];
}

/// Lists the columns of a row, the key first.
macro_rules! columns {
    ($row:ident, $table:ident: $key:ident $(, $column:ident)* $(,)?) => {
        impl crate::rows::Columns for $row<'_> {
            type Name = $row<'static>;
            type SqlType =
                <crate::schema::$table::table as diesel::query_builder::AsQuery>::SqlType;

            const TABLE: &'static str = stringify!($table);
            const NAMES: &'static [&'static str] = &[stringify!($key) $(, stringify!($column))*];

            fn cells(&self) -> Vec<crate::rows::Cell<'_>> {
                vec![(&self.$key).into() $(, (&self.$column).into())*]
            }

            fn key(&self) -> &[u8] {
                &self.$key
            }
        }

        #[cfg(feature = "postgres")]
        impl<'b> crate::rows::FromFields<'b> for $row<'b> {
            fn from_fields(fields: &mut crate::rows::Fields<'b>) -> Result<Self, &'static str> {
                Ok(Self {
                    $key: fields.read().ok_or(stringify!($key))?,
                    $($column: fields.read().ok_or(stringify!($column))?,)*
                })
            }
        }
    };
}

pub(super) use columns;

impl From<&i64> for Cell<'_> {
    fn from(number: &i64) -> Self {
        Self::Number(Some(*number))
    }
}

impl From<&Option<i64>> for Cell<'_> {
    fn from(number: &Option<i64>) -> Self {
        Self::Number(*number)
    }
}

impl<'c> From<&'c Cow<'_, str>> for Cell<'c> {
    fn from(text: &'c Cow<'_, str>) -> Self {
        Self::Text(Some(text))
    }
}

impl<'c> From<&'c Option<Cow<'_, str>>> for Cell<'c> {
    fn from(text: &'c Option<Cow<'_, str>>) -> Self {
        Self::Text(text.as_deref())
    }
}

impl<'c> From<&'c Cow<'_, [u8]>> for Cell<'c> {
    fn from(bytes: &'c Cow<'_, [u8]>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'c> From<&'c Option<Cow<'_, [u8]>>> for Cell<'c> {
    fn from(bytes: &'c Option<Cow<'_, [u8]>>) -> Self {
        Self::Bytes(bytes.as_deref())
    }
}
