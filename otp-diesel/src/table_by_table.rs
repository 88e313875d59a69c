//! The rows of a batch, one table after the other. Each backend compiles this file with its own `dialect` beside it.

use diesel::{QueryResult, RunQueryDsl as _, result::Error};
use otp_core::{Challenge, Claim, Delivery, Ledger, Meter, Reply};
use otp_service::Keys;

use super::{
    bulk::{Insert, Load, Update, insertions},
    dialect::{self, Connection},
    ops::delete,
};
use crate::{
    database::{Change, Changes, Stamp, unreadable},
    overlay::Overlay,
    rows::{Columns, Stored},
    sorted::Sorted,
};

pub(super) const HAS_STAMPS: bool = false;

/// See [`Database::load`](crate::database::Database::load).
pub(super) fn load(
    connection: &mut Connection,
    keys: &Keys,
    lock: bool,
    overlay: &mut Overlay,
) -> QueryResult<()> {
    macro_rules! load {
        ($($record:ty: $kind:ident),+) => {
            $(
                let bytes: Vec<&[u8]> = keys.$kind.iter().map(<$record>::key_bytes).collect();
                for some in bytes.chunks(dialect::KEYS_AT_ONCE) {
                    let read: QueryResult<Vec<<$record as Stored>::Row<'static>>> = if lock {
                        Load::<<$record as Stored>::Row<'static>, true>::new(some).load(connection)
                    } else {
                        Load::<<$record as Stored>::Row<'static>, false>::new(some).load(connection)
                    };
                    match read {
                        Ok(rows) => {
                            for row in rows {
                                let Some(key) = <$record>::key_of(row.key()) else { continue };
                                overlay.$kind.found(key, <$record>::read(row), None);
                            }
                        }
                        // Where only one was asked for, it is known which cannot be read.
                        Err(error) => match some {
                            [key] => {
                                let table = <<$record as Stored>::Row<'static> as Columns>::TABLE;
                                let unreadable = unreadable(table, error)?;
                                if let Some(key) = <$record>::key_of(key) {
                                    overlay.$kind.found(key, Err(unreadable), None);
                                }
                            }
                            _ => return Err(error),
                        },
                    }
                }
            )+
        };
    }
    load!(
        Challenge: challenges,
        Ledger: ledgers,
        Delivery: deliveries,
        Meter: meters,
        Reply: replies,
        Claim: claims
    );
    Ok(())
}

/// See [`Database::write`](crate::database::Database::write).
pub(super) fn write(connection: &mut Connection, changes: &Changes<'_>) -> QueryResult<Option<Stamp>> {
    write_table(connection, &changes.challenges)?;
    write_table(connection, &changes.ledgers)?;
    write_table(connection, &changes.deliveries)?;
    write_table(connection, &changes.meters)?;
    write_table(connection, &changes.replies)?;
    write_table(connection, &changes.claims)?;
    Ok(None)
}

fn write_table<R: Stored>(connection: &mut Connection, changes: &[Change<'_, R>]) -> QueryResult<()> {
    let sorted = Sorted::new(changes, dialect::UPDATES_COLUMNS);
    let (deleted, _) = &sorted.deleted;
    delete::<R::Row<'_>>(
        connection,
        &deleted.iter().map(|key| R::key_bytes(key).to_vec()).collect::<Vec<_>>(),
    )?;
    insert(connection, &sorted.inserted)?;
    update(connection, &sorted.progressed.0)?;
    update(connection, &sorted.updated.0)
}

fn insert<Row: Columns>(connection: &mut Connection, rows: &[Row]) -> QueryResult<()> {
    for some in insertions(rows) {
        if Insert::new(some).execute(connection)? < some.len() {
            // Somebody else has inserted one of them since it was found missing.
            return Err(Error::RollbackTransaction);
        }
    }
    Ok(())
}

fn update<Row: Columns>(connection: &mut Connection, rows: &[Row]) -> QueryResult<()> {
    for some in rows.chunks(dialect::KEYS_AT_ONCE) {
        Update::new(some).execute(connection)?;
    }
    Ok(())
}
