//! SQLite's statements about a row by its key.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Binary,
    sqlite::Sqlite,
};

use super::dialect::KEYS_AT_ONCE;
use crate::{
    bind::push_cell,
    rows::{Cell, Columns},
    statement::{constant_text, push_names},
};

/// Statements that insert `rows`.
pub(super) fn insertions<Row>(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    rows.chunks(KEYS_AT_ONCE)
}

/// Reads a row by its key. A transaction locks everything.
pub(super) struct Load<'k, Row, const LOCK: bool> {
    key: &'k [u8],
    row: PhantomData<fn() -> Row>,
}

impl<'k, Row, const LOCK: bool> Load<'k, Row, LOCK> {
    pub(super) const fn new(keys: &'k [&'k [u8]]) -> Self {
        Self { key: keys[0], row: PhantomData }
    }
}

impl<Row: Columns, const LOCK: bool> QueryId for Load<'_, Row, LOCK> {
    type QueryId = Load<'static, Row::Name, false>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Row, C, const LOCK: bool> RunQueryDsl<C> for Load<'_, Row, LOCK> {}

impl<Row: Columns, const LOCK: bool> Query for Load<'_, Row, LOCK> {
    type SqlType = Row::SqlType;
}

impl<Row: Columns, const LOCK: bool> QueryFragment<Sqlite> for Load<'_, Row, LOCK> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(" FROM ");
        out.push_sql(Row::TABLE);
        push_key::<Row>(&mut out, self.key)
    }
}

/// Deletes a row by its key.
pub(super) struct Delete<'k, Row> {
    key: &'k [u8],
    row: PhantomData<fn() -> Row>,
}

impl<'k, Row> Delete<'k, Row> {
    pub(super) const fn new(keys: &'k [&'k [u8]]) -> Self {
        Self { key: keys[0], row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Sqlite> for Delete<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("DELETE FROM ");
        out.push_sql(Row::TABLE);
        push_key::<Row>(&mut out, self.key)
    }
}

/// Inserts a row.
pub(super) struct Insert<'r, Row> {
    cells: Vec<Cell<'r>>,
    row: PhantomData<fn() -> Row>,
}

impl<'r, Row: Columns> Insert<'r, Row> {
    pub(super) fn new(rows: &'r [Row]) -> Self {
        Self { cells: rows[0].cells(), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Sqlite> for Insert<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(Row::TABLE);
        out.push_sql(" (");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(") VALUES (");
        for (index, cell) in self.cells.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            push_cell(&mut out, cell)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

/// Sets columns of a row by its key.
pub(super) struct Update<'r, Row> {
    key: &'r [u8],
    cells: Vec<Cell<'r>>,
    row: PhantomData<fn() -> Row>,
}

impl<'r, Row: Columns> Update<'r, Row> {
    pub(super) fn new(rows: &'r [Row]) -> Self {
        Self { key: rows[0].key(), cells: rows[0].cells(), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Sqlite> for Update<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        out.push_sql(Row::TABLE);
        out.push_sql(" SET ");
        for (index, (name, cell)) in Row::NAMES.iter().zip(&self.cells).enumerate().skip(1) {
            if index > 1 {
                out.push_sql(", ");
            }
            out.push_sql(name);
            out.push_sql(" = ");
            push_cell(&mut out, cell)?;
        }
        push_key::<Row>(&mut out, self.key)
    }
}

constant_text!(Delete, Insert, Update);

fn push_key<'b, Row: Columns>(out: &mut AstPass<'_, 'b, Sqlite>, key: &'b [u8]) -> QueryResult<()> {
    out.push_sql(" WHERE ");
    out.push_sql(Row::NAMES[0]);
    out.push_sql(" = ");
    out.push_bind_param::<Binary, [u8]>(key)
}
