//! Records of the past, written by the library into the database that the program then opens.

use std::{path::Path, sync::Arc, time::Duration};

use otp_core::{Channel, Keyring, Policy, Recipient, Timestamp};
use otp_diesel::{Options, SqliteStore};
use otp_service::{Clock, DiscardSender, ManualClock, Routes, StartRequest, SystemClock, Verifier};

/// The key of `otp.db`'s programs, as `OTP_SECRET_KEY` takes it.
pub(crate) const KEY: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Begins a challenge for each number, `ago` from now, with the secret key `id`; their messages stay in the queue.
pub(crate) fn seed(folder: &Path, numbers: &[String], ago: Duration, id: &str) {
    let now = SystemClock::new().now() - ago;
    let clock = Arc::new(ManualClock::at(Timestamp::as_millis(now)));
    let keyring = Keyring::new([(id.parse().unwrap(), (0..32).collect::<Vec<u8>>())]).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let path = folder.join("otp.db").display().to_string();
        let store = SqliteStore::open(path, Options::new().migrate(true)).unwrap();
        let verifier = Verifier::builder(Arc::new(store), keyring)
            .clock(clock)
            .policy(Policy::builder().starts_per_block_per_hour(1_000_000).build().unwrap())
            .routes(Routes::default().with(Channel::Sms, Arc::new(DiscardSender)))
            .build()
            .unwrap();
        for number in numbers {
            let recipient = Recipient::parse(number).unwrap();
            verifier.start(StartRequest::new(recipient)).await.unwrap();
        }
    });
}

/// Areas whose numbers 555-0100 to 555-0199 are set aside for fiction, as in every other.
const AREAS: [u16; 8] = [415, 212, 310, 617, 303, 404, 702, 206];

/// `count` different numbers, 800 at most.
pub(crate) fn numbers(count: usize) -> Vec<String> {
    let number = |index: usize| format!("+1{}555{:04}", AREAS[index / 9_000], 100 + index % 9_000);
    (0..count).map(number).collect()
}
