//! Messages that take long, and several workers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use otp_core::Channel;
use otp_service::{CancellationToken, ManualClock, Message, Receipt, Routes, SendError, Sender, Worker};

use crate::support::{SMS, Service};

/// A provider that takes seven seconds, by its clock and ours.
struct Slow {
    clock: Arc<ManualClock>,
    begun: AtomicUsize,
}

#[async_trait::async_trait]
impl Sender for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn carries(&self, channel: Channel) -> bool {
        channel == SMS
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        for _ in 0..28 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            self.clock.advance(Duration::from_millis(250));
        }
        Ok(Receipt::default())
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_message_stays_with_its_worker() {
    let clock = Arc::new(ManualClock::at(1_800_000_000_000));
    let slow = Arc::new(Slow { clock: Arc::clone(&clock), begun: AtomicUsize::new(0) });
    let through: Arc<dyn Sender> = Arc::clone(&slow) as _;
    let store = Arc::new(otp_service::MemoryStore::new());
    let service = Service::on(store, clock, crate::support::keyring(&["k1"]), |builder| {
        builder.routes(Routes::default().with(SMS, through))
    });
    let stop = CancellationToken::new();
    let workers = [(); 2].map(|()| tokio::spawn(Worker::new(&service.verifier).run(stop.clone())));
    service.try_start().await.expect("started");
    tokio::time::sleep(Duration::from_secs(12)).await;
    stop.cancel();
    for worker in workers {
        worker.await.expect("the worker ends");
    }
    assert_eq!(
        slow.begun.load(Ordering::Relaxed),
        1,
        "the lease was renewed, so nobody else sent it as well"
    );
    assert_eq!(service.store.backlog(service.verifier.now()).await.expect("read").waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn several_hosts_that_drive_the_queue_send_each_message_once() {
    let clock = Arc::new(ManualClock::at(1_800_000_000_000));
    let slow = Arc::new(Slow { clock: Arc::clone(&clock), begun: AtomicUsize::new(0) });
    let through: Arc<dyn Sender> = Arc::clone(&slow) as _;
    let store = Arc::new(otp_service::MemoryStore::new());
    let service = Service::on(store, clock, crate::support::keyring(&["k1"]), |builder| {
        builder.routes(Routes::default().with(SMS, through))
    });
    for last in 0..4_u32 {
        let number = format!("+1415{}", 2_000_000 + 1_000 * last);
        let number = otp_core::Recipient::parse(&number).expect("a valid number");
        service.verifier.start(otp_service::StartRequest::new(number)).await.expect("started");
    }
    // Their clock runs as fast as they are many: four messages at a time would outlive every lease.
    let hosts = [(); 2].map(|()| {
        let verifier = service.verifier.clone();
        tokio::spawn(async move { Worker::new(&verifier).run_once().await.expect("worked") })
    });
    for host in hosts {
        host.await.expect("no panic");
    }
    assert_eq!(slow.begun.load(Ordering::Relaxed), 4, "each once");
    assert_eq!(service.store.backlog(service.verifier.now()).await.expect("read").waiting, 0);
}
