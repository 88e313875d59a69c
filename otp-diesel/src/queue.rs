//! The callers' side of a writer: a bounded queue and a bounded wait.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use otp_service::StoreError;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

use crate::{
    deadline::Deadline,
    gathering::Gathering,
    job::{Answer, Job, Work},
};

/// How much longer than the deadline a caller waits: the writer's own answer is the better one, if it comes.
const GRACE: Duration = Duration::from_millis(500);

/// Does the work of one batch after the other.
pub(crate) type Worker = Box<dyn FnMut(Vec<Job>) + Send>;

/// A queue and the thread that empties it. Dropping it waits until the thread has ended.
pub(crate) struct Queue {
    jobs: Option<SyncSender<Job>>,
    shared: Arc<Shared>,
    deadline: Duration,
}

struct Shared {
    name: String,
    jobs: Mutex<Receiver<Job>>,
    most: usize,
    patience: Duration,
    hire: Box<dyn Fn() -> Worker + Send + Sync>,
    present: Mutex<Present>,
}

/// The thread in charge.
#[derive(Default)]
struct Present {
    number: u64,
    thread: Option<JoinHandle<()>>,
    /// When it should have come back with its batch.
    overdue: Option<Deadline>,
}

impl Queue {
    /// Starts a thread with a worker of `hire`, which gets all that waits, up to `most`, in one batch: a lone job at
    /// once, and what queued up during a batch as the next one, with those who come right after ([`Gathering`]).
    pub(crate) fn start(
        name: &str,
        length: usize,
        most: usize,
        deadline: Duration,
        hire: impl Fn() -> Worker + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (jobs, received) = sync_channel(length);
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            jobs: Mutex::new(received),
            most,
            patience: deadline.saturating_add(GRACE).saturating_mul(2),
            hire: Box::new(hire),
            present: Mutex::default(),
        });
        Shared::begin(&shared, &mut lock(&shared.present))?;
        Ok(Self { jobs: Some(jobs), shared, deadline })
    }

    /// Has `work` done.
    pub(crate) async fn call(&self, work: Work) -> Result<Answer, StoreError> {
        let (caller, reply) = oneshot::channel();
        let job = Job { work, deadline: Deadline::after(self.deadline), caller };
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => {
                Shared::relieve(&self.shared);
                StoreError::Overloaded
            }
            TrySendError::Disconnected(_) => stopped(),
        })?;
        match timeout(self.deadline.saturating_add(GRACE), reply).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => Err(stopped()),
            Err(_) => {
                Shared::relieve(&self.shared);
                Err(StoreError::TimedOut)
            }
        }
    }
}

impl Shared {
    fn begin(this: &Arc<Self>, present: &mut Present) -> io::Result<()> {
        let (number, shared) = (present.number + 1, Arc::clone(this));
        let thread = thread::Builder::new().name(this.name.clone()).spawn(move || shared.run(number))?;
        *present = Present { number, thread: Some(thread), overdue: None };
        Ok(())
    }

    /// Works until the queue is closed and empty, or another thread has taken over.
    fn run(&self, number: u64) {
        let mut worker = (self.hire)();
        let mut gathering = Gathering::new(self.most);
        while let Some(batch) = self.next(&mut gathering) {
            lock(&self.present).overdue = Some(Deadline::after(self.patience));
            let (callers, begun) = (batch.len(), Instant::now());
            worker(batch);
            gathering.answered(callers, begun.elapsed());
            let mut present = lock(&self.present);
            if present.number != number {
                return;
            }
            present.overdue = None;
        }
    }

    fn next(&self, gathering: &mut Gathering) -> Option<Vec<Job>> {
        gathering.next(&lock(&self.jobs))
    }

    /// Puts another thread in charge where the present one hangs: in a network that swallows everything, a statement may
    /// never end. What it hung in is still done or not done as a whole, whenever it comes back.
    fn relieve(this: &Arc<Self>) {
        let mut present = lock(&this.present);
        if present.overdue.is_some_and(Deadline::has_passed) {
            tracing::error!("the store's writer hangs in the database and is replaced");
            if let Err(error) = Self::begin(this, &mut present) {
                tracing::error!(%error, "no thread for another writer");
            }
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        drop(self.jobs.take());
        let thread = {
            let mut present = lock(&self.shared.present);
            let hangs = present.overdue.is_some_and(Deadline::has_passed);
            present.thread.take().filter(|_| !hangs)
        };
        // A step may hold the last handle; its thread cannot wait for itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stopped() -> StoreError {
    StoreError::unavailable("the store's writer gave no answer")
}
