//! PostgreSQL's statements about rows by their keys, many at once.

use std::{borrow::Cow, marker::PhantomData};

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Binary, Nullable, Text},
};

use super::dialect::{KEYS_AT_ONCE, LOCKING};
use crate::{
    rows::{Cell, Columns},
    statement::{constant_text, push_names},
};

/// Statements that insert `rows`.
pub(super) fn insertions<Row>(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    rows.chunks(KEYS_AT_ONCE)
}

/// Reads rows by their keys, in that order, and locks them with `LOCK`.
pub(super) struct Load<'k, Row, const LOCK: bool> {
    keys: &'k [&'k [u8]],
    row: PhantomData<fn() -> Row>,
}

impl<'k, Row, const LOCK: bool> Load<'k, Row, LOCK> {
    pub(super) const fn new(keys: &'k [&'k [u8]]) -> Self {
        Self { keys, row: PhantomData }
    }
}

impl<Row: Columns, const LOCK: bool> QueryId for Load<'_, Row, LOCK> {
    type QueryId = Load<'static, Row::Name, LOCK>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Row, C, const LOCK: bool> diesel::RunQueryDsl<C> for Load<'_, Row, LOCK> {}

impl<Row: Columns, const LOCK: bool> Query for Load<'_, Row, LOCK> {
    type SqlType = Row::SqlType;
}

impl<Row: Columns, const LOCK: bool> QueryFragment<Pg> for Load<'_, Row, LOCK> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(" FROM ");
        out.push_sql(Row::TABLE);
        out.push_sql(" WHERE ");
        out.push_sql(Row::NAMES[0]);
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Binary>, [&[u8]]>(self.keys)?;
        out.push_sql(") ORDER BY ");
        out.push_sql(Row::NAMES[0]);
        if LOCK {
            out.push_sql(LOCKING);
        }
        Ok(())
    }
}

/// Deletes rows by their keys.
pub(super) struct Delete<'k, Row> {
    keys: &'k [&'k [u8]],
    row: PhantomData<fn() -> Row>,
}

impl<'k, Row> Delete<'k, Row> {
    pub(super) const fn new(keys: &'k [&'k [u8]]) -> Self {
        Self { keys, row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Pg> for Delete<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("DELETE FROM ");
        out.push_sql(Row::TABLE);
        out.push_sql(" WHERE ");
        out.push_sql(Row::NAMES[0]);
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Binary>, [&[u8]]>(self.keys)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Inserts those rows whose keys are free.
pub(super) struct Insert<'r, Row> {
    columns: Vec<Column<'r>>,
    row: PhantomData<fn() -> Row>,
}

impl<'r, Row: Columns> Insert<'r, Row> {
    pub(super) fn new(rows: &'r [Row]) -> Self {
        Self { columns: columns(rows), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Pg> for Insert<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(Row::TABLE);
        out.push_sql(" (");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(") SELECT * FROM unnest(");
        push_columns(&mut out, &self.columns)?;
        out.push_sql(") ON CONFLICT DO NOTHING");
        Ok(())
    }
}

/// Sets columns of rows by their keys.
pub(super) struct Update<'r, Row> {
    columns: Vec<Column<'r>>,
    row: PhantomData<fn() -> Row>,
}

impl<'r, Row: Columns> Update<'r, Row> {
    pub(super) fn new(rows: &'r [Row]) -> Self {
        Self { columns: columns(rows), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Pg> for Update<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        out.push_sql(Row::TABLE);
        out.push_sql(" AS old SET ");
        push_names(&mut out, &Row::NAMES[1..], |out, name| {
            out.push_sql(name);
            out.push_sql(" = new.");
            out.push_sql(name);
        });
        out.push_sql(" FROM unnest(");
        push_columns(&mut out, &self.columns)?;
        out.push_sql(") AS new (");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(") WHERE old.");
        out.push_sql(Row::NAMES[0]);
        out.push_sql(" = new.");
        out.push_sql(Row::NAMES[0]);
        Ok(())
    }
}

constant_text!(Delete, Insert, Update);

/// One column of many rows, bound as an array: however many rows, the statement's text is the same.
enum Column<'r> {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<Cow<'r, str>>>),
    Bytes(Vec<Option<&'r [u8]>>),
}

fn columns<Row: Columns>(rows: &[Row]) -> Vec<Column<'_>> {
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

fn push_columns<'b>(out: &mut AstPass<'_, 'b, Pg>, columns: &'b [Column<'_>]) -> QueryResult<()> {
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
