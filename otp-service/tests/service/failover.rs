//! Several senders of one channel: who takes over, who is left alone, what a provider reports.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use otp_core::{Channel, DeliveryState, FailureClass, Recipient};
use otp_service::{
    DeliveryMode, Message, Receipt, RecordingSender, Routes, SendError, Sender, StartError, StartRequest,
    VerifierBuilder,
};

use crate::support::{SMS, Service, phone, quick};

/// A provider that answers each message the same way.
struct Answers {
    name: &'static str,
    asked: AtomicUsize,
    answer: Box<dyn Fn() -> Answer + Send + Sync>,
}

enum Answer {
    Sent,
    Fails(FailureClass),
    NoText,
    Hangs,
}

impl Answers {
    fn new(name: &'static str, answer: impl Fn() -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { name, asked: AtomicUsize::new(0), answer: Box::new(answer) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[async_trait::async_trait]
impl Sender for Answers {
    fn name(&self) -> &str {
        self.name
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match (self.answer)() {
            Answer::Sent => Ok(Receipt::default()),
            Answer::Fails(class) => Err(SendError::new(self.name, class)),
            Answer::NoText => {
                Err(SendError::new(self.name, FailureClass::Recipient).other_channel(Channel::Voice))
            }
            Answer::Hangs => std::future::pending().await,
        }
    }
}

fn through(
    first: &Arc<Answers>,
    second: &Arc<RecordingSender>,
) -> impl FnOnce(VerifierBuilder) -> VerifierBuilder {
    let (first, second): (Arc<dyn Sender>, Arc<dyn Sender>) =
        (Arc::clone(first) as _, Arc::clone(second) as _);
    move |builder| builder.policy(quick()).routes(Routes::default().with(SMS, first).with(SMS, second))
}

/// Another number for every start, so that no budget stands in the way.
fn number(last: usize) -> Recipient {
    Recipient::parse(&format!("+1415555{:04}", 100 + last)).expect("a valid number")
}

#[tokio::test]
async fn the_second_takes_over_and_the_first_is_left_alone() {
    let broken = Answers::new("broken", || Answer::Fails(FailureClass::Transient));
    let second = Arc::new(RecordingSender::default());
    let service = Service::with(through(&broken, &second));
    for last in 0..30 {
        service.verifier.start(StartRequest::new(number(last))).await.expect("started");
        service.work().await;
    }
    assert_eq!(second.messages().len(), 30, "every message left");
    assert_eq!(broken.asked(), 5, "after five failures nobody asks any more");
    assert_eq!(service.verifier.routes().unhealthy(), ["broken"]);

    service.advance(30);
    for last in 30..40 {
        service.verifier.start(StartRequest::new(number(last))).await.expect("started");
        service.work().await;
    }
    assert_eq!(broken.asked(), 6, "one probe per 30 s");
    assert_eq!(second.messages().len(), 40);
}

#[tokio::test]
async fn a_sender_that_is_well_again_gets_all_messages_again() {
    let is_well = Arc::new(AtomicUsize::new(0));
    let health = Arc::clone(&is_well);
    let first = Answers::new("first", move || match health.load(Ordering::Relaxed) {
        0 => Answer::Fails(FailureClass::Provider),
        _ => Answer::Sent,
    });
    let second = Arc::new(RecordingSender::default());
    let service = Service::with(through(&first, &second));
    let send = async |numbers: std::ops::Range<usize>| {
        for last in numbers {
            service.verifier.start(StartRequest::new(number(last))).await.expect("started");
            service.work().await;
        }
    };
    send(0..6).await;
    assert_eq!((first.asked(), second.messages().len()), (5, 6));
    is_well.store(1, Ordering::Relaxed);
    service.advance(31);
    send(6..10).await;
    assert_eq!((first.asked(), second.messages().len()), (9, 6));
    assert!(service.verifier.routes().unhealthy().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_hangs_is_taken_over_from_within_five_seconds() {
    let hanging = Answers::new("hanging", || Answer::Hangs);
    let second = Arc::new(RecordingSender::default());
    let service = Service::with(through(&hanging, &second));
    service.try_start().await.expect("started");
    let begun = tokio::time::Instant::now();
    service.work().await;
    assert_eq!(second.messages().len(), 1);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_number_that_cannot_receive_it_is_no_fault_of_the_provider() {
    let refusing = Answers::new("refusing", || Answer::NoText);
    let second = Arc::new(RecordingSender::default());
    let adjust = through(&refusing, &second);
    let service = Service::with(|builder| adjust(builder).delivery(DeliveryMode::Inline));
    for last in 0..10 {
        let failed = service.verifier.start(StartRequest::new(number(last))).await;
        assert!(
            matches!(
                failed,
                Err(StartError::DeliveryFailed {
                    class: FailureClass::Recipient,
                    other_channel: Some(Channel::Voice)
                })
            ),
            "{failed:?}"
        );
    }
    assert!(second.messages().is_empty(), "no other provider reaches it either");
    assert!(service.verifier.routes().unhealthy().is_empty());
}

#[tokio::test]
async fn status_offers_the_channel_that_may_work() {
    let refusing = Answers::new("refusing", || Answer::NoText);
    let service = Service::with(through(&refusing, &Arc::new(RecordingSender::default())));
    let token = service.try_start().await.expect("started").token.expect("a token");
    service.work().await;
    let status = service.verifier.status(&Default::default(), &phone(), &token.into()).await;
    let status = status.expect("read").expect("there is one");
    assert_eq!(status.delivery, Some(DeliveryState::Failed));
    assert_eq!(status.other_channel, Some(Channel::Voice));
}

#[tokio::test]
async fn many_starts_at_once_each_have_their_own_result() {
    let service = Service::new();
    let twice = number(0);
    let requests = (0..100).map(number).chain([twice]).map(StartRequest::new);
    let results = service.verifier.start_all(requests).await;
    assert_eq!(results.len(), 101);
    let refused = results.iter().filter(|result| matches!(result, Err(StartError::Refused(_)))).count();
    assert_eq!(refused, 1, "the number that was there twice");
    for (last, result) in results.iter().enumerate().skip(1).take(99) {
        assert_eq!(result.as_ref().expect("started").recipient, number(last), "in the order of the requests");
    }
}

/// Answers after a while.
struct Slow(AtomicUsize);

#[async_trait::async_trait]
impl Sender for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Receipt::default())
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_sender_is_waited_for_where_nobody_can_take_over() {
    let slow = Arc::new(Slow(AtomicUsize::new(0)));
    let dead = Answers::new("dead", || Answer::Fails(FailureClass::Provider));
    let (first, second): (Arc<dyn Sender>, Arc<dyn Sender>) =
        (Arc::clone(&slow) as _, Arc::clone(&dead) as _);
    let dead_alone = Routes::default().with(Channel::Voice, Arc::clone(&second));
    let routes = dead_alone.with(SMS, first).with(SMS, second);
    let service = Service::with(|builder| builder.policy(quick()).routes(routes));
    for last in 0..5 {
        let call = StartRequest::new(number(last)).channel(Channel::Voice);
        service.verifier.start(call).await.expect("started");
        service.work().await;
    }
    assert_eq!(service.verifier.routes().unhealthy(), ["dead"]);
    for last in 5..10 {
        service.verifier.start(StartRequest::new(number(last))).await.expect("started");
        service.work().await;
    }
    assert_eq!(slow.0.load(Ordering::Relaxed), 5, "every message left");
    assert_eq!(service.verifier.routes().unhealthy(), ["dead"]);
}
