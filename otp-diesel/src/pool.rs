//! Connections, kept and replaced by r2d2.

use std::{thread, time::Duration};

use diesel::{QueryResult, r2d2::R2D2Connection, result::Error};
use r2d2::{ManageConnection, NopErrorHandler, PooledConnection};

/// How long to wait for a free or a new connection. A new one is tried for several times meanwhile.
const PATIENCE: Duration = Duration::from_millis(250);

pub(crate) type Pool<C> = r2d2::Pool<Manager<C>>;
pub(crate) type Pooled<C> = PooledConnection<Manager<C>>;

/// A pool that opens up to `size` connections by `open` as they are needed.
pub(crate) fn pool<C: R2D2Connection + Send + 'static>(
    size: u32,
    open: impl Fn() -> QueryResult<C> + Send + Sync + 'static,
) -> Pool<C> {
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        // A round for every use, to find what the use itself would find.
        .test_on_check_out(false)
        .connection_timeout(PATIENCE)
        .error_handler(Box::new(NopErrorHandler))
        .build_unchecked(Manager { open: Box::new(open) })
}

/// A connection, and whether it was found to be of no use.
pub(crate) struct Slot<C> {
    pub(crate) connection: C,
    pub(crate) is_lost: bool,
}

/// Opens connections.
pub(crate) struct Manager<C> {
    open: Box<dyn Fn() -> QueryResult<C> + Send + Sync>,
}

impl<C: R2D2Connection + Send + 'static> ManageConnection for Manager<C> {
    type Connection = Slot<C>;
    type Error = Error;

    fn connect(&self) -> QueryResult<Slot<C>> {
        Ok(Slot { connection: (self.open)()?, is_lost: false })
    }

    fn is_valid(&self, slot: &mut Slot<C>) -> QueryResult<()> {
        slot.connection.ping()
    }

    fn has_broken(&self, slot: &mut Slot<C>) -> bool {
        slot.is_lost || thread::panicking() || slot.connection.is_broken()
    }
}
