//! [`Shown`]: a challenge as an operator may see it.

use otp_core::{
    Challenge, ChallengeState, Delivery, DeliveryState, Ledger, Policy, Timestamp,
    transition::{self, Loaded, StatusState},
};
use otp_service::Listed;
use serde_json::{Value, json};

use crate::show::{ago, rfc_3339, validity};

/// A challenge with its last message, the recipient masked; without code, token, seed or key.
pub(crate) struct Shown {
    challenge: Challenge,
    delivery: Option<Delivery>,
    state: State,
    checks_left: u32,
    now: Timestamp,
}

/// Where a challenge stands, for an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waiting for its code.
    Pending,
    /// The right code was given.
    Verified,
    /// Its life is over.
    Expired,
    /// Its guesses are used up, or its recipient is locked.
    Locked,
    /// Its caller withdrew it.
    Canceled,
    /// A newer one took its place: its session token fits nothing any more.
    Replaced,
}

impl State {
    /// `ledger` is that of the challenge; without one (it was purged, or moved to another key while secret keys rotate)
    /// the challenge alone decides.
    fn of(listed: &Listed, ledger: Option<Ledger>, policy: &Policy, now: Timestamp) -> Self {
        let Listed { challenge, delivery } = listed;
        match challenge.state {
            ChallengeState::Canceled => return Self::Canceled,
            ChallengeState::Verified => return Self::Verified,
            ChallengeState::Pending if challenge.is_expired(now) => return Self::Expired,
            ChallengeState::Pending => {}
        }
        let alone = if challenge.checks_left(policy) == 0 { Self::Locked } else { Self::Pending };
        let Some(ledger) = ledger else { return alone };
        let loaded =
            Loaded { challenge: Some(challenge.clone()), ledger: Some(ledger), delivery: delivery.clone() };
        match transition::status(loaded, policy, now).map(|status| status.state) {
            None => Self::Replaced,
            Some(StatusState::Pending) => Self::Pending,
            Some(StatusState::Verified) => Self::Verified,
            Some(StatusState::Expired) => Self::Expired,
            Some(StatusState::Locked) => Self::Locked,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Expired => "expired",
            Self::Locked => "locked",
            Self::Canceled => "canceled",
            Self::Replaced => "replaced",
        }
    }
}

impl Shown {
    pub(crate) fn new(listed: Listed, ledger: Option<Ledger>, policy: &Policy, now: Timestamp) -> Self {
        let state = State::of(&listed, ledger, policy, now);
        let checks_left = listed.challenge.checks_left(policy);
        Self { challenge: listed.challenge, delivery: listed.delivery, state, checks_left, now }
    }

    /// RECIPIENT, PURPOSE, CHANNEL, STATE, DELIVERY, SENDER, BEGAN, VALIDITY.
    pub(crate) fn cells(&self) -> [String; 8] {
        let Self { challenge, delivery, now, .. } = self;
        let delivery = delivery.as_ref();
        [
            challenge.recipient.to_string(),
            challenge.purpose.to_string(),
            challenge.channel.to_string(),
            self.state.as_str().to_owned(),
            delivery.map(|delivery| delivery_state(delivery.state).to_owned()).unwrap_or_default(),
            delivery.and_then(|delivery| delivery.sender.clone()).unwrap_or_default(),
            ago(challenge.created_at, *now),
            validity(challenge.expires_at, *now),
        ]
    }

    pub(crate) fn json(&self) -> Value {
        let Self { challenge, delivery, now, .. } = self;
        json!({
            "recipient": challenge.recipient.to_string(),
            "namespace": challenge.namespace.as_str(),
            "purpose": challenge.purpose.as_str(),
            "channel": challenge.channel.as_str(),
            "language": challenge.language.as_str(),
            "state": self.state.as_str(),
            "validity": validity(challenge.expires_at, *now),
            "expires_in": now.until(challenge.expires_at).as_millis().div_ceil(1_000) as u64,
            "created_at": rfc_3339(challenge.created_at),
            "issued_at": rfc_3339(challenge.issued_at),
            "expires_at": rfc_3339(challenge.expires_at),
            "verified_at": challenge.verified_at.map(rfc_3339),
            "sends": challenge.sends,
            "checks": challenge.checks,
            "checks_left": self.checks_left,
            "delivery": delivery.as_ref().map(delivery_json),
        })
    }
}

fn delivery_json(delivery: &Delivery) -> Value {
    json!({
        "state": delivery_state(delivery.state),
        "sender": delivery.sender,
        "reference": delivery.reference,
        "tries": delivery.tries,
        "failure": delivery.failure.map(|class| class.as_str()),
        "other_channel": delivery.other_channel.map(|channel| channel.as_str()),
        "queued_at": rfc_3339(delivery.queued_at),
        "updated_at": rfc_3339(delivery.updated_at),
    })
}

const fn delivery_state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Queued => "queued",
        DeliveryState::Sending => "sending",
        DeliveryState::Sent => "sent",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
        DeliveryState::Abandoned => "abandoned",
    }
}
