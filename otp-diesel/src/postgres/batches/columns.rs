//! Columns of many rows, bound as arrays: however many rows, the statement's text is the same.

use std::borrow::Cow;

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::AstPass,
    sql_types::{Array, BigInt, Binary, Nullable, Text},
};

use crate::rows::{Cell, Columns};

/// One column.
pub(super) enum Column<'r> {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<Cow<'r, str>>>),
    Bytes(Vec<Option<&'r [u8]>>),
}

pub(super) fn columns<Row: Columns>(rows: &[Row]) -> Vec<Column<'_>> {
    let mut columns: Vec<Column<'_>> = Vec::with_capacity(Row::NAMES.len());
    for row in rows {
        for (index, cell) in row.cells().into_iter().enumerate() {
            match (columns.get_mut(index), cell) {
                (Some(Column::Numbers(all)), Cell::Number(one)) => all.push(one),
                (Some(Column::Texts(all)), Cell::Text(one)) => all.push(one.map(text)),
                (Some(Column::Bytes(all)), Cell::Bytes(one)) => all.push(one),
                (Some(_), _) => unreachable!("a column is of one type in every row"),
                (None, Cell::Number(one)) => columns.push(Column::Numbers(vec![one])),
                (None, Cell::Text(one)) => columns.push(Column::Texts(vec![one.map(text)])),
                (None, Cell::Bytes(one)) => columns.push(Column::Bytes(vec![one])),
            }
        }
    }
    columns
}

/// The one character that PostgreSQL keeps in no text is left out; only a provider's name for a message could have it.
fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "").into() } else { text.into() }
}

/// Binds the columns, with commas between them.
pub(super) fn push_columns<'b>(out: &mut AstPass<'_, 'b, Pg>, columns: &'b [Column<'_>]) -> QueryResult<()> {
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push_sql(", ");
        }
        match column {
            Column::Numbers(numbers) => {
                out.push_bind_param::<Array<Nullable<BigInt>>, [Option<i64>]>(numbers)?;
            }
            Column::Texts(texts) => {
                out.push_bind_param::<Array<Nullable<Text>>, [Option<Cow<'_, str>>]>(texts)?;
            }
            Column::Bytes(bytes) => {
                out.push_bind_param::<Array<Nullable<Binary>>, [Option<&[u8]>]>(bytes)?;
            }
        }
    }
    Ok(())
}
