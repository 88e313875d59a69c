//! What happens between two steps: something else.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use otp_core::{Channel, Destinations, FailureClass, Namespace, Policy, Purpose, Refusal, Timestamp};
use otp_service::{
    Address, Claimed, DeliveryMode, MemoryStore, Message, Receipt, RecordingSender, ResendRequest, Routes,
    SendError, Sender, StartError, StartRequest, Store, StoreError, conformance::AroundStore,
};

use crate::support::{Service, keyring, phone, quick};

type Hook = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// A store in which something happens between a worker's claim and what it does with it.
#[derive(Default)]
struct Hooked {
    inner: Arc<MemoryStore>,
    after_claim: Mutex<Option<Hook>>,
}

#[async_trait]
impl AroundStore for Hooked {
    fn inner(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::clone(&self.inner) as _)
    }

    async fn on_claim(
        &self,
        namespace: &Namespace,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Claimed>, StoreError> {
        let claimed = self.inner.claim(namespace, now, lease, limit).await;
        let hook = self.after_claim.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(hook) = hook {
            hook().await;
        }
        claimed
    }
}

/// A provider that takes its time, and then does or does not send.
struct Slow {
    sent: RecordingSender,
    takes: Duration,
    is_broken: bool,
}

impl Slow {
    fn new(takes: Duration, is_broken: bool) -> Arc<Self> {
        Arc::new(Self { sent: RecordingSender::default(), takes, is_broken })
    }
}

#[async_trait]
impl Sender for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        if !self.is_broken {
            self.sent.send(message).await?;
        }
        tokio::time::sleep(self.takes).await;
        if self.is_broken {
            Err(SendError::new("slow", FailureClass::Transient))
        } else {
            Ok(Receipt::default())
        }
    }
}

#[tokio::test]
async fn a_resend_between_claim_and_giving_up_keeps_its_message() {
    let store = Arc::new(Hooked::default());
    let service = Arc::new(Service::over(Arc::clone(&store) as _, |builder| builder.policy(quick())));
    let token = service.try_start().await.expect("started").token.expect("a token");
    service.advance(601);
    let (caller, again) = (Arc::clone(&service), token.clone());
    let hook: Hook = Box::new(move || {
        Box::pin(async move {
            caller.resend(&again).await.expect("resent");
        })
    });
    *store.after_claim.lock().expect("no panic before") = Some(hook);
    service.work().await;
    service.work().await;
    assert_eq!(service.sender.messages().len(), 1, "the message that was asked for last");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_does_not_double_an_inline_message() {
    let slow = Slow::new(Duration::from_millis(300), false);
    let routes = Routes::all(&(Arc::clone(&slow) as Arc<dyn Sender>));
    let service = Service::with(|builder| builder.delivery(DeliveryMode::Inline).routes(routes));
    let hung_up = tokio::time::timeout(Duration::from_millis(100), service.try_start()).await;
    assert!(hung_up.is_err());
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.advance(5);
    service.work().await;
    assert_eq!(slow.sent.messages().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_second_sender_is_asked_for_what_was_withdrawn() {
    let (first, second) =
        (Slow::new(Duration::from_millis(2_500), true), Arc::new(RecordingSender::default()));
    let routes = Routes::default().with(Channel::Sms, first).with(Channel::Sms, Arc::clone(&second) as _);
    let service = Arc::new(Service::with(|builder| builder.routes(routes)));
    let token = service.try_start().await.expect("started").token.expect("a token");
    let worker = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.work().await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let address = Address::from(token);
    service
        .verifier
        .cancel(&Purpose::default(), &phone(), &address)
        .await
        .expect("stored")
        .expect("canceled");
    worker.await.expect("worked");
    assert!(second.messages().is_empty());
}

#[tokio::test]
async fn resends_spend_the_budgets_of_callers_and_blocks() {
    for (callers, blocks) in [(2, 100), (100, 2)] {
        let policy = Policy::builder()
            .cooldown(Duration::ZERO)
            .starts_per_caller_per_hour(callers)
            .starts_per_block_per_hour(blocks)
            .build()
            .expect("consistent");
        let service = Service::with(|builder| builder.policy(policy));
        let caller = "192.0.2.1".parse().expect("an address");
        let started =
            service.verifier.start(StartRequest::new(phone()).caller(caller)).await.expect("started");
        let token = started.token.expect("a token");
        let resend = || service.verifier.resend(ResendRequest::new(phone(), token.clone()).caller(caller));
        resend().await.expect("the second message");
        assert!(matches!(resend().await, Err(StartError::Refused(Refusal::Throttled { .. }))));
    }
}

#[tokio::test]
async fn a_refused_number_does_not_use_up_its_neighbours_block() {
    let policy = Policy::builder().starts_per_block_per_hour(2).build().expect("consistent");
    let service = Service::with(|builder| builder.policy(policy));
    service.try_start().await.expect("started");
    for _ in 0..5 {
        assert!(service.try_start().await.is_err(), "the cooldown");
    }
    let neighbour = otp_core::Recipient::parse("+14155550124").expect("a number");
    service.verifier.start(StartRequest::new(neighbour)).await.expect("the block has one left");
}

#[tokio::test]
async fn a_destination_denied_since_gets_no_resend() {
    let service = Service::with(|builder| builder.policy(quick()));
    let (token, _) = service.start().await;
    let (store, clock) = (Arc::clone(&service.store), Arc::clone(&service.clock));
    let since = Service::on(store, clock, keyring(&["k1"]), |builder| {
        builder.policy(quick()).destinations(Destinations::new(["GB"], [""; 0]).expect("a country"))
    });
    assert!(matches!(since.resend(&token).await, Err(StartError::RegionNotAllowed)));
}
