//! What must become of messages on their way.

use std::collections::HashMap;

use otp_core::{ChallengeKey, DeliveryState, FailureClass};

use crate::operation::End;

/// A message may leave again after so many tries of which nobody knows how they ended.
const MOST_REPEATS: u32 = 2;

/// The last message under a key.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) code: String,
    pub(crate) generation: u32,
    pub(crate) state: DeliveryState,
    /// The try a worker is at.
    in_hand: Option<u32>,
    unknown: u32,
    /// Tries that may have reached the recipient.
    may_have_left: u32,
}

/// A try that some worker has begun and will report, give up, or never mention again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) key: ChallengeKey,
    pub(crate) send: u32,
    pub(crate) tries: u32,
    pub(crate) wanted: bool,
    number: u32,
}

#[derive(Default)]
pub(crate) struct Post {
    pub(crate) messages: HashMap<ChallengeKey, Message>,
    pub(crate) held: Vec<Held>,
    tries: u32,
}

/// What a report must do to the message that is on its way now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Nothing: it is about another try.
    Nothing,
    Becomes(DeliveryState),
    /// Queued while there is time for another try, else failed.
    QueuedOrFailed,
}

impl Post {
    pub(crate) fn queue(&mut self, key: ChallengeKey, code: String, generation: u32) {
        let state = DeliveryState::Queued;
        let message = Message { code, generation, state, in_hand: None, unknown: 0, may_have_left: 0 };
        self.messages.insert(key, message);
    }

    /// Begins a try; says whether too many may have left already, and whether it repeats one that was killed.
    pub(crate) fn claim(&mut self, key: ChallengeKey) -> (bool, bool) {
        self.tries += 1;
        let message = self.messages.get_mut(&key).expect("claimed messages were queued");
        let killed = message.in_hand.is_some();
        message.unknown += u32::from(killed);
        message.in_hand = Some(self.tries);
        message.state = DeliveryState::Sending;
        (message.unknown > MOST_REPEATS, killed)
    }

    pub(crate) fn hold(&mut self, key: ChallengeKey, send: u32, tries: u32, wanted: bool) {
        self.held.push(Held { key, send, tries, wanted, number: self.tries });
        let message = self.messages.get_mut(&key).expect("claimed messages were queued");
        message.may_have_left += u32::from(wanted);
        assert!(message.may_have_left <= 1 + MOST_REPEATS, "may have left too often: {message:?}");
    }

    /// Whether the try is the one that its message is at.
    pub(crate) fn is_in_hand(&self, held: Held) -> bool {
        self.messages.get(&held.key).is_some_and(|message| message.in_hand == Some(held.number))
    }

    pub(crate) fn report(&mut self, held: Held, end: &End) -> Expected {
        if !self.is_in_hand(held) {
            return Expected::Nothing;
        }
        let message = self.messages.get_mut(&held.key).expect("claimed messages were queued");
        message.in_hand = None;
        let expected = match end {
            _ if !held.wanted => Expected::Becomes(DeliveryState::Abandoned),
            End::Sent => Expected::Becomes(DeliveryState::Sent),
            End::Failed { class: FailureClass::Transient, .. } => {
                message.may_have_left -= 1;
                Expected::QueuedOrFailed
            }
            End::Failed { class: FailureClass::Unknown, .. } => {
                message.unknown += 1;
                let again = message.unknown < MOST_REPEATS;
                if again { Expected::QueuedOrFailed } else { Expected::Becomes(DeliveryState::Failed) }
            }
            End::Failed { .. } => {
                message.may_have_left -= 1;
                Expected::Becomes(DeliveryState::Failed)
            }
        };
        if let Expected::Becomes(state) = expected {
            message.state = state;
        }
        expected
    }

    /// Whether a receipt says anything new.
    pub(crate) fn receipt(&mut self, key: ChallengeKey, arrived: bool) -> bool {
        let Some(message) = self.messages.get_mut(&key) else { return false };
        let news = message.state == DeliveryState::Sent;
        if news {
            message.state = if arrived { DeliveryState::Delivered } else { DeliveryState::Failed };
        }
        news
    }

    pub(crate) fn withdraw(&mut self, key: ChallengeKey) {
        if let Some(message) = self.messages.get_mut(&key)
            && matches!(message.state, DeliveryState::Queued | DeliveryState::Sending)
        {
            (message.state, message.in_hand) = (DeliveryState::Abandoned, None);
        }
    }
}
