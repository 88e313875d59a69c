//! What providers report after they accepted a message.

use std::sync::{Arc, Mutex};

use otp_core::{Channel, DeliveryState, FailureClass, SessionToken, Timestamp};
use otp_service::{
    DeliveryReport, FollowUp, Message, Receipt, ReceiveError, ReportState, Reports, Routes, SendError,
    Sender, WebhookError, WebhookReader, WebhookRequest,
};

use crate::support::{SMS, Service, phone, quick};

/// Reads `reference state [once]`; anything else was not written by the provider.
struct Plain;

impl WebhookReader for Plain {
    fn name(&self) -> &str {
        "plain"
    }

    fn read(&self, request: &WebhookRequest<'_>, _: Timestamp) -> Result<Reports, WebhookError> {
        let text = std::str::from_utf8(request.body).map_err(|_| WebhookError::Malformed)?;
        let mut words = text.split(' ');
        let (Some(reference), Some(state)) = (words.next(), words.next()) else {
            return Err(WebhookError::Unauthentic);
        };
        let other_channel = (state == "landline").then_some(Channel::Voice);
        let state = match state {
            "progress" => ReportState::Progress,
            "delivered" => ReportState::Delivered,
            "failed" => ReportState::Failed(FailureClass::Route),
            "landline" => ReportState::Failed(FailureClass::Recipient),
            _ => return Err(WebhookError::Malformed),
        };
        let (sender, reference) = ("numbered".to_owned(), reference.to_owned());
        let reports = vec![DeliveryReport { sender, reference, state, code: None, other_channel }];
        Ok(Reports { reports, once: words.next().map(ToOwned::to_owned) })
    }
}

/// Numbers its messages, and remembers what it is told of them.
#[derive(Default)]
struct Numbered {
    sent: Mutex<usize>,
    told: Mutex<Vec<(String, FollowUp)>>,
}

#[async_trait::async_trait]
impl Sender for Numbered {
    fn name(&self) -> &str {
        "numbered"
    }

    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        let mut sent = self.sent.lock().expect("no panic before");
        *sent += 1;
        Ok(Receipt { reference: Some(format!("message-{sent}")) })
    }

    fn wants(&self, _: FollowUp) -> bool {
        true
    }

    async fn follow_up(&self, reference: &str, what: FollowUp) -> Result<(), SendError> {
        self.told.lock().expect("no panic before").push((reference.to_owned(), what));
        Ok(())
    }
}

struct Story {
    service: Service,
    sender: Arc<Numbered>,
}

impl Story {
    fn new() -> Self {
        let sender = Arc::new(Numbered::default());
        let through: Arc<dyn Sender> = Arc::clone(&sender) as _;
        let routes = Routes::default().with(SMS, through);
        Self { service: Service::with(|builder| builder.policy(quick()).routes(routes)), sender }
    }

    async fn start(&self) -> SessionToken {
        let token = self.service.try_start().await.expect("started").token.expect("a token");
        self.service.work().await;
        token
    }

    async fn post(&self, body: &str) -> Result<(), ReceiveError> {
        let body = body.as_bytes();
        let request = WebhookRequest {
            method: "POST",
            path_and_query: "/webhooks/plain",
            host: None,
            headers: &[],
            body,
        };
        self.service.verifier.receive(&Plain, &request).await
    }

    async fn state(&self, token: &SessionToken) -> DeliveryState {
        self.status(token).await.0
    }

    /// What became of the message, and the channel that is offered.
    async fn status(&self, token: &SessionToken) -> (DeliveryState, Option<Channel>) {
        let status = self.service.verifier.status(&Default::default(), &phone(), &token.clone().into()).await;
        let status = status.expect("read").expect("there is one");
        (status.delivery.expect("something left"), status.other_channel)
    }
}

#[tokio::test(start_paused = true)]
async fn a_state_never_moves_back() {
    let story = Story::new();
    let token = story.start().await;
    assert_eq!(story.state(&token).await, DeliveryState::Sent);
    for (body, state) in [
        ("message-1 progress", DeliveryState::Sent),
        ("message-9 failed", DeliveryState::Sent),
        ("message-1 delivered", DeliveryState::Delivered),
        ("message-1 failed", DeliveryState::Delivered),
        ("message-1 progress", DeliveryState::Delivered),
    ] {
        story.post(body).await.expect("taken");
        assert_eq!(story.state(&token).await, state, "after {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_offers_the_channel_that_may_work() {
    let story = Story::new();
    let token = story.start().await;
    let voice = Some(Channel::Voice);
    for (body, status) in [
        ("message-9 landline", (DeliveryState::Sent, None)),
        ("message-1 landline", (DeliveryState::Failed, voice)),
        ("message-1 failed", (DeliveryState::Failed, voice)),
        ("message-1 delivered", (DeliveryState::Failed, voice)),
    ] {
        story.post(body).await.expect("taken");
        assert_eq!(story.status(&token).await, status, "after {body}");
    }
    story.service.resend(&token).await.expect("resent");
    story.service.work().await;
    assert_eq!(story.status(&token).await, (DeliveryState::Sent, None), "of the message before");
    story.post("message-2 delivered").await.expect("taken");
    story.post("message-2 landline").await.expect("taken");
    assert_eq!(story.status(&token).await, (DeliveryState::Delivered, None));
}

#[tokio::test(start_paused = true)]
async fn a_report_about_an_earlier_message_changes_nothing() {
    let story = Story::new();
    let token = story.start().await;
    story.service.resend(&token).await.expect("resent");
    story.service.work().await;
    story.post("message-1 failed").await.expect("taken");
    assert_eq!(story.state(&token).await, DeliveryState::Sent);
    story.post("message-2 failed").await.expect("taken");
    assert_eq!(story.state(&token).await, DeliveryState::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_replay_and_a_forgery_are_refused() {
    let story = Story::new();
    let token = story.start().await;
    for (body, expected) in [
        ("forged", Some(WebhookError::Unauthentic)),
        ("message-1 strange", Some(WebhookError::Malformed)),
        ("message-1 progress id-1", None),
        ("message-1 delivered id-1", Some(WebhookError::Unauthentic)),
        ("message-1 delivered id-2", None),
    ] {
        let refused = match story.post(body).await {
            Ok(()) => None,
            Err(ReceiveError::Refused(error)) => Some(error),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(refused, expected, "{body}");
    }
    assert_eq!(story.state(&token).await, DeliveryState::Delivered);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_wants_to_know_is_told() {
    let story = Story::new();
    story.start().await;
    story.post("message-1 delivered").await.expect("taken");
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    let told = story.sender.told.lock().expect("no panic before").clone();
    assert_eq!(told, [("message-1".to_owned(), FollowUp::Delivered)]);
}

#[tokio::test(start_paused = true)]
async fn five_reports_of_a_broken_provider_leave_it_alone() {
    let story = Story::new();
    for number in 1..=5 {
        story.service.advance(24 * 3600);
        let token = story.start().await;
        story.post(&format!("message-{number} failed")).await.expect("taken");
        assert_eq!(story.state(&token).await, DeliveryState::Failed);
    }
    assert!(story.service.verifier.routes().unhealthy().is_empty(), "a route's failure is not its sender's");
}
