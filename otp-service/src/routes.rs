//! Which senders a channel has, and in which order.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use otp_core::{Channel, FailureClass, Timestamp};

use crate::{
    breaker::Breaker,
    sender::{CodeProvider, FollowUp, Message, Receipt, SendError, Sender},
};

/// The longest a sender may take for one message.
pub const SEND_LIMIT: Duration = Duration::from_secs(8);
/// The longest it may take where another sender can take over: what a person waits for a code is seconds.
pub const TAKE_OVER_AFTER: Duration = Duration::from_secs(4);

/// Ordered senders per channel: the first is preferred, the rest take over where that can help.
///
/// A sender that fails again and again is left alone: after 5 failures in a row, or 10 among its last 20 results, it
/// gets one message per 30 s until one succeeds. Only failures of the provider count ([`FailureClass`] `Transient`,
/// `Unknown`, `Provider`), not those of a number.
///
/// ```
/// use std::sync::Arc;
/// use otp_core::Channel;
/// use otp_service::{DiscardSender, Routes};
///
/// let routes = Routes::default().with(Channel::Sms, Arc::new(DiscardSender));
/// assert!(routes.serves(Channel::Sms) && !routes.serves(Channel::Email));
/// ```
#[derive(Clone, Default)]
pub struct Routes {
    senders: BTreeMap<Channel, Vec<Route>>,
}

/// A sender and its health, which it has in every channel together.
#[derive(Clone)]
struct Route {
    sender: Arc<dyn Sender>,
    breaker: Arc<Mutex<Breaker>>,
}

impl Routes {
    /// Adds a sender behind those the channel has.
    #[must_use]
    pub fn with(mut self, channel: Channel, sender: Arc<dyn Sender>) -> Self {
        let known = self.route(sender.name()).map(|route| Arc::clone(&route.breaker));
        let route = Route { sender, breaker: known.unwrap_or_default() };
        self.senders.entry(channel).or_default().push(route);
        self
    }

    /// The same sender for every channel it carries.
    #[must_use]
    pub fn all(sender: &Arc<dyn Sender>) -> Self {
        let channels = Channel::ALL.into_iter().filter(|channel| sender.carries(*channel));
        channels.fold(Self::default(), |routes, channel| routes.with(channel, Arc::clone(sender)))
    }

    /// Whether the channel has a sender.
    #[must_use]
    pub fn serves(&self, channel: Channel) -> bool {
        self.senders.get(&channel).is_some_and(|senders| !senders.is_empty())
    }

    /// The sender of this name.
    #[must_use]
    pub fn sender(&self, name: &str) -> Option<&Arc<dyn Sender>> {
        self.route(name).map(|route| &route.sender)
    }

    /// Names of the senders that are left alone for now.
    #[must_use]
    pub fn unhealthy(&self) -> Vec<String> {
        let open = self.routes().filter(|route| route.health(|breaker| breaker.is_open()));
        let mut names: Vec<_> = open.map(|route| route.sender.name().to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Tries the channel's senders in order until one accepts, none can help, or it is too late for the next; returns
    /// the one that accepted.
    pub(crate) async fn send(
        &self,
        message: &Message,
        clock: impl Fn() -> Timestamp,
        send_by: Timestamp,
        own_code: bool,
        failed_before: Option<&str>,
    ) -> Result<(String, Receipt), SendError> {
        let mut last = SendError::new("routes", FailureClass::Route);
        let routes = self.senders.get(&message.channel).into_iter().flatten();
        let mut routes: Vec<_> = routes.filter(|route| !own_code || route.sender.codes().is_none()).collect();
        // It accepted a message to this recipient before, and reported that it did not arrive.
        routes.sort_by_key(|route| Some(route.sender.name()) == failed_before);
        for (place, route) in routes.iter().enumerate() {
            if clock() > send_by {
                break;
            }
            if let Err(pause) = route.health(|breaker| breaker.admit(clock())) {
                // What another sender found out tells more.
                if last.class == FailureClass::Route {
                    last = SendError::new(route.sender.name(), FailureClass::Transient)
                        .code("left-alone")
                        .retry_after(pause);
                }
                continue;
            }
            let can_be_taken_over = route.may_be_taken_over(FailureClass::Unknown)
                && routes[place + 1..].iter().any(|next| !next.health(|breaker| breaker.is_open()));
            let limit = if can_be_taken_over { TAKE_OVER_AFTER } else { SEND_LIMIT };
            let sent = route.send(message, limit).await;
            route.observe(sent.as_ref().err().map(|error| error.class), clock());
            match sent {
                Ok(receipt) => return Ok((route.sender.name().to_owned(), receipt)),
                Err(error) if route.may_be_taken_over(error.class) => {
                    // The last one's failure is told by whoever waits for the outcome.
                    if place + 1 < routes.len() {
                        log_take_over(&error);
                    }
                    last = worse(last, error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Takes a provider's report about a message into account: `None` where it arrived. Recipients decide whether
    /// messages arrive, so of failures only those of the account count, and nothing that arrives late says that new
    /// messages are taken.
    pub(crate) fn reported(&self, sender: &str, failure: Option<FailureClass>, now: Timestamp) {
        let Some(route) = self.route(sender) else { return };
        let is_open = route.health(|breaker| breaker.is_open());
        if failure == Some(FailureClass::Provider) || (failure.is_none() && !is_open) {
            route.observe(failure, now);
        }
    }

    /// The sender of this name, where its provider checks codes.
    pub(crate) fn code_provider(&self, name: &str) -> Option<&dyn CodeProvider> {
        self.route(name)?.sender.codes()
    }

    /// Whether a check has to know who sent the message.
    pub(crate) fn are_asked_on_check(&self) -> bool {
        self.routes().any(|route| route.sender.codes().is_some() || route.sender.wants(FollowUp::Verified))
    }

    fn routes(&self) -> impl Iterator<Item = &Route> {
        self.senders.values().flatten()
    }

    fn route(&self, name: &str) -> Option<&Route> {
        self.routes().find(|route| route.sender.name() == name)
    }
}

impl Route {
    async fn send(&self, message: &Message, limit: Duration) -> Result<Receipt, SendError> {
        match tokio::time::timeout(limit, self.sender.send(message)).await {
            Ok(sent) => sent,
            Err(_) => Err(SendError::new(self.sender.name(), FailureClass::Unknown).code("timeout")),
        }
    }

    /// Whether another sender may take over. Where the provider made the code and the message may have left, no other
    /// can send the same one.
    fn may_be_taken_over(&self, class: FailureClass) -> bool {
        class.may_fail_over() && (class != FailureClass::Unknown || self.sender.codes().is_none())
    }

    fn observe(&self, failure: Option<FailureClass>, now: Timestamp) {
        use FailureClass::{Provider, Transient, Unknown};
        let failed = matches!(failure, Some(Transient | Unknown | Provider));
        if self.health(|breaker| breaker.record(failed, now)) {
            let sender = self.sender.name();
            if failed {
                tracing::error!(sender, "a sender failed again and again and is left alone");
            } else {
                tracing::warn!(sender, "a sender is well again");
            }
        }
    }

    fn health<T>(&self, work: impl FnOnce(&mut Breaker) -> T) -> T {
        work(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Says why the next sender is asked: what is wrong with an account needs a person.
fn log_take_over(error: &SendError) {
    let (sender, class, code) = (&error.sender, error.class.as_str(), &error.code);
    if error.class == FailureClass::Provider {
        tracing::error!(sender, class, code, "a sender cannot send; the next takes over");
    } else {
        tracing::warn!(sender, class, code, "a sender did not send; the next takes over");
    }
}

/// The failure that decides what is done next, of two senders': that a message may have left must not be forgotten,
/// and one that may succeed later is worth waiting for.
fn worse(before: SendError, after: SendError) -> SendError {
    const fn rank(class: FailureClass) -> u8 {
        match class {
            FailureClass::Unknown => 2,
            FailureClass::Transient => 1,
            _ => 0,
        }
    }
    if rank(before.class) > rank(after.class) { before } else { after }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |routes: &Vec<Route>| {
            routes.iter().map(|route| route.sender.name().to_owned()).collect::<Vec<_>>()
        };
        f.debug_map().entries(self.senders.iter().map(|(channel, routes)| (channel, names(routes)))).finish()
    }
}
