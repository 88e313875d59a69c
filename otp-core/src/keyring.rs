//! Secret keys, and everything that is derived from them.

use std::{fmt, str::FromStr, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    challenge::CodeInputs,
    code::Code,
    key::{ChallengeKey, LedgerKey, MeterKey, ReplyKey},
    name::{Namespace, Purpose},
    recipient::Recipient,
    token::SessionToken,
};

/// Shortest secret key, in bytes: the output length of SHA-256 (RFC 2104, section 3).
pub const MIN_SECRET_LENGTH: usize = 32;

/// The public name of a secret key: 1 to 16 of `a-z`, `A-Z`, `0-9`, `-`, `_`. It is stored beside what the key made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, KeyringError> {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if plain && (1..=16).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(KeyringError::InvalidId)
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a [`Keyring`] cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no key to sign with.
    #[error("a keyring needs at least one key; `otp keygen` makes one")]
    Empty,
    /// A key is too short to resist guessing.
    #[error("secret key \"{0}\" is shorter than {MIN_SECRET_LENGTH} bytes; `otp keygen` makes a good one")]
    TooShort(KeyId),
    /// Every byte of a key is the same: a placeholder, not a secret.
    #[error("secret key \"{0}\" is a placeholder; `otp keygen` makes a real one")]
    Placeholder(KeyId),
    /// Two keys have the same id.
    #[error("key id \"{0}\" is used twice; give every key an id of its own")]
    RepeatedId(KeyId),
    /// A key id has other characters than allowed.
    #[error("a key id takes 1 to 16 letters, digits, '-' or '_', like \"2026-11\"")]
    InvalidId,
}

struct Key {
    id: KeyId,
    mac: Hmac<Sha256>,
}

/// Secret keys by id. The first derives what is new; every one still opens what it made.
///
/// | derived | from |
/// |---|---|
/// | [`Code`] | namespace, purpose, challenge, generation, channel, recipient, context, format, seed |
/// | [`LedgerKey`], token-less [`ChallengeKey`] | namespace, purpose, recipient |
/// | [`MeterKey`], [`ReplyKey`] | what is limited or repeated |
/// | proof seed | the key alone |
///
/// Rotation: put a new key first and keep the old one until nothing made with it is live (one day for budgets, the
/// retention time for locks); then remove it.
///
/// ```
/// use otp_core::Keyring;
///
/// let keyring = Keyring::new([("2026-11".parse()?, (0..32).collect::<Vec<u8>>())])?;
/// assert_eq!(format!("{keyring:?}"), "Keyring([KeyId(\"2026-11\")])");
/// # Ok::<(), otp_core::KeyringError>(())
/// ```
pub struct Keyring {
    keys: Vec<Key>,
}

impl Keyring {
    /// Takes keys in order: the first signs. The given bytes are wiped.
    ///
    /// # Errors
    ///
    /// See [`KeyringError`].
    pub fn new(secrets: impl IntoIterator<Item = (KeyId, Vec<u8>)>) -> Result<Self, KeyringError> {
        let mut keys: Vec<Key> = Vec::new();
        for (id, secret) in secrets {
            let secret = Zeroizing::new(secret);
            if secret.len() < MIN_SECRET_LENGTH {
                return Err(KeyringError::TooShort(id));
            }
            if secret.iter().all(|byte| *byte == secret[0]) {
                return Err(KeyringError::Placeholder(id));
            }
            if keys.iter().any(|key| key.id == id) {
                return Err(KeyringError::RepeatedId(id));
            }
            let mac =
                <Hmac<Sha256> as KeyInit>::new_from_slice(&secret).expect("HMAC takes a key of any length");
            keys.push(Key { id, mac });
        }
        if keys.is_empty() { Err(KeyringError::Empty) } else { Ok(Self { keys }) }
    }

    /// Ids in order; the first signs.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &KeyId> {
        self.keys.iter().map(|key| &key.id)
    }

    /// The id of the key that derives what is new.
    #[must_use]
    pub fn signing_id(&self) -> &KeyId {
        &self.keys[0].id
    }

    /// Ledger keys of a recipient, one per secret key, the signing key's first. A ledger found under a later one is to
    /// be moved to the first, so that budgets survive a rotation.
    #[must_use]
    pub fn ledger_keys(
        &self,
        namespace: &Namespace,
        purpose: &Purpose,
        recipient: &Recipient,
    ) -> Vec<LedgerKey> {
        self.hashes("otp-ledger/v1", &[namespace.as_str(), purpose.as_str(), recipient.as_str()])
            .map(LedgerKey::from_bytes)
            .collect()
    }

    /// Challenge keys for a caller without a session token, one per secret key, the signing key's first.
    #[must_use]
    pub fn challenge_keys(
        &self,
        namespace: &Namespace,
        purpose: &Purpose,
        recipient: &Recipient,
    ) -> Vec<ChallengeKey> {
        self.hashes("otp-address/v1", &[namespace.as_str(), purpose.as_str(), recipient.as_str()])
            .map(ChallengeKey::from_bytes)
            .collect()
    }

    /// The meter of `subject` (a caller's address, a number prefix) among those of one `kind`.
    #[must_use]
    pub fn meter_key(&self, namespace: &Namespace, kind: &str, subject: &str) -> MeterKey {
        MeterKey::from_bytes(self.first("otp-meter/v1", &[namespace.as_str(), kind, subject]))
    }

    /// Where the answer to an idempotent request is remembered.
    #[must_use]
    pub fn reply_key(
        &self,
        namespace: &Namespace,
        call: &str,
        recipient: &Recipient,
        idempotency_key: &str,
    ) -> ReplyKey {
        ReplyKey::from_bytes(
            self.first("otp-reply/v1", &[namespace.as_str(), call, recipient.as_str(), idempotency_key]),
        )
    }

    /// The session token of an idempotent start: the same again for the same key and seed, so that a repeated request
    /// gets the same answer although no token is stored. `None` where the key is gone.
    #[must_use]
    pub fn session_token(&self, id: &KeyId, reply: &ReplyKey, seed: &[u8; 16]) -> Option<SessionToken> {
        let key = self.key(id)?;
        let mut hash = Zeroizing::new(mac(&key.mac, &[b"otp-session/v1", reply.as_bytes(), seed]));
        let mut token = [0; 20];
        token.copy_from_slice(&hash[..20]);
        hash.zeroize();
        Some(SessionToken::from_random(token))
    }

    /// 32 secret bytes per key from which a proof's signing key is made, the signing key's first.
    pub fn proof_seeds(&self) -> impl Iterator<Item = (&KeyId, Zeroizing<[u8; 32]>)> {
        self.keys.iter().map(|key| (&key.id, Zeroizing::new(mac(&key.mac, &[b"otp-proof/v1"]))))
    }

    /// Derives the code of a challenge's present generation; `None` where its key was removed from the ring.
    ///
    /// HMAC-SHA-256 over the label and every input, each preceded by its length as a big-endian u32. The output is
    /// read as big-endian u64 words; a word that would favour low codes is skipped (rejection sampling), so every code
    /// is equally likely: no modulo bias, unlike RFC 4226, appendix A.
    #[must_use]
    pub fn code(&self, id: &KeyId, inputs: &CodeInputs<'_>) -> Option<Code> {
        let key = self.key(id)?;
        let format = inputs.format;
        let first = key.mac.clone().chain_update(inputs.to_bytes());
        let mut block = Zeroizing::new(first.finalize().into_bytes().into());
        loop {
            if let Some(index) = unbiased(&block, format.count()) {
                return Some(format.code(index));
            }
            *block = mac(&key.mac, &[b"otp-code/v1/next", block.as_slice()]);
        }
    }

    fn key(&self, id: &KeyId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == *id)
    }

    fn first(&self, label: &str, fields: &[&str]) -> [u8; 32] {
        labelled(&self.keys[0].mac, label, fields)
    }

    fn hashes(&self, label: &str, fields: &[&str]) -> impl Iterator<Item = [u8; 32]> {
        self.keys.iter().map(move |key| labelled(&key.mac, label, fields))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keyring").field(&self.ids().collect::<Vec<_>>()).finish()
    }
}

impl CodeInputs<'_> {
    /// Every field with its length before it, in one piece: hashing the small fields one by one takes a third longer.
    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(USUAL_LENGTH);
        put(&mut bytes, b"otp-code/v1");
        put(&mut bytes, self.namespace.as_str().as_bytes());
        put(&mut bytes, self.purpose.as_str().as_bytes());
        put(&mut bytes, self.challenge.as_bytes());
        put(&mut bytes, &self.generation);
        put(&mut bytes, self.channel.as_str().as_bytes());
        put(&mut bytes, self.recipient.as_str().as_bytes());
        put(&mut bytes, self.context);
        put(&mut bytes, &self.digits);
        put(&mut bytes, self.format.alphabet().as_str().as_bytes());
        put(&mut bytes, self.seed);
        bytes
    }
}

/// Room for the inputs of nearly every code.
const USUAL_LENGTH: usize = 256;

/// Always inlined: most fields have a length that is known then, which makes a copy one instruction.
#[inline(always)]
fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend_from_slice(&length_of(field));
    bytes.extend_from_slice(field);
}

/// The first word of `block` that maps to a number below `count` without bias.
fn unbiased(block: &[u8; 32], count: u64) -> Option<u64> {
    let (words, _) = block.as_chunks::<8>();
    words.iter().find_map(|word| {
        let word = u64::from_be_bytes(*word);
        let number = word % count;
        // The last run of `count` words is cut off by the end of u64: its words would favour the numbers it still has.
        let is_fair = (word - number).checked_add(count - 1).is_some();
        is_fair.then_some(number)
    })
}

fn labelled(state: &Hmac<Sha256>, label: &str, fields: &[&str]) -> [u8; 32] {
    let mut state = state.clone();
    update(&mut state, label.as_bytes());
    fields.iter().for_each(|field| update(&mut state, field.as_bytes()));
    state.finalize().into_bytes().into()
}

fn mac(state: &Hmac<Sha256>, fields: &[&[u8]]) -> [u8; 32] {
    let mut state = state.clone();
    fields.iter().for_each(|field| update(&mut state, field));
    state.finalize().into_bytes().into()
}

fn update(state: &mut Hmac<Sha256>, field: &[u8]) {
    state.update(&length_of(field));
    state.update(field);
}

fn length_of(field: &[u8]) -> [u8; 4] {
    u32::try_from(field.len()).expect("fields are bounded far below 4 GiB where they enter").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_would_favour_low_codes_are_rejected() {
        let block = |words: [u64; 4]| {
            let mut bytes = [0; 32];
            for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
                place.copy_from_slice(&word.to_be_bytes());
            }
            bytes
        };
        // 2^64 = 18446744073709 * 10^6 + 551616: the last 551616 words are rejected.
        let last = u64::MAX - 551_616;
        assert_eq!(unbiased(&block([last, 1, 2, 3]), 1_000_000), Some(999_999));
        assert_eq!(unbiased(&block([last + 1, 7, 2, 3]), 1_000_000), Some(7));
        assert_eq!(unbiased(&block([u64::MAX; 4]), 1_000_000), None);
        assert_eq!(
            unbiased(&block([u64::MAX, 0, 0, 0]), 1 << 32),
            Some((1 << 32) - 1),
            "a power of two rejects none"
        );
    }

    #[test]
    fn weak_keyrings_are_refused() {
        let id = |text: &str| text.parse::<KeyId>().expect("a legal id");
        let good = || (0..32).collect::<Vec<u8>>();
        assert_eq!(Keyring::new([]).err(), Some(KeyringError::Empty));
        assert_eq!(Keyring::new([(id("a"), vec![1; 31])]).err(), Some(KeyringError::TooShort(id("a"))));
        assert_eq!(Keyring::new([(id("a"), vec![0; 64])]).err(), Some(KeyringError::Placeholder(id("a"))));
        let twice = Keyring::new([(id("a"), good()), (id("a"), good())]);
        assert_eq!(twice.err(), Some(KeyringError::RepeatedId(id("a"))));
        assert_eq!("a b".parse::<KeyId>(), Err(KeyringError::InvalidId));
    }
}
