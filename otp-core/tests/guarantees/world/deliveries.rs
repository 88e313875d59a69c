//! Workers and receipts.

use std::time::Duration;

use otp_core::{Attempted, ChallengeKey, Channel, Delivery, DeliveryState, FailureClass, transition::Loaded};

use super::{LEASE, World, newest};
use crate::{operation::End, post::Expected};

impl World {
    pub(super) fn claim(&mut self, session: usize) {
        let (key, cell) = (self.keys[session], self.reference.sessions[session].cell);
        let Loaded { challenge, ledger, delivery } = self.load(key, cell);
        let Some(mut delivery) = delivery.filter(|delivery| delivery.is_due(self.at())) else { return };
        delivery.claim(self.at(), LEASE);
        let wanted = delivery.is_wanted(challenge.as_ref(), ledger.as_ref(), self.at());

        let (too_often, killed) = self.post.claim(key);
        let message = &self.post.messages[&key];
        let foretold = self.reference.wants(session, message.generation, self.now) && !too_often;
        assert_eq!(wanted, foretold, "{delivery:?} of {challenge:?}");
        assert!(!delivery.is_due(self.at()), "nobody else takes it while its lease lasts");
        if wanted {
            let challenge = challenge.expect("a wanted message has a challenge");
            let code = challenge.code(&self.keyring).expect("the key is in the ring");
            assert_eq!(code.expose(), message.code, "every try of a message has the same code");
            let left = challenge.expires_at.as_millis() - self.now.clock;
            assert!(left >= self.limits.least_life_at_send(), "sent with {left} ms of life left");
        }
        self.audit.see(if wanted { "message wanted" } else { "message not wanted" });
        if killed && wanted {
            self.audit.see("repeated after a crash");
        }
        self.post.hold(key, delivery.send, delivery.tries, wanted);
        self.put_delivery(delivery);
        self.message_is_as_foretold(key);
    }

    pub(super) fn report(&mut self, held: usize, end: &End) {
        if self.post.held.is_empty() {
            return;
        }
        let held = self.post.held.remove(newest(held, self.post.held.len()));
        let before = self.deliveries[&held.key].clone();
        let expected = self.post.report(held, end);
        let after = match (held.wanted, end) {
            (false, _) => before.give_up(held.send, held.tries, self.at()),
            (true, End::Sent) => {
                let attempted = Attempted::Sent { sender: "test".to_owned(), reference: None };
                before.record(held.send, held.tries, attempted, self.at(), 0)
            }
            (true, End::Failed { class, retry_after, random }) => {
                let retry_after = retry_after.map(|millis| Duration::from_millis(millis.unsigned_abs()));
                let attempted = Attempted::Failed { class: *class, retry_after, other_channel: None };
                let after = before.record(held.send, held.tries, attempted, self.at(), *random);
                let again = after.as_ref().filter(|after| after.state == DeliveryState::Queued);
                if let Some(again) = again {
                    let asked = retry_after.unwrap_or_default();
                    assert!(again.due_at >= self.at() + asked && again.due_at <= again.send_by, "{again:?}");
                    assert!(again.due_at <= self.at() + asked.max(Duration::from_secs(5)), "{again:?}");
                }
                after
            }
        };
        match (&after, expected) {
            (None, Expected::Nothing) => self.audit.see("late report"),
            (Some(after), Expected::Becomes(state)) => assert_eq!(after.state, state),
            (Some(after), Expected::QueuedOrFailed) => {
                let in_time = after.due_at <= after.send_by;
                let state = if in_time { DeliveryState::Queued } else { DeliveryState::Failed };
                assert_eq!(after.state, state, "{after:?}");
                self.post.messages.get_mut(&held.key).expect("it was queued").state = state;
            }
            (after, expected) => panic!("{after:?}, not {expected:?}"),
        }
        after.into_iter().for_each(|delivery| self.put_delivery(delivery));
        self.message_is_as_foretold(held.key);
    }

    pub(super) fn renew(&mut self, held: usize) {
        if self.post.held.is_empty() {
            return;
        }
        let held = self.post.held[newest(held, self.post.held.len())];
        let before = self.deliveries[&held.key].clone();
        let after = before.clone().renew(held.send, held.tries, self.at(), LEASE);
        assert_eq!(after.is_some(), self.post.is_in_hand(held), "{before:?}");
        if let Some(after) = after {
            assert_eq!(after, Delivery { due_at: self.at() + LEASE, ..before }, "nothing else changes");
            self.put_delivery(after);
        }
    }

    pub(super) fn receipt(&mut self, session: usize, arrived: bool) {
        let key = self.keys[session];
        let Some(before) = self.deliveries.get(&key).cloned() else { return };
        let said = if arrived { Ok(()) } else { Err(FailureClass::Recipient) };
        let after = before.receipt(said, Some(Channel::Voice), self.at());
        assert_eq!(after.is_some(), self.post.receipt(key, arrived));
        if let Some(after) = after {
            self.audit.see("receipt");
            assert_eq!(after.other_channel, (!arrived).then_some(Channel::Voice), "{after:?}");
            self.put_delivery(after);
        }
        self.message_is_as_foretold(key);
    }

    pub(super) fn message_is_as_foretold(&self, key: ChallengeKey) {
        let found = self.deliveries.get(&key).map(|delivery| delivery.state);
        assert_eq!(found, self.post.messages.get(&key).map(|message| message.state));
    }

    /// A settled message stays as it is, but for its receipt and for another message that takes its place.
    pub(super) fn put_delivery(&mut self, after: Delivery) {
        if let Some(before) = self.deliveries.get(&after.challenge) {
            let same = before.send == after.send;
            let by_receipt = before.state == DeliveryState::Sent
                && matches!(after.state, DeliveryState::Delivered | DeliveryState::Failed);
            assert!(!same || !before.state.is_settled() || by_receipt, "{before:?} {after:?}");
            assert!(
                after.send >= before.send && (!same || after.tries >= before.tries),
                "{before:?} {after:?}"
            );
        }
        self.deliveries.insert(after.challenge, after);
    }
}
