//! Records and stores for tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    unused_imports,
    unused_macros,
    reason = "each test file uses some of it, and may stop"
)]

mod databases;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub mod proxy;

use std::time::Duration;

use otp_core::{
    Alphabet, Challenge, ChallengeKey, ChallengeState, Channel, Claim, ClaimKey, CodeFormat, Delivery,
    DeliveryState, Language, Ledger, LedgerKey, Meter, MeterKey, Namespace, Parameters, Purpose, Recipient,
    Reply, ReplyKey, Timestamp,
};
use otp_service::{Keys, Records, Store, StoreError, StoreExt};

pub use self::databases::*;

pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// 32 bytes that differ for each number, spread like hashes.
pub fn bytes(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (index, word) in bytes.chunks_exact_mut(8).enumerate() {
        let mixed = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(index as u32 * 17 + 5);
        word.copy_from_slice(&(mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9).to_be_bytes());
    }
    bytes
}

pub fn challenge_key(number: u64) -> ChallengeKey {
    ChallengeKey::from_bytes(bytes(number))
}

pub fn ledger_key(number: u64) -> LedgerKey {
    LedgerKey::from_bytes(bytes(number))
}

pub fn meter_key(number: u64) -> MeterKey {
    MeterKey::from_bytes(bytes(number))
}

pub fn reply_key(number: u64) -> ReplyKey {
    ReplyKey::from_bytes(bytes(number))
}

pub fn claim_key(number: u64) -> ClaimKey {
    ClaimKey::from_bytes(bytes(number))
}

pub fn challenge(number: u64) -> Challenge {
    Challenge {
        key: challenge_key(number),
        ledger: ledger_key(number),
        namespace: Namespace::default(),
        purpose: Purpose::default(),
        recipient: Recipient::from_canonical("+14155550123").unwrap(),
        channel: Channel::Sms,
        language: Language::new("en").unwrap(),
        parameters: Parameters::default(),
        context: None,
        key_id: "2026-11".parse().unwrap(),
        format: CodeFormat::new(6, Alphabet::Digits).unwrap(),
        generation: 1,
        seed: [7; 16],
        state: ChallengeState::Pending,
        sends: 1,
        checks: 0,
        created_at: NOW,
        issued_at: NOW,
        expires_at: NOW + Duration::from_secs(600),
        verified_at: None,
    }
}

pub fn ledger(number: u64) -> Ledger {
    Ledger::new(ledger_key(number), NOW)
}

pub fn delivery(number: u64) -> Delivery {
    Delivery {
        challenge: challenge_key(number),
        ledger: ledger_key(number),
        namespace: Namespace::default(),
        generation: 1,
        send: 1,
        state: DeliveryState::Queued,
        tries: 0,
        unknown_tries: 0,
        due_at: NOW,
        send_by: NOW + Duration::from_secs(540),
        sender: None,
        reference: None,
        failure: None,
        other_channel: None,
        queued_at: NOW,
        updated_at: NOW,
    }
}

pub fn meter(number: u64) -> Meter {
    Meter { key: meter_key(number), idle_at: NOW }
}

pub fn reply(number: u64) -> Reply {
    Reply {
        key: reply_key(number),
        fingerprint: [1; 32],
        key_id: "2026-11".parse().unwrap(),
        seed: [2; 16],
        channel: Channel::Voice,
        code_length: 6,
        is_queued: true,
        expires_in: Duration::from_secs(600),
        resend_in: Duration::from_secs(30),
        forget_at: NOW,
    }
}

pub fn claim(number: u64) -> Claim {
    Claim { key: claim_key(number), forget_at: NOW }
}

/// Adds 1 to a number and returns what it was.
pub async fn count(store: &impl Store, number: u64) -> Result<i64, StoreError> {
    let key = meter_key(number);
    let step = move |records: &mut Records| {
        let known = records.meters.find(&key).map_or(0, |meter| meter.idle_at.as_millis());
        records.meters.put(Meter { key, idle_at: Timestamp::from_millis(known + 1) });
        known
    };
    store.run(Keys { meters: vec![key], ..Keys::default() }, step).await
}

/// A challenge with its ledger and delivery.
pub async fn put_challenge(store: &impl Store, number: u64) {
    let keys = Keys {
        challenges: vec![challenge_key(number)],
        ledgers: vec![ledger_key(number)],
        deliveries: vec![challenge_key(number)],
        ..Keys::default()
    };
    let step = move |records: &mut Records| {
        records.challenges.put(challenge(number));
        records.ledgers.put(ledger(number));
        records.deliveries.put(delivery(number));
    };
    store.run(keys, step).await.unwrap();
}

/// Holds the writer inside a step until the returned sender is used or dropped.
pub async fn block<S: Store + Clone>(store: &S) -> std::sync::mpsc::Sender<()> {
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let (entered, inside) = tokio::sync::oneshot::channel();
    let mut entered = Some(entered);
    let store = store.clone();
    tokio::spawn(async move {
        let step = move |_: &mut Records| {
            if let Some(entered) = entered.take() {
                entered.send(()).unwrap();
            }
            let _ = gate.recv_timeout(Duration::from_secs(10));
        };
        drop(store.run(Keys::default(), step).await);
    });
    inside.await.unwrap();
    open
}
