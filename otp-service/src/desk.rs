//! From a start to the worker of the same process, without a second look into the queue.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::store::Claimed;

/// Where a worker takes messages over. A start that finds a free place claims its own message in the step that begins
/// the challenge, and hands it over once that is durable; else the message waits in the queue like any other. Handed
/// over or not, it is in the database: a killed process loses nothing.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    worker: Mutex<Option<Opening>>,
}

#[derive(Debug, Clone)]
struct Opening {
    places: Arc<Semaphore>,
    handed: UnboundedSender<Handed>,
}

/// A message in flight, and the place it takes among the worker's.
pub(crate) type Handed = (Claimed, OwnedSemaphorePermit);

/// A worker's promise to take one message.
#[derive(Debug)]
pub(crate) struct Place {
    permit: OwnedSemaphorePermit,
    handed: UnboundedSender<Handed>,
}

impl Desk {
    /// A worker with these places for messages in flight begins; what it gets ends when the desk is closed and nobody
    /// has a place any more.
    pub(crate) fn open(&self, places: &Arc<Semaphore>) -> UnboundedReceiver<Handed> {
        let (handed, receiver) = unbounded_channel();
        *self.lock() = Some(Opening { places: Arc::clone(places), handed });
        receiver
    }

    /// The worker with these places takes nothing more.
    pub(crate) fn close(&self, places: &Arc<Semaphore>) {
        let mut worker = self.lock();
        if worker.as_ref().is_some_and(|opening| Arc::ptr_eq(&opening.places, places)) {
            *worker = None;
        }
    }

    /// A free place, if there is a worker with one.
    pub(crate) fn place(&self) -> Option<Place> {
        let opening = self.lock().clone().filter(|opening| !opening.handed.is_closed())?;
        let permit = opening.places.try_acquire_owned().ok()?;
        Some(Place { permit, handed: opening.handed })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Opening>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Hands a claimed message over. Where the worker is gone, its lease runs out and another takes it.
    pub(crate) fn take(self, claimed: Claimed) {
        let _ = self.handed.send((claimed, self.permit));
    }
}
