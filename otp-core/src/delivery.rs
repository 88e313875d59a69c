//! One message on its way.

use std::time::Duration;

use crate::{
    challenge::{Challenge, ChallengeState},
    channel::Channel,
    key::{ChallengeKey, LedgerKey},
    ledger::Ledger,
    name::Namespace,
    policy::Policy,
    time::Timestamp,
};

/// The first pause between two tries; each further one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often a message may leave again after a try of unknown outcome (a provider that hung up, a killed process).
const MOST_REPEATS: u32 = 2;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "stores and workers must handle every state")]
pub enum DeliveryState {
    /// Waiting for its due time.
    Queued,
    /// A worker holds its lease.
    Sending,
    /// A provider accepted it.
    Sent,
    /// The provider reported that it arrived.
    Delivered,
    /// It could not be sent, or the provider reported that it did not arrive.
    Failed,
    /// Nobody needs it any more: withdrawn, replaced, or too late.
    Abandoned,
}

impl DeliveryState {
    /// Whether nothing more will be tried.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }
}

/// Why a send failed, and so what to do next.
///
/// | class | meaning | here | elsewhere |
/// |---|---|---|---|
/// | `Transient` | busy, rate limited, out of order | again, with growing pauses | then yes |
/// | `Unknown` | the message may have left | once more, the same code | the same code |
/// | `Provider` | account, credentials, configuration | no, alert | yes |
/// | `Route` | this provider cannot reach the number | no | yes |
/// | `Recipient` | the number or address itself | no | no |
/// | `Blocked` | opted out, fraud, a limit on the number | no | no |
/// | `Request` | our mistake | no, alert | no |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "routing must handle every class")]
pub enum FailureClass {
    /// Busy, rate limited or out of order.
    Transient,
    /// The message may have left.
    Unknown,
    /// Account, credentials, sender or configuration of this provider.
    Provider,
    /// This provider cannot reach the recipient.
    Route,
    /// The number or address itself.
    Recipient,
    /// Opted out, fraud, or a limit on the recipient.
    Blocked,
    /// A mistake of ours.
    Request,
}

impl FailureClass {
    /// Every class, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Transient,
        Self::Unknown,
        Self::Provider,
        Self::Route,
        Self::Recipient,
        Self::Blocked,
        Self::Request,
    ];

    /// The class's name in logs, metrics and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Unknown => "unknown",
            Self::Provider => "provider",
            Self::Route => "route",
            Self::Recipient => "recipient",
            Self::Blocked => "blocked",
            Self::Request => "request",
        }
    }

    /// Whether another try through the same provider can help.
    #[must_use]
    pub const fn may_retry(self) -> bool {
        matches!(self, Self::Transient | Self::Unknown)
    }

    /// Whether another provider can help.
    #[must_use]
    pub const fn may_fail_over(self) -> bool {
        matches!(self, Self::Transient | Self::Unknown | Self::Provider | Self::Route)
    }
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Attempted {
    /// A provider accepted the message.
    Sent {
        /// The sender's name.
        sender: String,
        /// The provider's name for the message, to match its receipts.
        reference: Option<String>,
    },
    /// No provider accepted it.
    Failed {
        /// What kind of failure.
        class: FailureClass,
        /// The pause the provider asked for.
        retry_after: Option<Duration>,
        /// The channel that may reach the recipient where this one cannot.
        other_channel: Option<Channel>,
    },
}

/// One message on its way: the last one a challenge asked for. It holds neither the code nor the recipient.
///
/// A record like [`Challenge`], under the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The challenge it belongs to.
    pub challenge: ChallengeKey,
    /// The challenge's ledger.
    pub ledger: LedgerKey,
    /// The challenge's namespace, whose workers send it.
    pub namespace: Namespace,
    /// The generation of the code it carries.
    pub generation: u32,
    /// Which of the messages under this key it is, over all challenges that had the key; a report about an earlier
    /// one is late and ignored.
    pub send: u32,
    /// What became of it.
    pub state: DeliveryState,
    /// Tries begun.
    pub tries: u32,
    /// Tries that ended without anybody knowing how.
    pub unknown_tries: u32,
    /// When it is to be tried next; while a worker holds the lease, when that ends.
    pub due_at: Timestamp,
    /// The last moment to send it.
    pub send_by: Timestamp,
    /// The sender that accepted it.
    pub sender: Option<String>,
    /// That provider's name for the message.
    pub reference: Option<String>,
    /// What kind of failure the last try ended with, or the provider reported.
    pub failure: Option<FailureClass>,
    /// The channel that may reach the recipient where this one cannot.
    pub other_channel: Option<Channel>,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// The last change.
    pub updated_at: Timestamp,
}

impl Delivery {
    pub(crate) fn queue(
        challenge: &Challenge,
        previous: Option<&Self>,
        policy: &Policy,
        now: Timestamp,
    ) -> Self {
        // Of the same code: a provider that made it is still the one to ask, until another sender sends it.
        let same = previous.filter(|previous| previous.generation == challenge.generation);
        Self {
            challenge: challenge.key,
            ledger: challenge.ledger,
            namespace: challenge.namespace.clone(),
            generation: challenge.generation,
            send: previous.map_or(0, |previous| previous.send).saturating_add(1),
            state: DeliveryState::Queued,
            tries: 0,
            unknown_tries: 0,
            due_at: now,
            send_by: challenge.expires_at - policy.least_life_at_send(),
            sender: same.and_then(|same| same.sender.clone()),
            reference: same.and_then(|same| same.reference.clone()),
            failure: same.filter(|same| same.state == DeliveryState::Failed).and_then(|same| same.failure),
            other_channel: None,
            queued_at: now,
            updated_at: now,
        }
    }

    /// The sender that accepted the message before this one, of the same code, and then reported that it did not arrive
    /// though another could bring it: the last to ask this time.
    #[must_use]
    pub fn failed_before(&self) -> Option<&str> {
        let elsewhere = self.tries <= 1 && self.failure.is_some_and(FailureClass::may_fail_over);
        self.sender.as_deref().filter(|_| elsewhere)
    }

    /// Whether a worker may take it: due, and not settled. A lease that ran out makes it due again.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        !self.state.is_settled() && self.due_at <= now
    }

    /// Takes it for one try, until `lease` from now; the worker then asks [`Delivery::is_wanted`].
    ///
    /// A try that was begun and never reported (its process was killed) counts as one of unknown outcome.
    pub fn claim(&mut self, now: Timestamp, lease: Duration) {
        if self.state == DeliveryState::Sending {
            self.unknown_tries = self.unknown_tries.saturating_add(1);
        }
        self.state = DeliveryState::Sending;
        self.tries = self.tries.saturating_add(1);
        self.due_at = now + lease;
        self.updated_at = now;
    }

    /// Keeps it for longer, while try number `tries` of send number `send` goes on; `None` where that is no longer the
    /// try in hand.
    #[must_use]
    pub fn renew(mut self, send: u32, tries: u32, now: Timestamp, lease: Duration) -> Option<Self> {
        if !self.is_in_hand(send, tries) {
            return None;
        }
        self.due_at = now + lease;
        Some(self)
    }

    /// Whether the claimed message is still to be sent: its challenge is live and waits for this generation's code,
    /// which has enough life left, and no more repeats of unknown outcome are on the way than allowed.
    #[must_use]
    pub fn is_wanted(&self, challenge: Option<&Challenge>, ledger: Option<&Ledger>, now: Timestamp) -> bool {
        let (Some(challenge), Some(ledger)) = (challenge, ledger) else { return false };
        challenge.state == ChallengeState::Pending
            && challenge.generation == self.generation
            && ledger.live.contains(&challenge.key)
            && now <= self.send_by
            && !challenge.is_expired(now)
            && self.unknown_tries <= MOST_REPEATS
    }

    /// What the end of try number `tries` of send number `send` makes of it; `None` where that is no longer the try
    /// in hand. `random` spreads the pauses of many messages (full jitter).
    #[must_use]
    pub fn record(
        mut self,
        send: u32,
        tries: u32,
        attempted: Attempted,
        now: Timestamp,
        random: u64,
    ) -> Option<Self> {
        if !self.is_in_hand(send, tries) {
            return None;
        }
        match attempted {
            Attempted::Sent { sender, reference } => {
                self.state = DeliveryState::Sent;
                self.sender = Some(sender);
                self.reference = reference;
                self.failure = None;
                self.other_channel = None;
            }
            Attempted::Failed { class, retry_after, other_channel } => {
                if class == FailureClass::Unknown {
                    self.unknown_tries = self.unknown_tries.saturating_add(1);
                }
                let mut pause = pause(self.tries, retry_after, random);
                if class == FailureClass::Unknown {
                    // There is one repeat: too soon, it meets what the first met.
                    pause = pause.max(LONGEST_PAUSE);
                }
                let due_at = now + pause;
                let repeatable = class != FailureClass::Unknown || self.unknown_tries < MOST_REPEATS;
                let again = class.may_retry() && repeatable && due_at <= self.send_by;
                self.state = if again { DeliveryState::Queued } else { DeliveryState::Failed };
                self.due_at = due_at;
                self.failure = Some(class);
                self.other_channel = other_channel;
            }
        }
        self.updated_at = now;
        Some(self)
    }

    /// Gives up try number `tries` of send number `send`, which [`Delivery::is_wanted`] refused; `None` where that is no
    /// longer the try in hand (a resend may have queued another message meanwhile, which must not be lost).
    #[must_use]
    pub fn give_up(self, send: u32, tries: u32, now: Timestamp) -> Option<Self> {
        if self.is_in_hand(send, tries) { self.abandon(now) } else { None }
    }

    /// Withdraws it whatever it is at; `None` where it is settled already.
    #[must_use]
    pub fn abandon(mut self, now: Timestamp) -> Option<Self> {
        if self.state.is_settled() {
            return None;
        }
        self.state = DeliveryState::Abandoned;
        self.updated_at = now;
        Some(self)
    }

    /// What a provider's receipt makes of it; `None` where it says nothing new. A state never moves back. `other_channel`
    /// may reach the recipient where the message did not; one that arrived needs none.
    #[must_use]
    pub fn receipt(
        mut self,
        arrived: Result<(), FailureClass>,
        other_channel: Option<Channel>,
        now: Timestamp,
    ) -> Option<Self> {
        if self.state != DeliveryState::Sent {
            return None;
        }
        self.state = if arrived.is_ok() { DeliveryState::Delivered } else { DeliveryState::Failed };
        self.failure = arrived.err();
        self.other_channel = other_channel.filter(|_| arrived.is_err());
        self.updated_at = now;
        Some(self)
    }

    fn is_in_hand(&self, send: u32, tries: u32) -> bool {
        self.state == DeliveryState::Sending && self.send == send && self.tries == tries
    }
}

/// Exponential back-off with full jitter, never shorter than what the provider asked for.
fn pause(tries: u32, retry_after: Option<Duration>, random: u64) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
    let jittered = Duration::from_millis(random % (doubled.as_millis() as u64 + 1));
    jittered.max(retry_after.unwrap_or_default())
}
