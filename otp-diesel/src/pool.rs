//! Connections, kept and replaced by r2d2.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use diesel::{QueryResult, r2d2::R2D2Connection, result::Error};
use r2d2::{ManageConnection, NopErrorHandler, PooledConnection};

/// How long to wait for a free or a new connection. A new one is tried for several times meanwhile.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long to wait at the end for connections that are just being opened or closed.
const LAST_WAIT: Duration = Duration::from_secs(1);

pub(crate) type Pooled<C> = PooledConnection<Manager<C>>;

/// Connections, opened as they are needed by threads of r2d2's. A clone is another handle to the same ones. Dropping the
/// last handle waits until the connections are closed: a process that ends while another thread is in a client library
/// may crash, since the library clears up first.
pub(crate) struct Pool<C: R2D2Connection + Send + 'static> {
    connections: r2d2::Pool<Manager<C>>,
    /// Behind the connections: it waits for them when it is dropped.
    _ending: Arc<Ending>,
}

impl<C: R2D2Connection + Send + 'static> Pool<C> {
    /// Up to `size` connections by `open`.
    pub(crate) fn new(size: u32, open: impl Fn() -> QueryResult<C> + Send + Sync + 'static) -> Self {
        let (alive, ended) = channel();
        let manager = Manager { open: Box::new(open), alive };
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            // A round for every use, to find what the use itself would find.
            .test_on_check_out(false)
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(manager);
        Self { connections, _ending: Arc::new(Ending(Mutex::new(ended))) }
    }

    pub(crate) fn get(&self) -> Result<Pooled<C>, r2d2::Error> {
        self.connections.get()
    }

    pub(crate) fn max_size(&self) -> u32 {
        self.connections.max_size()
    }

    /// Whether no more connections may be opened.
    pub(crate) fn is_full(&self) -> bool {
        self.connections.state().connections >= self.max_size()
    }
}

impl<C: R2D2Connection + Send + 'static> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self { connections: self.connections.clone(), _ending: Arc::clone(&self._ending) }
    }
}

/// Waits in its drop until everything that is [`Alive`] is no more.
struct Ending(Mutex<Receiver<Infallible>>);

impl Drop for Ending {
    fn drop(&mut self) {
        let ended = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Nothing is ever sent: this is the last of the senders going, or too long a wait.
        let _ = ended.recv_timeout(LAST_WAIT);
    }
}

/// Held by whatever may be in the client library, until it no longer is.
type Alive = Sender<Infallible>;

/// A connection, and whether it was found to be of no use.
pub(crate) struct Slot<C> {
    pub(crate) connection: C,
    pub(crate) is_lost: bool,
    /// Behind the connection, so that it goes once that is closed.
    _alive: Alive,
}

/// Opens connections.
pub(crate) struct Manager<C> {
    open: Box<dyn Fn() -> QueryResult<C> + Send + Sync>,
    alive: Alive,
}

impl<C: R2D2Connection + Send + 'static> ManageConnection for Manager<C> {
    type Connection = Slot<C>;
    type Error = Error;

    fn connect(&self) -> QueryResult<Slot<C>> {
        Ok(Slot { connection: (self.open)()?, is_lost: false, _alive: self.alive.clone() })
    }

    fn is_valid(&self, slot: &mut Slot<C>) -> QueryResult<()> {
        slot.connection.ping()
    }

    fn has_broken(&self, slot: &mut Slot<C>) -> bool {
        slot.is_lost || thread::panicking() || slot.connection.is_broken()
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use diesel::{Connection as _, SqliteConnection};

    use super::*;

    #[test]
    fn the_last_handle_waits_for_what_is_being_opened() {
        let counts = Arc::new([const { AtomicU32::new(0) }; 2]);
        let seen = Arc::clone(&counts);
        let pool = Pool::new(1, move || {
            let [begun, ended] = &*seen;
            begun.fetch_add(1, Ordering::SeqCst);
            thread::sleep(PATIENCE * 2);
            ended.fetch_add(1, Ordering::SeqCst);
            Ok(SqliteConnection::establish(":memory:").expect("memory is there"))
        });
        assert!(pool.get().is_err(), "it takes too long");
        drop(pool.clone());
        let count = |index: usize| counts[index].load(Ordering::SeqCst);
        assert_eq!((count(0), count(1)), (1, 0));
        drop(pool);
        assert_eq!((count(0), count(1)), (1, 1));
    }
}
