//! Records with every field set to something that is easy to lose.

use std::{collections::BTreeMap, sync::Arc};

use otp_core::{
    Alphabet, Challenge, ChallengeKey, ChallengeState, Channel, Claim, ClaimKey, CodeFormat, Delivery,
    DeliveryState, FailureClass, Keyring, Ledger, LedgerKey, Meter, MeterKey, Namespace, Purpose, Recipient,
    Reply, ReplyKey, Timestamp, Window,
};

/// A point in time that does not fit 32 bits.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_123);

pub(super) fn challenge_key(number: u8) -> ChallengeKey {
    let mut bytes = [0; 32];
    bytes[0] = number;
    bytes[31] = 0xff;
    ChallengeKey::from_bytes(bytes)
}

pub(super) fn ledger_key(number: u8) -> LedgerKey {
    LedgerKey::from_bytes(*challenge_key(number).as_bytes())
}

pub(super) fn keyring() -> Keyring {
    let id = "conformance".parse().expect("a legal id");
    Keyring::new([(id, (0..64).collect())]).expect("a good key")
}

pub(super) fn phone() -> Recipient {
    Recipient::parse("+14155550123").expect("a valid number")
}

pub(super) fn challenge(number: u8) -> Challenge {
    let parameters = BTreeMap::from([("shop".to_owned(), "Ünïcode \u{1f511} '\";--\0".to_owned())]);
    Challenge {
        key: challenge_key(number),
        ledger: ledger_key(number),
        namespace: namespace(),
        purpose: Purpose::new("step-up").expect("a legal name"),
        recipient: Recipient::parse("Name+tag@Bücher.example").expect("a valid address"),
        channel: Channel::Email,
        language: "zh-Hant".parse().expect("a legal tag"),
        parameters: Arc::new(parameters),
        context: Some([0xfe; 32]),
        key_id: "k-2".parse().expect("a legal id"),
        format: CodeFormat::new(10, Alphabet::Unambiguous).expect("a legal length"),
        generation: u32::MAX,
        seed: [0x80; 16],
        state: ChallengeState::Verified,
        sends: 7,
        checks: u32::MAX - 1,
        created_at: NOW,
        issued_at: Timestamp::from_millis(-1),
        expires_at: Timestamp::from_millis(i64::MAX),
        verified_at: Some(Timestamp::from_millis(i64::MIN)),
    }
}

pub(super) fn ledger(number: u8) -> Ledger {
    let window = |period: u64, events: u32| {
        let mut window = Window::default();
        (0..events).for_each(|_| window.record(std::time::Duration::from_secs(period), NOW));
        window
    };
    Ledger {
        key: ledger_key(number),
        live: vec![challenge_key(number), challenge_key(number.wrapping_add(1))],
        last_send_at: Some(NOW),
        sends_hour: window(3_600, 3),
        sends_day: window(86_400, 4),
        failures_day: window(86_400, 5),
        failures_in_a_row: u32::MAX,
        locked_at: Some(Timestamp::from_millis(5)),
        updated_at: NOW,
    }
}

pub(super) fn delivery(number: u8, due_at: Timestamp) -> Delivery {
    Delivery {
        challenge: challenge_key(number),
        ledger: ledger_key(number),
        namespace: namespace(),
        generation: 2,
        send: 3,
        state: DeliveryState::Queued,
        tries: 4,
        unknown_tries: 1,
        due_at,
        send_by: Timestamp::from_millis(i64::MAX),
        sender: Some("sender".to_owned()),
        reference: Some(format!("SM0123456789-{number}")),
        failure: Some(FailureClass::Transient),
        other_channel: Some(Channel::Voice),
        queued_at: NOW,
        updated_at: NOW,
    }
}

pub(super) fn namespace() -> Namespace {
    Namespace::new("tenant-1").expect("a legal name")
}

pub(super) fn meter() -> Meter {
    Meter { key: MeterKey::from_bytes([3; 32]), idle_at: NOW }
}

pub(super) fn reply() -> Reply {
    Reply {
        key: ReplyKey::from_bytes([4; 32]),
        fingerprint: [5; 32],
        key_id: "k-2".parse().expect("a legal id"),
        seed: [6; 16],
        channel: Channel::Voice,
        code_length: 4,
        is_queued: true,
        expires_in: std::time::Duration::from_millis(599_999),
        resend_in: std::time::Duration::ZERO,
        forget_at: NOW,
    }
}

pub(super) fn claim() -> Claim {
    Claim { key: ClaimKey::from_bytes([7; 32]), forget_at: NOW }
}
