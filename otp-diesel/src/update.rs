//! An UPDATE of one row that is prepared once.
//!
//! Diesel prepares every UPDATE anew, since the columns of a changeset may differ from one to the next. Those of a whole
//! row never do, and preparing costs more than running.

use std::marker::PhantomData;

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Binary, HasSqlType},
};

/// `UPDATE table SET ... WHERE key_column = key`.
///
/// `Row` names the statement: two statements of one `Row` must have one text, so it changes the same columns always.
pub(crate) struct UpdateRow<'k, Changes, Row> {
    table: &'static str,
    key_column: &'static str,
    key: &'k [u8],
    changes: Changes,
    row: PhantomData<fn() -> Row>,
}

impl<'k, Changes, Row> UpdateRow<'k, Changes, Row> {
    pub(crate) const fn new(
        table: &'static str,
        key_column: &'static str,
        key: &'k [u8],
        changes: Changes,
    ) -> Self {
        Self { table, key_column, key, changes, row: PhantomData }
    }
}

impl<Changes, Row: 'static> QueryId for UpdateRow<'_, Changes, Row> {
    type QueryId = UpdateRow<'static, (), Row>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<DB, Changes, Row> QueryFragment<DB> for UpdateRow<'_, Changes, Row>
where
    DB: Backend + HasSqlType<Binary>,
    Changes: QueryFragment<DB>,
    [u8]: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        out.push_sql(self.table);
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        out.push_sql(self.key_column);
        out.push_sql(" = ");
        out.push_bind_param::<Binary, [u8]>(self.key)
    }
}

impl<Connection, Changes, Row> RunQueryDsl<Connection> for UpdateRow<'_, Changes, Row> {}
