//! [`Delivery`] as a row.

use diesel::Queryable;
use otp_core::{ChallengeKey, Delivery, DeliveryState, FailureClass, LedgerKey, Namespace, Timestamp};

use super::{
    cells::columns,
    columns::{Bytes, Reader, Text, Unreadable},
};

#[derive(Debug, Queryable)]
pub(crate) struct DeliveryRow<'a> {
    challenge_key: Bytes<'a>,
    ledger_key: Bytes<'a>,
    namespace: Text<'a>,
    generation: i64,
    send: i64,
    state: Text<'a>,
    tries: i64,
    unknown_tries: i64,
    due_at: i64,
    send_by: i64,
    sender: Option<Text<'a>>,
    reference: Option<Text<'a>>,
    failure: Option<Text<'a>>,
    other_channel: Option<Text<'a>>,
    queued_at: i64,
    updated_at: i64,
}

columns!(
    DeliveryRow, otp_deliveries:
    challenge_key, ledger_key, namespace, generation, send, state, tries, unknown_tries, due_at, send_by,
    sender, reference, failure, other_channel, queued_at, updated_at
);

impl<'a> From<&'a Delivery> for DeliveryRow<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self {
            challenge_key: delivery.challenge.as_bytes().as_slice().into(),
            ledger_key: delivery.ledger.as_bytes().as_slice().into(),
            namespace: delivery.namespace.as_str().into(),
            generation: delivery.generation.into(),
            send: delivery.send.into(),
            state: state_name(delivery.state).into(),
            tries: delivery.tries.into(),
            unknown_tries: delivery.unknown_tries.into(),
            due_at: delivery.due_at.as_millis(),
            send_by: delivery.send_by.as_millis(),
            sender: delivery.sender.as_deref().map(Text::from),
            reference: delivery.reference.as_deref().map(Text::from),
            failure: delivery.failure.map(|failure| failure.as_str().into()),
            other_channel: delivery.other_channel.map(|channel| channel.as_str().into()),
            queued_at: delivery.queued_at.as_millis(),
            updated_at: delivery.updated_at.as_millis(),
        }
    }
}

impl TryFrom<DeliveryRow<'_>> for Delivery {
    type Error = Unreadable;

    fn try_from(row: DeliveryRow<'_>) -> Result<Self, Unreadable> {
        let read = Reader("otp_deliveries");
        Ok(Self {
            challenge: ChallengeKey::from_bytes(read.array("challenge_key", &row.challenge_key)?),
            ledger: LedgerKey::from_bytes(read.array("ledger_key", &row.ledger_key)?),
            namespace: read.parsed("namespace", Namespace::new(&row.namespace))?,
            generation: read.count("generation", row.generation)?,
            send: read.count("send", row.send)?,
            state: read.named("state", &STATES, state_name, &row.state)?,
            tries: read.count("tries", row.tries)?,
            unknown_tries: read.count("unknown_tries", row.unknown_tries)?,
            due_at: Timestamp::from_millis(row.due_at),
            send_by: Timestamp::from_millis(row.send_by),
            sender: row.sender.map(Text::into_owned),
            reference: row.reference.map(Text::into_owned),
            failure: row
                .failure
                .map(|name| read.named("failure", &FailureClass::ALL, FailureClass::as_str, &name))
                .transpose()?,
            other_channel: row
                .other_channel
                .map(|name| read.parsed("other_channel", name.parse()))
                .transpose()?,
            queued_at: Timestamp::from_millis(row.queued_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

const STATES: [DeliveryState; 6] = [
    DeliveryState::Queued,
    DeliveryState::Sending,
    DeliveryState::Sent,
    DeliveryState::Delivered,
    DeliveryState::Failed,
    DeliveryState::Abandoned,
];

/// The first two are what [`DeliveryState::is_settled`] denies, and what queries and the index call unsettled.
const fn state_name(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Queued => "queued",
        DeliveryState::Sending => "sending",
        DeliveryState::Sent => "sent",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
        DeliveryState::Abandoned => "abandoned",
    }
}
