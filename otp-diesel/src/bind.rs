//! Binding cells one by one.

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::AstPass,
    serialize::ToSql,
    sql_types::{BigInt, Binary, HasSqlType, Nullable, Text},
};

use crate::rows::Cell;

/// Binds one cell.
pub(crate) fn push_cell<'b, DB>(out: &mut AstPass<'_, 'b, DB>, cell: &'b Cell<'_>) -> QueryResult<()>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Binary>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
    [u8]: ToSql<Binary, DB>,
{
    match cell {
        Cell::Number(number) => out.push_bind_param::<Nullable<BigInt>, Option<i64>>(number),
        Cell::Text(text) => out.push_bind_param::<Nullable<Text>, Option<&str>>(text),
        Cell::Bytes(bytes) => out.push_bind_param::<Nullable<Binary>, Option<&[u8]>>(bytes),
    }
}
