//! Reading.

use diesel::{
    QueryResult, RunQueryDsl,
    deserialize::{FromSql, FromSqlRow},
    pg::{Pg, PgValue},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, Binary, Integer, Oid, SqlType},
};
use otp_core::{Challenge, Claim, Delivery, Ledger, Meter, Reply};
use otp_service::Keys;

use super::super::dialect::{Connection, LOCKING};
use crate::{
    database::Stamp,
    overlay::{Kind, Overlay},
    rows::{Columns, Fields, FromFields, Stored, Unreadable},
    statement::push_names,
};

/// See [`Database::load`](crate::database::Database::load).
pub(in super::super) fn load(
    connection: &mut Connection,
    keys: &Keys,
    lock: bool,
    overlay: &mut Overlay,
) -> QueryResult<()> {
    if *keys == Keys::default() {
        return Ok(());
    }
    let parts = [
        Part::new::<Challenge>(&keys.challenges),
        Part::new::<Ledger>(&keys.ledgers),
        Part::new::<Delivery>(&keys.deliveries),
        Part::new::<Meter>(&keys.meters),
        Part::new::<Reply>(&keys.replies),
        Part::new::<Claim>(&keys.claims),
    ];
    let rows: Vec<(i32, u32, Composite)> = Load { parts, lock }.load(connection)?;
    for (part, stamp, row) in rows {
        let stamp = Stamp(stamp);
        match part {
            0 => take(&mut overlay.challenges, &row, stamp),
            1 => take(&mut overlay.ledgers, &row, stamp),
            2 => take(&mut overlay.deliveries, &row, stamp),
            3 => take(&mut overlay.meters, &row, stamp),
            4 => take(&mut overlay.replies, &row, stamp),
            _ => take(&mut overlay.claims, &row, stamp),
        }
    }
    Ok(())
}

fn take<R>(kind: &mut Kind<R>, Composite(row): &Composite, stamp: Stamp)
where
    R: Stored,
    for<'b> R::Row<'b>: FromFields<'b>,
{
    let Some(key) = Fields::of(row).read_bytes().and_then(R::key_of) else { return };
    let read = R::Row::from_fields(&mut Fields::of(row));
    let unreadable = |column: &'static str| Unreadable { table: R::Row::TABLE, column: column.into() };
    kind.found(key, read.map_err(unreadable).and_then(R::read), Some(stamp));
}

/// The rows of several tables by their keys, in that order, and locks them where `lock` says so. What it selects of each is
/// the number of the table, the transaction that wrote the row, and the row.
struct Load<'k> {
    parts: [Part<'k>; 6],
    lock: bool,
}

/// The rows of one table.
struct Part<'k> {
    table: &'static str,
    names: &'static [&'static str],
    keys: Vec<&'k [u8]>,
}

impl<'k> Part<'k> {
    fn new<R: Stored>(keys: &'k [R::Key]) -> Self {
        let keys = keys.iter().map(R::key_bytes).collect();
        Self { table: R::Row::TABLE, names: R::Row::NAMES, keys }
    }
}

impl QueryFragment<Pg> for Load<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut is_first = true;
        for (number, part) in self.parts.iter().enumerate().filter(|(_, part)| !part.keys.is_empty()) {
            out.push_sql(if is_first {
                "SELECT * FROM (SELECT "
            } else {
                " UNION ALL SELECT * FROM (SELECT "
            });
            is_first = false;
            out.push_sql(["0", "1", "2", "3", "4", "5"][number]);
            out.push_sql(", xmin, ROW(");
            push_names(&mut out, part.names, |out, name| out.push_sql(name));
            out.push_sql(") FROM ");
            out.push_sql(part.table);
            out.push_sql(" WHERE ");
            out.push_sql(part.names[0]);
            out.push_sql(" = ANY(");
            out.push_bind_param::<Array<Binary>, Vec<&[u8]>>(&part.keys)?;
            if self.lock {
                out.push_sql(") ORDER BY ");
                out.push_sql(part.names[0]);
                out.push_sql(LOCKING);
                out.push_sql(") AS ");
            } else {
                out.push_sql(")) AS ");
            }
            out.push_sql(part.table);
        }
        Ok(())
    }
}

/// Its text depends on which tables take part, so that there are few.
impl QueryId for Load<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Load<'_> {
    type SqlType = (Integer, Oid, Record);
}

impl<C> RunQueryDsl<C> for Load<'_> {}

/// A row as one value.
#[derive(SqlType)]
#[diesel(postgres_type(oid = 2249, array_oid = 2287))]
struct Record;

#[derive(FromSqlRow)]
#[diesel(sql_type = Record)]
struct Composite(Vec<u8>);

impl FromSql<Record, Pg> for Composite {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        Ok(Self(value.as_bytes().to_vec()))
    }
}
