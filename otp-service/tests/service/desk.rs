//! From a start to the worker of the same process.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use otp_core::{Channel, DeliveryState, Namespace, Recipient, Timestamp};
use otp_service::{
    CancellationToken, Claimed, MemoryStore, Message, Receipt, Routes, SendError, Sender, StartRequest,
    Store, StoreError, Worker, conformance::AroundStore,
};
use tokio::sync::Semaphore;

use crate::support::{SMS, Service, phone};

/// A store whose queue is empty for whoever looks.
#[derive(Default)]
struct BlindQueue(Arc<MemoryStore>);

#[async_trait]
impl AroundStore for BlindQueue {
    fn inner(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::clone(&self.0) as _)
    }

    async fn on_claim(
        &self,
        _: &Namespace,
        _: Timestamp,
        _: Duration,
        _: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        Ok(Vec::new())
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_here_sends_without_looking_into_the_queue() {
    let service = Service::over(Arc::new(BlindQueue::default()), |builder| builder);
    let before = service.try_start().await.expect("started");
    assert!(before.token.is_some());
    let stop = CancellationToken::new();
    let worker = tokio::spawn(Worker::new(&service.verifier).run(stop.clone()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(service.sender.messages().is_empty(), "what was queued before waits in the queue");

    let other = Recipient::parse("+14155550124").expect("a valid number");
    let session = service.verifier.start(StartRequest::new(other.clone())).await.expect("started");
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(service.sender.messages().len(), 1);
    let address = session.token.expect("a token").into();
    let status = service.verifier.status(&Default::default(), &other, &address).await.expect("read");
    assert_eq!(status.expect("there is one").delivery, Some(DeliveryState::Sent));
    stop.cancel();
    worker.await.expect("the worker ends");
}

#[tokio::test(start_paused = true)]
async fn a_stopped_worker_takes_nothing_over() {
    let service = Service::new();
    let stop = CancellationToken::new();
    let worker = tokio::spawn(Worker::new(&service.verifier).run(stop.clone()));
    tokio::time::sleep(Duration::from_millis(1)).await;
    stop.cancel();
    worker.await.expect("the worker ends");
    service.try_start().await.expect("started");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(service.sender.messages().is_empty());
    assert_eq!(service.work().await, 1, "it is in the queue, and nobody's");
    assert!(service.sender.last_code(&phone()).is_some());
}

/// Sends nothing until it is let.
struct Gate(Semaphore);

#[async_trait]
impl Sender for Gate {
    fn name(&self) -> &str {
        "gate"
    }

    fn carries(&self, channel: Channel) -> bool {
        channel == SMS
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        self.0.acquire().await.expect("it stays open").forget();
        Ok(Receipt::default())
    }
}

#[tokio::test(start_paused = true)]
async fn what_finds_no_place_waits_in_the_queue_and_starts_do_not_wait() {
    let gate = Arc::new(Gate(Semaphore::new(0)));
    let through: Arc<dyn Sender> = Arc::clone(&gate) as _;
    let service = Service::with(|builder| builder.routes(Routes::default().with(SMS, through)));
    let stop = CancellationToken::new();
    let worker = tokio::spawn(Worker::new(&service.verifier).run(stop.clone()));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let number =
        |last| Recipient::parse(&format!("+1415{}", 2_000_000 + 1_000 * last)).expect("a valid number");
    let requests = (0..300).map(|last| StartRequest::new(number(last)));
    let sessions = service.verifier.start_all(requests).await;
    assert!(sessions.iter().all(Result::is_ok));
    let now = service.verifier.now();
    assert_eq!(service.store.backlog(now).await.expect("read").waiting, 300);
    gate.0.add_permits(300);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(service.store.backlog(now).await.expect("read").waiting, 0, "all have left");
    stop.cancel();
    worker.await.expect("the worker ends");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_was_aborted_takes_nothing_over() {
    let service = Service::new();
    let worker = tokio::spawn(Worker::new(&service.verifier).run(CancellationToken::new()));
    tokio::time::sleep(Duration::from_millis(1)).await;
    worker.abort();
    let _ = worker.await;
    service.try_start().await.expect("started");
    assert_eq!(service.work().await, 1, "it is in the queue, and nobody's");
}
