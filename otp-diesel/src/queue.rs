//! What waits to be written, and the threads that write: each takes all that waits and that no other is at work on.

use std::{
    collections::VecDeque,
    io, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use otp_service::StoreError;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

use crate::{
    busy::Busy,
    deadline::Deadline,
    gathering::Gathering,
    job::{Answer, Job, Work},
    kept::Kept,
    overlay::Overlay,
};

/// How much longer than the deadline a caller waits: the writer's own answer is the better one, if it comes.
const GRACE: Duration = Duration::from_millis(500);

/// Does the work of one batch after the other. It gets the rows that are known from before, and returns those that are
/// known now, or nothing where all that was known is of no use any more.
pub(crate) type Worker = Box<dyn FnMut(Vec<Job>, Overlay) -> Option<Overlay> + Send>;

/// Jobs and the threads that do them. Dropping it waits until they have ended, but for those that hang.
pub(crate) struct Queue {
    shared: Arc<Shared>,
    deadline: Duration,
}

/// How long a queue and its batches are, and how many batches are done at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) queue: usize,
    pub(crate) batch: usize,
    pub(crate) writers: usize,
}

struct Shared {
    name: String,
    sizes: Sizes,
    patience: Duration,
    hire: Box<dyn Fn() -> Worker + Send + Sync>,
    state: Mutex<State>,
    /// There are jobs that may be done, or the queue is closed.
    changed: Condvar,
}

struct State {
    waiting: VecDeque<Job>,
    is_closed: bool,
    busy: Busy,
    gathering: Gathering,
    kept: Kept,
    writers: Vec<Present>,
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
    /// Starts threads, each with a worker of `hire`, which get all that waits, up to a batch: a lone job at once, and what
    /// queued up during a batch as the next one, where there is one writer with those who come right after ([`Gathering`]).
    pub(crate) fn start(
        name: &str,
        sizes: Sizes,
        deadline: Duration,
        hire: impl Fn() -> Worker + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            sizes,
            patience: deadline.saturating_add(GRACE).saturating_mul(2),
            hire: Box::new(hire),
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                is_closed: false,
                busy: Busy::of(sizes.writers),
                gathering: Gathering::new(),
                kept: Kept::default(),
                writers: Vec::new(),
            }),
            changed: Condvar::new(),
        });
        // Dropped where a thread cannot be started, which ends those before it.
        let queue = Self { shared, deadline };
        for writer in 0..sizes.writers {
            let mut state = lock(&queue.shared.state);
            state.writers.push(Present::default());
            Shared::begin(&queue.shared, &mut state, writer)?;
        }
        Ok(queue)
    }

    /// Has `work` done.
    pub(crate) async fn call(&self, work: Work) -> Result<Answer, StoreError> {
        let (caller, reply) = oneshot::channel();
        let job = Job { work, deadline: Deadline::after(self.deadline), caller };
        {
            let mut state = lock(&self.shared.state);
            if state.waiting.len() >= self.shared.sizes.queue {
                Shared::relieve(&self.shared, &mut state);
                return Err(StoreError::Overloaded);
            }
            state.waiting.push_back(job);
            let State { waiting, busy, .. } = &mut *state;
            if busy.is_any_free(waiting) {
                self.shared.changed.notify_one();
            }
        }
        match timeout(self.deadline.saturating_add(GRACE), reply).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => Err(StoreError::unavailable("the store's writer gave no answer")),
            Err(_) => {
                Shared::relieve(&self.shared, &mut lock(&self.shared.state));
                Err(StoreError::TimedOut)
            }
        }
    }
}

impl Shared {
    fn begin(this: &Arc<Self>, state: &mut State, writer: usize) -> io::Result<()> {
        let present = &mut state.writers[writer];
        let (number, shared) = (present.number + 1, Arc::clone(this));
        let name = format!("{}-{writer}", this.name);
        let thread = thread::Builder::new().name(name).spawn(move || shared.run(writer, number))?;
        *present = Present { number, thread: Some(thread), overdue: None };
        Ok(())
    }

    /// Works until the queue is closed and empty, or another thread has taken over.
    fn run(&self, writer: usize, number: u64) {
        let mut worker = (self.hire)();
        while let Some((batch, known)) = self.next(writer) {
            let (callers, begun) = (batch.len(), Instant::now());
            let known = worker(batch, known);
            let mut state = lock(&self.state);
            if state.writers[writer].number != number {
                return;
            }
            let waiting = state.waiting.len();
            state.writers[writer].overdue = None;
            state.gathering.answered(callers + waiting, begun.elapsed());
            state.busy.end(writer);
            state.kept.put(known);
        }
    }

    /// The next batch, once there is one; none when the queue is closed and empty.
    fn next(&self, writer: usize) -> Option<(Vec<Job>, Overlay)> {
        let most = self.sizes.batch;
        let mut state = lock(&self.state);
        loop {
            let State { waiting, busy, .. } = &mut *state;
            if busy.is_any_free(waiting) {
                break;
            }
            if state.is_closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        // Several writers do not wait: while one is at work, the next batch of another grows.
        let there = state.waiting.len();
        if self.sizes.writers == 1
            && let Some(wait) = state.gathering.wait(there, most)
        {
            drop(state);
            let somebody_came = wait.run(|| lock(&self.state).waiting.len());
            state = lock(&self.state);
            state.gathering.waited(somebody_came);
        }
        let State { waiting, busy, kept, .. } = &mut *state;
        let batch = busy.begin(writer, waiting, most);
        if !waiting.is_empty() {
            self.changed.notify_one();
        }
        let known = kept.take(batch.iter().filter(|job| !job.is_over()).filter_map(|job| job.work.keys()));
        state.writers[writer].overdue = Some(Deadline::after(self.patience));
        Some((batch, known))
    }

    /// Puts another thread in charge where the present one hangs: in a network that swallows everything, a statement may
    /// never end. What it hung in is still done or not done as a whole, whenever it comes back.
    fn relieve(this: &Arc<Self>, state: &mut State) {
        for writer in 0..state.writers.len() {
            if !state.writers[writer].overdue.is_some_and(Deadline::has_passed) {
                continue;
            }
            tracing::error!("the store's writer hangs in the database and is replaced");
            state.busy.end(writer);
            state.kept.put(None);
            this.changed.notify_all();
            if let Err(error) = Self::begin(this, state, writer) {
                tracing::error!(%error, "no thread for another writer");
            }
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // Their callers are gone: whoever waits has the queue as well.
        let (threads, _abandoned) = {
            let mut state = lock(&self.shared.state);
            state.is_closed = true;
            let hangs = |present: &&mut Present| present.overdue.is_some_and(Deadline::has_passed);
            let present = state.writers.iter_mut().filter(|present| !hangs(present));
            let threads: Vec<_> = present.filter_map(|present| present.thread.take()).collect();
            (threads, mem::take(&mut state.waiting))
        };
        self.shared.changed.notify_all();
        // A step may hold the last handle; its thread cannot wait for itself, nor for those that wait for it.
        if threads.iter().all(|thread| thread.thread().id() != thread::current().id()) {
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use otp_core::LedgerKey;
    use otp_service::Keys;
    use tokio::time::sleep;

    use super::*;

    /// A step on one ledger.
    fn work(ledger: u8) -> Work {
        let keys = Keys { ledgers: vec![LedgerKey::from_bytes([ledger; 32])], ..Keys::default() };
        Work::Apply { keys, step: Box::new(|_| {}) }
    }

    #[tokio::test]
    async fn a_writer_that_hangs_holds_up_its_own_records_alone_and_nobody_at_the_end() {
        let (release, hang) = channel::<()>();
        let (begins, begun) = channel();
        let hang = Arc::new(Mutex::new(Some((begins, hang))));
        let sizes = Sizes { queue: 16, batch: 16, writers: 2 };
        let queue = Queue::start("test", sizes, GRACE, move || -> Worker {
            let hang = Arc::clone(&hang);
            Box::new(move |jobs, known| {
                // The first batch of all.
                let hang = lock(&hang).take();
                if let Some((begins, hang)) = hang {
                    let _ = begins.send(());
                    let _ = hang.recv();
                }
                jobs.into_iter().for_each(|job| job.answer(Ok(Answer::Applied)));
                Some(known)
            })
        });
        let queue = Arc::new(queue.expect("threads start"));
        let call = |ledger| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.call(work(ledger)).await })
        };
        let first = call(1);
        tokio::task::spawn_blocking(move || begun.recv()).await.expect("it does not panic").expect("a batch");
        let calls = [first, call(1), call(2)];
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.expect("it does not panic"));
        }
        assert!(matches!(answers[0], Err(StoreError::TimedOut)), "{answers:?}");
        assert!(matches!(answers[1], Err(StoreError::TimedOut)), "{answers:?}");
        assert!(matches!(answers[2], Ok(Answer::Applied)), "{answers:?}");
        sleep(GRACE * 3).await;
        let closed = tokio::task::spawn_blocking(move || drop(queue));
        timeout(GRACE * 4, closed).await.expect("it waits for nobody who hangs").expect("it does not panic");
        drop(release);
    }
}
