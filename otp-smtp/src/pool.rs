//! [`Pool`]: connections that wait for the next message.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::connect::Connection;

/// How long an unused connection is kept: relays commonly hang up after a minute (RFC 5321, section 4.5.3.2.7 asks
/// servers for five).
const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// How long a server may take to say goodbye.
const QUIT_LIMIT: Duration = Duration::from_secs(1);

/// At most so many connections at once, those that wait included.
pub(crate) struct Pool {
    permits: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The one used last is at the end.
    idle: Vec<Idle>,
    /// The task that closes what nobody used for [`IDLE_LIMIT`]. It ends with the runtime it was begun on.
    sweeper: Option<JoinHandle<()>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Pool {
    pub(crate) fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { permits: Semaphore::new(size), state: Mutex::default() })
    }

    /// Waits for the right to use one connection. A permit must be held while a connection is used.
    pub(crate) async fn permit(&self) -> SemaphorePermit<'_> {
        self.permits.acquire().await.expect("the semaphore is never closed")
    }

    /// A connection that somebody used before.
    pub(crate) fn take(&self) -> Option<Connection> {
        let idle = self.state().idle.pop()?;
        (idle.since.elapsed() < IDLE_LIMIT).then_some(idle.connection)
    }

    /// Drops all that wait: where one was closed by the server, the rest were too.
    pub(crate) fn clear(&self) {
        let dropped = std::mem::take(&mut self.state().idle);
        drop(dropped);
    }

    /// Keeps a connection for the next message.
    pub(crate) fn keep(self: &Arc<Self>, connection: Connection) {
        let mut state = self.state();
        state.idle.push(Idle { connection, since: Instant::now() });
        if state.sweeper.as_ref().is_none_or(JoinHandle::is_finished) {
            state.sweeper = Some(tokio::spawn(sweep(Arc::downgrade(self))));
        }
    }

    /// The connections nobody used for too long; `None` and no more sweeping once none is left at all.
    fn outdated(&self) -> Option<Vec<Connection>> {
        let mut state = self.state();
        let fresh = state.idle.iter().position(|idle| idle.since.elapsed() < IDLE_LIMIT);
        let count = fresh.unwrap_or(state.idle.len());
        let outdated: Vec<_> = state.idle.drain(..count).map(|idle| idle.connection).collect();
        if outdated.is_empty() && state.idle.is_empty() {
            state.sweeper = None;
            return None;
        }
        Some(outdated)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn sweep(pool: Weak<Pool>) {
    loop {
        sleep(IDLE_LIMIT / 3).await;
        let Some(outdated) = pool.upgrade().and_then(|pool| pool.outdated()) else { return };
        for connection in outdated {
            quit(connection).await;
        }
    }
}

/// Says goodbye; whether the server answers matters to nobody.
pub(crate) async fn quit(mut connection: Connection) {
    drop(timeout(QUIT_LIMIT, connection.smtp.quit()).await);
}
