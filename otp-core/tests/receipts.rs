//! What a provider's receipt makes of a message.

use std::time::Duration;

use otp_core::{
    ChallengeKey, Channel, Delivery, DeliveryState, FailureClass, LedgerKey, Namespace, Timestamp,
};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// One that was tried twice, so that there is something to keep or to forget.
fn delivery(state: DeliveryState) -> Delivery {
    Delivery {
        challenge: ChallengeKey::from_bytes([1; 32]),
        ledger: LedgerKey::from_bytes([2; 32]),
        namespace: Namespace::default(),
        generation: 1,
        send: 1,
        state,
        tries: 2,
        unknown_tries: 0,
        due_at: NOW,
        send_by: NOW + Duration::from_secs(540),
        sender: Some("test".to_owned()),
        reference: Some("message-1".to_owned()),
        failure: Some(FailureClass::Transient),
        other_channel: Some(Channel::Whatsapp),
        queued_at: NOW,
        updated_at: NOW,
    }
}

#[test]
fn what_is_said_of_a_sent_message_is_kept() {
    use DeliveryState::{Delivered, Failed};
    let (voice, later) = (Some(Channel::Voice), NOW + Duration::from_secs(5));
    for (arrived, offered, state, kept) in [
        (Ok(()), None, Delivered, None),
        (Ok(()), voice, Delivered, None),
        (Err(FailureClass::Route), None, Failed, None),
        (Err(FailureClass::Recipient), voice, Failed, voice),
        (Err(FailureClass::Recipient), Some(Channel::Sms), Failed, Some(Channel::Sms)),
    ] {
        let before = delivery(DeliveryState::Sent);
        let expected = Delivery {
            state,
            failure: arrived.err(),
            other_channel: kept,
            updated_at: later,
            ..before.clone()
        };
        assert_eq!(before.receipt(arrived, offered, later), Some(expected), "{arrived:?} {offered:?}");
    }
}

#[test]
fn a_message_that_is_not_out_takes_no_receipt() {
    use DeliveryState::{Abandoned, Delivered, Failed, Queued, Sending};
    for state in [Queued, Sending, Delivered, Failed, Abandoned] {
        for arrived in [Ok(()), Err(FailureClass::Recipient)] {
            assert_eq!(delivery(state).receipt(arrived, Some(Channel::Voice), NOW), None, "{state:?}");
        }
    }
}
