//! The callers' side of the writer: a bounded queue and a bounded wait.

use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use otp_service::StoreError;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    deadline::Deadline,
    job::{Answer, Job, Work},
};

/// How much longer than the deadline a caller waits: the writer's own answer is the better one, if it comes.
const GRACE: Duration = Duration::from_millis(500);

/// A queue and the thread that empties it. Dropping it waits until the thread has ended.
pub(crate) struct Queue {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    deadline: Duration,
}

impl Queue {
    /// Starts the thread `name` with `empty`, which ends when the queue is closed and empty.
    pub(crate) fn start(
        name: &str,
        length: usize,
        deadline: Duration,
        empty: impl FnOnce(Receiver<Job>) + Send + 'static,
    ) -> io::Result<Self> {
        let (jobs, received) = sync_channel(length);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || empty(received))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), deadline })
    }

    /// Has `work` done.
    pub(crate) async fn call(&self, work: Work) -> Result<Answer, StoreError> {
        let (caller, reply) = oneshot::channel();
        let job = Job { work, deadline: Deadline::after(self.deadline), caller };
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Overloaded,
            TrySendError::Disconnected(_) => stopped(),
        })?;
        match timeout(self.deadline.saturating_add(GRACE), reply).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => Err(stopped()),
            Err(_) => Err(StoreError::TimedOut),
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // A step may hold the last handle; its thread cannot wait for itself.
        if let Some(thread) =
            self.thread.take().filter(|thread| thread.thread().id() != thread::current().id())
        {
            let _ = thread.join();
        }
    }
}

fn stopped() -> StoreError {
    StoreError::unavailable("the store's writer gave no answer")
}
