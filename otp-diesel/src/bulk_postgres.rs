//! PostgreSQL's statements about rows by their keys, many at once.

use std::marker::PhantomData;

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, QueryFragment},
    sql_types::{Array, Binary},
};

use crate::{rows::Columns, statement::constant_text};

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

constant_text!(Delete);
