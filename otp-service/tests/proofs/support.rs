//! Proofs with fixed keys at a fixed time, and tokens that say anything.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use otp_core::{Channel, Keyring, Namespace, Purpose, Recipient, Timestamp};
use otp_service::Proofs;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const AUDIENCE: &str = "shop";
/// When the proofs of the tests are signed, in seconds.
pub(crate) const AT: i64 = 1_800_000_000;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(AT * 1_000)
}

pub(crate) fn name(text: &str) -> Purpose {
    Purpose::new(text).expect("a legal name")
}

pub(crate) fn signup() -> Purpose {
    name("signup")
}

pub(crate) fn namespace() -> Namespace {
    Namespace::new("tenant-1").expect("a legal name")
}

pub(crate) fn phone() -> Recipient {
    Recipient::parse("+14155550123").expect("a valid number")
}

/// Keys for these tests and nothing else.
pub(crate) fn keyring(ids: &[&str]) -> Keyring {
    let secret = |id: &str| id.bytes().cycle().zip(0..).map(|(byte, place)| byte ^ place).take(32).collect();
    let keys: Vec<(_, Vec<u8>)> =
        ids.iter().map(|id| (id.parse().expect("a legal id"), secret(id))).collect();
    Keyring::new(keys).expect("good keys")
}

pub(crate) fn proofs(ids: &[&str]) -> Proofs {
    Proofs::new(&keyring(ids), ISSUER, namespace()).with_audience(AUDIENCE)
}

pub(crate) fn proof() -> String {
    proofs(&["k1"]).sign(&signup(), &phone(), Channel::Sms, now()).expect("signed")
}

pub(crate) fn signing_key(id: &str) -> SigningKey {
    let keyring = keyring(&[id]);
    let (_, seed) = keyring.proof_seeds().next().expect("one key");
    SigningKey::from_bytes(&seed)
}

pub(crate) fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "JWT", "kid": "k1" })
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "namespace": "tenant-1", "sub": "+14155550123", "purpose": "signup",
        "channel": "sms", "iat": AT, "exp": AT + 600, "jti": "made-up",
    })
}

/// The object with some members set, or taken out where `null`.
pub(crate) fn with(mut object: Value, members: Value) -> Value {
    let into = object.as_object_mut().expect("an object");
    for (name, value) in members.as_object().expect("an object") {
        match value {
            Value::Null => drop(into.remove(name)),
            value => drop(into.insert(name.clone(), value.clone())),
        }
    }
    object
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with this text for header and claims, well signed with a key of the ring.
pub(crate) fn signed_text(id: &str, header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = signing_key(id).sign(signed.as_bytes());
    format!("{signed}.{}", encode(signature.to_bytes()))
}

pub(crate) fn signed(header: &Value, claims: &Value) -> String {
    signed_text("k1", &header.to_string(), &claims.to_string())
}
