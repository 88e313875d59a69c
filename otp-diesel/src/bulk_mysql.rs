//! MySQL's and MariaDB's statements about rows by their keys, many at once.

use std::{iter, marker::PhantomData};

use diesel::{
    QueryResult, RunQueryDsl,
    mysql::Mysql,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Binary,
};

use super::dialect::{KEYS_AT_ONCE, LOCKING};
use crate::{
    bind::push_cell,
    rows::{Cell, Columns},
    statement::push_names,
};

/// Statements that insert `rows`: 1, 2, 4, ... at once, so that there are few different texts.
pub(super) fn insertions<Row>(mut rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    iter::from_fn(move || {
        let most = 1 << rows.len().checked_ilog2()?;
        let (some, rest) = rows.split_at(most.min(KEYS_AT_ONCE));
        rows = rest;
        Some(some)
    })
}

/// Statements of one number of rows have one text and are prepared once.
macro_rules! few_texts {
    ($statement:ident $(, $lock:ident)?) => {
        impl<Row $(, const $lock: bool)?> QueryId for $statement<'_, Row $(, $lock)?> {
            type QueryId = ();

            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl<Row, C $(, const $lock: bool)?> RunQueryDsl<C> for $statement<'_, Row $(, $lock)?> {}
    };
}

few_texts!(Load, LOCK);
few_texts!(Delete);
few_texts!(Insert);
few_texts!(Update);

/// Reads rows by their keys, in that order, and locks them with `LOCK`.
pub(super) struct Load<'k, Row, const LOCK: bool> {
    keys: Vec<&'k [u8]>,
    row: PhantomData<fn() -> Row>,
}

impl<'k, Row, const LOCK: bool> Load<'k, Row, LOCK> {
    pub(super) fn new(keys: &'k [&'k [u8]]) -> Self {
        Self { keys: padded(keys), row: PhantomData }
    }
}

impl<Row: Columns, const LOCK: bool> Query for Load<'_, Row, LOCK> {
    type SqlType = Row::SqlType;
}

/// By the primary key, whatever is known of the table's size: a scan would wait for every row that anybody has locked.
impl<Row: Columns, const LOCK: bool> QueryFragment<Mysql> for Load<'_, Row, LOCK> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        push_names(&mut out, Row::NAMES, |out, name| out.push_sql(name));
        out.push_sql(" FROM ");
        out.push_sql(Row::TABLE);
        out.push_sql(" FORCE INDEX (PRIMARY) WHERE ");
        out.push_sql(Row::NAMES[0]);
        push_keys(&mut out, &self.keys)?;
        out.push_sql(" ORDER BY ");
        out.push_sql(Row::NAMES[0]);
        if LOCK {
            out.push_sql(LOCKING);
        }
        Ok(())
    }
}

/// Deletes rows by their keys.
pub(super) struct Delete<'k, Row> {
    keys: Vec<&'k [u8]>,
    row: PhantomData<fn() -> Row>,
}

impl<'k, Row> Delete<'k, Row> {
    pub(super) fn new(keys: &'k [&'k [u8]]) -> Self {
        Self { keys: padded(keys), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Mysql> for Delete<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_sql("DELETE old FROM ");
        out.push_sql(Row::TABLE);
        out.push_sql(" AS old FORCE INDEX (PRIMARY) WHERE ");
        out.push_sql(Row::NAMES[0]);
        push_keys(&mut out, &self.keys)
    }
}

/// Inserts rows; one whose key is taken is an error.
pub(super) struct Insert<'r, Row> {
    rows: Vec<Vec<Cell<'r>>>,
    row: PhantomData<fn() -> Row>,
}

impl<'r, Row: Columns> Insert<'r, Row> {
    pub(super) fn new(rows: &'r [Row]) -> Self {
        Self { rows: rows.iter().map(Columns::cells).collect(), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Mysql> for Insert<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        push_insert::<Row>(&mut out, &self.rows)
    }
}

/// Sets all columns of rows by their keys: an insertion that meets the rows.
pub(super) struct Update<'r, Row> {
    rows: Vec<Vec<Cell<'r>>>,
    row: PhantomData<fn() -> Row>,
}

impl<'r, Row: Columns> Update<'r, Row> {
    pub(super) fn new(rows: &'r [Row]) -> Self {
        let cells: Vec<_> = rows.iter().map(Columns::cells).collect();
        Self { rows: padded(&cells), row: PhantomData }
    }
}

impl<Row: Columns> QueryFragment<Mysql> for Update<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        push_insert::<Row>(&mut out, &self.rows)?;
        out.push_sql(" ON DUPLICATE KEY UPDATE ");
        push_names(&mut out, &Row::NAMES[1..], |out, name| {
            out.push_sql(name);
            out.push_sql(" = VALUES(");
            out.push_sql(name);
            out.push_sql(")");
        });
        Ok(())
    }
}

/// Repeats the last one until there are 1, 2, 4, ... of them, so that there are few different texts.
fn padded<T: Clone>(all: &[T]) -> Vec<T> {
    let last = all.last().cloned();
    let missing = all.len().next_power_of_two() - all.len();
    all.iter().cloned().chain(last.into_iter().cycle().take(missing)).collect()
}

fn push_keys<'b>(out: &mut AstPass<'_, 'b, Mysql>, keys: &'b [&[u8]]) -> QueryResult<()> {
    out.push_sql(" IN (");
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            out.push_sql(", ");
        }
        out.push_bind_param::<Binary, &[u8]>(key)?;
    }
    out.push_sql(")");
    Ok(())
}

fn push_insert<'b, Row: Columns>(
    out: &mut AstPass<'_, 'b, Mysql>,
    rows: &'b [Vec<Cell<'_>>],
) -> QueryResult<()> {
    out.push_sql("INSERT INTO ");
    out.push_sql(Row::TABLE);
    out.push_sql(" (");
    push_names(out, Row::NAMES, |out, name| out.push_sql(name));
    out.push_sql(") VALUES ");
    for (index, row) in rows.iter().enumerate() {
        out.push_sql(if index > 0 { ", (" } else { "(" });
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            push_cell(out, cell)?;
        }
        out.push_sql(")");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_serve_all_numbers_of_rows() {
        let rows: Vec<u32> = (0..1_000).collect();
        let mut lengths = std::collections::BTreeSet::new();
        for number in 0..rows.len() {
            let parts: Vec<&[u32]> = insertions(&rows[..number]).collect();
            assert_eq!(parts.concat(), rows[..number]);
            lengths.extend(parts.iter().map(|part| part.len()));
            lengths.extend(rows[..number].chunks(KEYS_AT_ONCE).map(|some| padded(some).len()));
        }
        assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64]);
    }
}
