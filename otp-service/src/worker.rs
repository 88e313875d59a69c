//! The delivery worker: takes what is due, sends it, records what became of it.

use std::{sync::Arc, time::Duration};

use otp_core::{
    Attempted, Challenge, ChallengeKey, Channel, Delivery, DeliveryState, FailureClass, Purpose, Timestamp,
    message::RenderRequest, message::RenderedText,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::MissedTickBehavior,
};
use tokio_util::sync::CancellationToken;

use crate::{
    events::EventKind,
    random::random_bytes,
    records::{Keys, Records},
    sender::Message,
    store::{Claimed, Retention, StoreError, StoreExt},
    verifier::{Inner, Scope, Verifier, is_stand_in, needs_own_code},
};

/// How long a worker holds a message before another may take it: after a kill -9, the message waits this long.
pub(crate) const LEASE: Duration = Duration::from_secs(4);
/// How often a worker renews the lease of a message that is still on its way to the provider.
const RENEW: Duration = Duration::from_secs(1);
/// How often the queue is looked at when nobody rings: retries, and messages of other processes.
const POLL: Duration = Duration::from_millis(500);
/// Messages in flight at a time: of those a start handed over, and of those taken from the queue.
const CONCURRENCY: usize = 64;
/// The longest name of a message that is kept, in bytes.
const LONGEST_REFERENCE: usize = 128;
/// How long a stopping worker waits for messages in flight.
const GRACE: Duration = Duration::from_secs(9);
/// How often records that are over are purged.
const PURGE_EVERY: Duration = Duration::from_secs(60);

/// Sends what a [`Verifier`] queued. Any number of workers, in any number of processes, may share one store.
///
/// ```no_run
/// # async fn example(verifier: otp_service::Verifier) {
/// use otp_service::{CancellationToken, Worker};
///
/// let stop = CancellationToken::new();
/// let worker = tokio::spawn(Worker::new(&verifier).run(stop.clone()));
/// // ... serve ...
/// stop.cancel();
/// let _ = worker.await;
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a worker does nothing until `run`"]
pub struct Worker {
    verifier: Verifier,
    retention: Duration,
}

impl Worker {
    /// A worker for the messages of this verifier's namespace, which also purges records 30 days after they are over.
    pub fn new(verifier: &Verifier) -> Self {
        Self { verifier: verifier.clone(), retention: Duration::from_secs(30 * 86_400) }
    }

    /// How long records are kept after they are over; at least two days, so that no daily budget is forgotten.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention.max(Duration::from_secs(2 * 86_400));
        self
    }

    /// Sends until `stop`, then finishes the messages in flight (at most 9 s) and returns.
    pub async fn run(self, stop: CancellationToken) {
        let purge = self.purge(&stop);
        let send = self.send(&stop);
        tokio::join!(purge, send);
    }

    /// Sends everything that is due now and returns how many messages that were. For hosts that drive the queue
    /// themselves, and tests.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the queue cannot be read or a result not be recorded.
    pub async fn run_once(&self) -> Result<usize, StoreError> {
        let inner = &self.verifier.inner;
        let mut sent = 0;
        loop {
            // One at a time: the lease of a message that waits for its turn would run out.
            let claimed = inner.store.claim(&inner.namespace, inner.clock.now(), LEASE, 1).await?;
            let Some(one) = claimed.into_iter().next() else { return Ok(sent) };
            deliver(inner, one).await?;
            sent += 1;
        }
    }

    async fn send(&self, stop: &CancellationToken) {
        let inner = &self.verifier.inner;
        let places = Arc::new(Semaphore::new(CONCURRENCY));
        let mut handed = inner.desk.open(&places);
        let mut flights = Flights::new(inner);
        let mut look = tokio::time::interval(POLL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some((claimed, place)) = handed.recv() => flights.begin(claimed, place),
                _ = look.tick() => flights.claim().await,
                () = inner.queued.notified() => flights.claim().await,
                Some(_) = flights.tasks.join_next() => {
                    if flights.is_full {
                        flights.claim().await;
                    }
                }
            }
        }
        inner.desk.close(&places);
        let finished = async {
            // Starts that were promised a place may still be on their way.
            while let Some((claimed, place)) = handed.recv().await {
                flights.begin(claimed, place);
            }
            while flights.tasks.join_next().await.is_some() {}
        };
        if tokio::time::timeout(GRACE, finished).await.is_err() {
            tracing::warn!(
                messages = flights.tasks.len(),
                "stopped before all messages were sent; their leases run out"
            );
        }
    }

    async fn purge(&self, stop: &CancellationToken) {
        let inner = &self.verifier.inner;
        while stop.run_until_cancelled(tokio::time::sleep(PURGE_EVERY)).await.is_some() {
            let now = inner.clock.now();
            let retention = Retention { before: now - self.retention, now };
            let cleaned = stop.run_until_cancelled(self.verifier.clean_up(retention, |_| ())).await;
            if let Some(Err(error)) = cleaned {
                tracing::warn!(error = &error as &dyn std::error::Error, "old records were not purged");
            }
        }
    }
}

/// Messages on their way.
struct Flights<'a> {
    inner: &'a Arc<Inner>,
    tasks: JoinSet<()>,
    /// For messages of the queue: those handed over have their own, so that neither keeps the other waiting.
    places: Arc<Semaphore>,
    /// Whether more may be due than there were places for.
    is_full: bool,
}

impl<'a> Flights<'a> {
    fn new(inner: &'a Arc<Inner>) -> Self {
        let places = Arc::new(Semaphore::new(CONCURRENCY));
        Self { inner, tasks: JoinSet::new(), places, is_full: false }
    }

    /// Takes what is due, as far as there are places.
    async fn claim(&mut self) {
        let free = self.places.available_permits();
        let mut claimed = Vec::new();
        if free > 0 {
            let (namespace, now) = (&self.inner.namespace, self.inner.clock.now());
            claimed = self.inner.store.claim(namespace, now, LEASE, free).await.unwrap_or_else(|error| {
                tracing::warn!(error = &error as &dyn std::error::Error, "the delivery queue cannot be read");
                Vec::new()
            });
        }
        self.is_full = claimed.len() == free;
        for one in claimed {
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                self.begin(one, place);
            }
        }
    }

    fn begin(&mut self, claimed: Claimed, place: OwnedSemaphorePermit) {
        let inner = Arc::clone(self.inner);
        self.tasks.spawn(async move {
            let _place = place;
            if let Err(error) = deliver(&inner, claimed).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what became of a message was not recorded; it may be sent again"
                );
            }
        });
    }
}

/// What became of one try.
pub(crate) struct Delivered {
    pub(crate) state: DeliveryState,
    pub(crate) failure: Option<(FailureClass, Option<Channel>)>,
}

/// Sends one claimed message and records what became of it.
pub(crate) async fn deliver(inner: &Arc<Inner>, claimed: Claimed) -> Result<Delivered, StoreError> {
    let Claimed { delivery, challenge, ledger } = claimed;
    let now = inner.clock.now();
    if now > delivery.due_at {
        // The lease is over before the try began: is it still ours?
        if let Changed::No(state) = renew(inner, &delivery).await? {
            return Ok(Delivered { state, failure: None });
        }
    }
    let ledger = match (&challenge, ledger) {
        // Moved to another key while secret keys rotate.
        (Some(challenge), None) => find_ledger(inner, challenge).await?,
        (_, ledger) => ledger,
    };
    if challenge.as_ref().is_some_and(is_stand_in) {
        // Claimed and given up like any other, so that time tells nothing; without an event, for nobody waits for it.
        return give_up(inner, &delivery, now).await;
    }
    let wanted = challenge.filter(|challenge| delivery.is_wanted(Some(challenge), ledger.as_ref(), now));
    let Some(challenge) = wanted else { return abandon(inner, &delivery, now).await };
    let Some(message) = inner.message(&challenge, now) else {
        tracing::error!(kid = %challenge.key_id, "a code's secret key was removed from the keyring: it cannot be sent");
        return abandon(inner, &delivery, now).await;
    };
    let (purpose, channel) = (&challenge.purpose, challenge.channel);
    let own_code = needs_own_code(&challenge.parameters);
    let sent_by_routes = inner.routes.send(
        &message,
        || inner.clock.now(),
        delivery.send_by,
        own_code,
        delivery.failed_before(),
    );
    let sent = tokio::select! {
        sent = sent_by_routes => sent,
        // Withdrawn or replaced on its way: the next sender must not be asked.
        state = keep(inner, &delivery) => return Ok(Delivered { state, failure: None }),
    };
    let now = inner.clock.now();
    match sent {
        Ok((sender, receipt)) => {
            let waited = delivery.queued_at.until(now);
            let reference = receipt.reference.filter(|reference| is_reference(reference));
            let attempted = Attempted::Sent { sender: sender.clone(), reference };
            let state = record(inner, &delivery, attempted, now).await?;
            inner.record(purpose, EventKind::Sent { channel, sender, waited });
            Ok(Delivered { state, failure: None })
        }
        Err(error) => {
            let attempted = Attempted::Failed {
                class: error.class,
                retry_after: error.retry_after,
                other_channel: error.other_channel,
            };
            let state = record(inner, &delivery, attempted, now).await?;
            let is_final = state.is_settled();
            tracing::warn!(error = &error as &dyn std::error::Error, is_final, "a message was not sent");
            let (class, other_channel) = (error.class, error.other_channel);
            inner.record(purpose, EventKind::SendFailed { channel, sender: error.sender, class, is_final });
            Ok(Delivered { state, failure: Some((class, other_channel)) })
        }
    }
}

/// Whether a provider's name for a message can be kept: an index holds it, and receipts name it.
fn is_reference(reference: &str) -> bool {
    (1..=LONGEST_REFERENCE).contains(&reference.len())
        && reference.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Renews the lease until the try is no longer the one in hand. A renewal that fails is made up for by the next, or the
/// message may be sent twice with the same code.
async fn keep(inner: &Inner, delivery: &Delivery) -> DeliveryState {
    loop {
        tokio::time::sleep(RENEW).await;
        match renew(inner, delivery).await {
            Ok(Changed::Yes(_)) => {}
            Ok(Changed::No(state)) => return state,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a message's lease was not renewed");
            }
        }
    }
}

/// Keeps a message for another lease from now, where the try is still the one in hand.
async fn renew(inner: &Inner, delivery: &Delivery) -> Result<Changed, StoreError> {
    let (send, tries, now) = (delivery.send, delivery.tries, inner.clock.now());
    change(inner, delivery.challenge, move |present| present.renew(send, tries, now, LEASE)).await
}

async fn find_ledger(inner: &Inner, challenge: &Challenge) -> Result<Option<otp_core::Ledger>, StoreError> {
    let scope = Scope {
        ledgers: inner.keyring.ledger_keys(&challenge.namespace, &challenge.purpose, &challenge.recipient),
        challenges: Vec::new(),
    };
    inner.store.run(scope.keys(), move |records: &mut Records| scope.load(records).ledger).await
}

/// Gives a message up that somebody may have waited for.
async fn abandon(inner: &Inner, delivery: &Delivery, now: Timestamp) -> Result<Delivered, StoreError> {
    let given_up = give_up(inner, delivery, now).await?;
    inner.record(&Purpose::default(), EventKind::Abandoned { channel: None });
    Ok(given_up)
}

async fn give_up(inner: &Inner, delivery: &Delivery, now: Timestamp) -> Result<Delivered, StoreError> {
    let (send, tries) = (delivery.send, delivery.tries);
    let state =
        change(inner, delivery.challenge, move |present| present.give_up(send, tries, now)).await?.state();
    Ok(Delivered { state, failure: None })
}

async fn record(
    inner: &Inner,
    delivery: &Delivery,
    attempted: Attempted,
    now: Timestamp,
) -> Result<DeliveryState, StoreError> {
    let (send, tries) = (delivery.send, delivery.tries);
    // Only spreads retries: a failing random source must not lose a result.
    let jitter = random_bytes().map_or(u64::MAX, u64::from_be_bytes);
    let next = move |present: Delivery| present.record(send, tries, attempted.clone(), now, jitter);
    Ok(change(inner, delivery.challenge, next).await?.state())
}

/// Whether a delivery was changed, and the state it is in.
#[derive(Clone, Copy)]
pub(crate) enum Changed {
    Yes(DeliveryState),
    No(DeliveryState),
}

impl Changed {
    const fn state(self) -> DeliveryState {
        match self {
            Self::Yes(state) | Self::No(state) => state,
        }
    }
}

pub(crate) async fn change(
    inner: &Inner,
    key: ChallengeKey,
    next: impl Fn(Delivery) -> Option<Delivery> + Send + 'static,
) -> Result<Changed, StoreError> {
    let keys = Keys { deliveries: vec![key], ..Keys::default() };
    let step = move |records: &mut Records| {
        let Some(present) = records.deliveries.find(&key).cloned() else {
            return Changed::No(DeliveryState::Abandoned);
        };
        let state = present.state;
        let Some(next) = next(present) else { return Changed::No(state) };
        let state = next.state;
        records.deliveries.put(next);
        Changed::Yes(state)
    };
    inner.store.run(keys, step).await
}

impl Inner {
    /// The message of a challenge; `None` where its key was removed from the keyring.
    fn message(&self, challenge: &Challenge, now: Timestamp) -> Option<Message> {
        let code = challenge.code(&self.keyring)?;
        let expires_in = now.until(challenge.expires_at);
        let minutes = u32::try_from(expires_in.as_secs().div_ceil(60)).unwrap_or(u32::MAX);
        let rendered = self.catalogue.render(&RenderRequest {
            purpose: &challenge.purpose,
            language: &challenge.language,
            channel: challenge.channel,
            security_code: code.expose(),
            minutes,
            parameters: &challenge.parameters,
        });
        Some(Message {
            id: format!("{}.{}", hex(challenge.key.as_bytes()), challenge.generation),
            to: challenge.recipient.clone(),
            channel: challenge.channel,
            purpose: challenge.purpose.clone(),
            language: rendered.language,
            app_name: self.catalogue.app_name().to_owned(),
            subject: rendered.subject,
            body: rendered.body,
            code: RenderedText::new(code.expose().to_owned()),
            expires_in,
        })
    }
}

/// The first half of a record key: unique, and no way back to the session token.
fn hex(bytes: &[u8; 32]) -> String {
    bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
