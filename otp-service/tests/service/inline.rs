//! Callers who wait for the provider's answer.

use crate::support::{Service, phone};
use otp_core::FailureClass;
use otp_service::{DeliveryMode, DeliveryStatus, StartError, StartRequest};

fn inline() -> Service {
    Service::with(|builder| builder.delivery(DeliveryMode::Inline))
}

#[tokio::test]
async fn the_answer_waits_for_the_provider() {
    let service = inline();
    let session = service.try_start().await.expect("sent");
    assert_eq!(session.delivery, DeliveryStatus::Sent);
    assert_eq!(service.sender.messages().len(), 1);
    assert_eq!(service.work().await, 0, "nothing left for a worker");
}

#[tokio::test]
async fn a_refusing_provider_is_told_by_class_only() {
    let service = inline();
    service.sender.fail_next([FailureClass::Blocked]);
    let failed = service.try_start().await;
    assert!(
        matches!(failed, Err(StartError::DeliveryFailed { class: FailureClass::Blocked, .. })),
        "{failed:?}"
    );
    assert_eq!(service.work().await, 0, "given up");
}

#[tokio::test]
async fn what_may_succeed_later_stays_in_the_queue() {
    let service = inline();
    service.sender.fail_next([FailureClass::Transient]);
    assert_eq!(service.try_start().await.expect("queued").delivery, DeliveryStatus::Queued);
    service.advance(5);
    assert_eq!(service.work().await, 1);
    assert_eq!(service.sender.messages().len(), 1);
}

#[tokio::test]
async fn a_repeated_request_is_told_what_became_of_the_first() {
    for (failure, again) in
        [(None, Some(DeliveryStatus::Sent)), (Some(FailureClass::Transient), Some(DeliveryStatus::Queued))]
    {
        let service = inline();
        service.sender.fail_next(failure);
        let request = || StartRequest::new(phone()).idempotency("key", b"body");
        service.verifier.start(request()).await.expect("started");
        assert_eq!(service.verifier.start(request()).await.ok().map(|session| session.delivery), again);
    }
    let service = inline();
    service.sender.fail_next([FailureClass::Recipient]);
    let request = || StartRequest::new(phone()).idempotency("key", b"body");
    assert!(matches!(service.verifier.start(request()).await, Err(StartError::DeliveryFailed { .. })));
    service.advance(60);
    let session = service.verifier.start(request()).await.expect("a failure is not remembered");
    assert_eq!(session.delivery, DeliveryStatus::Sent);
}
