//! What the backends' own statements have in common.

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A statement whose text depends on its row type alone, so that it is prepared once. Diesel prepares every UPDATE anew,
/// since the columns of a changeset may differ from one to the next; those of a row type never do.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
macro_rules! constant_text {
    ($($statement:ident),+) => {
        $(
            impl<Row: crate::rows::Columns> diesel::query_builder::QueryId for $statement<'_, Row> {
                type QueryId = $statement<'static, Row::Name>;

                const HAS_STATIC_QUERY_ID: bool = true;
            }

            impl<Row, C> diesel::RunQueryDsl<C> for $statement<'_, Row> {}
        )+
    };
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use constant_text;

/// Writes the names with `separator` between them, each as `write` has it.
pub(crate) fn push_names<DB: Backend>(
    out: &mut AstPass<'_, '_, DB>,
    names: &[&'static str],
    mut write: impl FnMut(&mut AstPass<'_, '_, DB>, &'static str),
) {
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out.push_sql(", ");
        }
        write(out, name);
    }
}

/// A query whose rows stay locked until the transaction ends; with `SKIP`, without those that somebody else has
/// locked. Where a transaction locks out everybody else anyway, `suffix` is empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Locked<Q, const SKIP: bool> {
    pub(crate) query: Q,
    pub(crate) suffix: &'static str,
}

impl<Q: QueryId, const SKIP: bool> QueryId for Locked<Q, SKIP> {
    type QueryId = Locked<Q::QueryId, SKIP>;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query, const SKIP: bool> Query for Locked<Q, SKIP> {
    type SqlType = Q::SqlType;
}

impl<C, Q, const SKIP: bool> RunQueryDsl<C> for Locked<Q, SKIP> {}

impl<DB: Backend, Q: QueryFragment<DB>, const SKIP: bool> QueryFragment<DB> for Locked<Q, SKIP> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(self.suffix);
        Ok(())
    }
}
