//! Writing.

use diesel::{
    QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, Nullable},
};

use super::{
    super::dialect::Connection,
    columns::{Column, columns, push_columns},
};
use crate::{
    database::{Changes, Stamp},
    rows::{Columns, Stored},
    sorted::Sorted,
    statement::push_names,
};

/// See [`Database::write`](crate::database::Database::write).
pub(in super::super) fn write(
    connection: &mut Connection,
    changes: &Changes<'_>,
) -> QueryResult<Option<Stamp>> {
    let challenges = Sorted::new(&changes.challenges, true);
    let ledgers = Sorted::new(&changes.ledgers, true);
    let deliveries = Sorted::new(&changes.deliveries, true);
    let meters = Sorted::new(&changes.meters, true);
    let replies = Sorted::new(&changes.replies, true);
    let claims = Sorted::new(&changes.claims, true);
    let mut write = Write { edits: Vec::new() };
    write.change(&challenges);
    write.change(&ledgers);
    write.change(&deliveries);
    write.change(&meters);
    write.change(&replies);
    write.change(&claims);
    // After all that is locked, as where locks are taken first: an insertion, too, may have to wait for somebody.
    write.insert(&challenges);
    write.insert(&ledgers);
    write.insert(&deliveries);
    write.insert(&meters);
    write.insert(&replies);
    write.insert(&claims);
    if write.edits.is_empty() {
        return Ok(None);
    }
    let transaction: i64 = write.get_result(connection)?;
    // The transaction's number within its epoch, as rows bear it.
    Ok(u32::try_from(transaction & i64::from(u32::MAX)).ok().map(Stamp))
}

/// Edits one after the other, all in one statement. When one has met fewer rows than it should, somebody else was quicker:
/// those after it do nothing, and the statement fails, so that none has been.
struct Write<'r> {
    edits: Vec<Edit<'r>>,
}

/// What is done to rows of one table.
struct Edit<'r> {
    what: What,
    table: &'static str,
    names: &'static [&'static str],
    columns: Vec<Column<'r>>,
    stamps: Vec<Option<i32>>,
    rows: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Lock,
    Delete,
    Insert,
    Update,
}

impl<'r> Write<'r> {
    fn change<R: Stored>(&mut self, sorted: &'r Sorted<'r, R>) {
        let Sorted { present, deleted, progressed, updated, .. } = sorted;
        // Unless all rows are of one list, they are locked beforehand: in the order of their keys, nobody waits in a circle.
        let rows = present.1.len();
        if [&deleted.1, &progressed.1, &updated.1].into_iter().all(|list| list.len() != rows) {
            let keys = present.0.iter().map(|key| Some(R::key_bytes(key))).collect();
            self.edit::<R::Row<'_>>(What::Lock, vec![Column::Bytes(keys)], &present.1);
        }
        let keys = deleted.0.iter().map(|key| Some(R::key_bytes(key))).collect();
        self.edit::<R::Row<'_>>(What::Delete, vec![Column::Bytes(keys)], &deleted.1);
        self.edit::<R::Part<'_>>(What::Update, columns(&progressed.0), &progressed.1);
        self.edit::<R::Row<'_>>(What::Update, columns(&updated.0), &updated.1);
    }

    fn insert<R: Stored>(&mut self, Sorted { inserted, .. }: &'r Sorted<'r, R>) {
        self.edit::<R::Row<'_>>(What::Insert, columns(inserted), &vec![None; inserted.len()]);
    }

    fn edit<Row: Columns>(&mut self, what: What, columns: Vec<Column<'r>>, stamps: &[Option<Stamp>]) {
        if stamps.is_empty() {
            return;
        }
        self.edits.push(Edit {
            what,
            table: Row::TABLE,
            names: Row::NAMES,
            columns,
            stamps: stamps.iter().map(|stamp| stamp.map(|Stamp(stamp)| stamp.cast_signed())).collect(),
            rows: i64::try_from(stamps.len()).unwrap_or(i64::MAX),
        });
    }
}

/// Edits of a statement that is prepared once: of longer ones there are too many different ones to keep.
const MOST_PREPARED: usize = 12;

/// The names of the edits in the statement.
const NAMES: [&str; 30] = [
    "e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12", "e13", "e14", "e15",
    "e16", "e17", "e18", "e19", "e20", "e21", "e22", "e23", "e24", "e25", "e26", "e27", "e28", "e29",
];

impl QueryFragment<Pg> for Write<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.edits.len() > MOST_PREPARED {
            out.unsafe_to_cache_prepared();
        }
        let mut before: Option<(&str, &Edit<'_>)> = None;
        for (name, edit) in NAMES.into_iter().zip(&self.edits) {
            out.push_sql(if before.is_some() { ", " } else { "WITH " });
            out.push_sql(name);
            out.push_sql(" AS MATERIALIZED (");
            edit.push(&mut out, before)?;
            out.push_sql(")");
            before = Some((name, edit));
        }
        // An error that is known in every language of the server.
        out.push_sql(", /* else somebody was quicker, and the batch runs again */ failed AS (INSERT INTO otp_claims (claim_key, forget_at) SELECT NULL, 0 WHERE NOT ");
        push_success(&mut out, before)?;
        out.push_sql(") SELECT txid_current()");
        Ok(())
    }
}

impl Edit<'_> {
    fn push<'b>(
        &'b self,
        out: &mut AstPass<'_, 'b, Pg>,
        before: Option<(&'static str, &'b Edit<'_>)>,
    ) -> QueryResult<()> {
        let key = self.names[0];
        match self.what {
            What::Lock => {
                out.push_sql("SELECT 1 FROM ");
                out.push_sql(self.table);
                out.push_sql(" AS old, unnest(");
            }
            What::Delete => {
                out.push_sql("DELETE FROM ");
                out.push_sql(self.table);
                out.push_sql(" AS old USING unnest(");
            }
            What::Insert => {
                out.push_sql("INSERT INTO ");
                out.push_sql(self.table);
                out.push_sql(" (");
                push_names(out, self.names, |out, name| out.push_sql(name));
                out.push_sql(") SELECT * FROM unnest(");
                push_columns(out, &self.columns)?;
                out.push_sql(") WHERE ");
                push_success(out, before)?;
                out.push_sql(" ON CONFLICT DO NOTHING RETURNING 1");
                return Ok(());
            }
            What::Update => {
                out.push_sql("UPDATE ");
                out.push_sql(self.table);
                out.push_sql(" AS old SET ");
                push_names(out, &self.names[1..], |out, name| {
                    out.push_sql(name);
                    out.push_sql(" = new.");
                    out.push_sql(name);
                });
                out.push_sql(" FROM unnest(");
            }
        }
        push_columns(out, &self.columns)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Integer>>, Vec<Option<i32>>>(&self.stamps)?;
        out.push_sql(") AS new (");
        let names = if self.what == What::Update { self.names } else { &self.names[..1] };
        push_names(out, names, |out, name| out.push_sql(name));
        out.push_sql(", stamp) WHERE ");
        push_success(out, before)?;
        out.push_sql(" AND old.");
        out.push_sql(key);
        out.push_sql(" = new.");
        out.push_sql(key);
        out.push_sql(" AND old.xmin = new.stamp");
        if self.what == What::Lock {
            out.push_sql(" ORDER BY old.");
            out.push_sql(key);
            out.push_sql(" FOR UPDATE OF old");
        } else {
            out.push_sql(" RETURNING 1");
        }
        Ok(())
    }
}

/// Whether the edit before, if any, has met all its rows. Asking makes it come first.
fn push_success<'b>(
    out: &mut AstPass<'_, 'b, Pg>,
    before: Option<(&'static str, &'b Edit<'_>)>,
) -> QueryResult<()> {
    let Some((name, edit)) = before else {
        out.push_sql("true");
        return Ok(());
    };
    out.push_sql("(SELECT count(*) FROM ");
    out.push_sql(name);
    out.push_sql(") = ");
    out.push_bind_param::<BigInt, i64>(&edit.rows)
}

/// Its text depends on which edits take part, so that there are few.
impl QueryId for Write<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Write<'_> {
    type SqlType = BigInt;
}

impl<C> RunQueryDsl<C> for Write<'_> {}
