//! Tokens that say anything, signed in every way.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::host::{NOW, keyring};

fn signing_key(id: &str) -> SigningKey {
    let keyring = keyring(&[id]);
    let (_, seed) = keyring.proof_seeds().next().unwrap();
    SigningKey::from_bytes(&seed)
}

/// A good proof of the tests' host with something changed before it is signed.
pub(crate) fn signed(change: impl FnOnce(&mut Value, &mut Value)) -> String {
    token(change, |text| signing_key("k1").sign(text).to_vec())
}

/// Proofs that nobody with the secret key signed, or that say that they are signed in another way.
pub(crate) fn forged() -> Vec<String> {
    let public = signing_key("k1").verifying_key();
    let written = URL_SAFE_NO_PAD.encode(public.as_bytes());
    let algorithm = |name: &'static str| move |header: &mut Value, _: &mut Value| header["alg"] = name.into();
    let mac = |key: &[u8], text: &[u8]| {
        <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes()
    };
    let twice = |key: &[u8], text: &[u8]| [mac(key, text), mac(key, text)].concat();
    vec![
        token(algorithm("none"), |_| Vec::new()),
        token(algorithm("none"), |_| vec![0; 64]),
        signed(algorithm("none")),
        signed(algorithm("HS256")),
        // The public key taken for the secret of an HMAC, in both ways of writing it.
        token(algorithm("HS256"), |text| mac(public.as_bytes(), text).to_vec()),
        token(algorithm("HS256"), |text| mac(written.as_bytes(), text).to_vec()),
        token(algorithm("HS256"), |text| twice(public.as_bytes(), text)),
        token(algorithm("EdDSA"), |text| twice(public.as_bytes(), text)),
        token(|_, _| (), |text| signing_key("k2").sign(text).to_vec()),
        token(|header, _| header["kid"] = "k2".into(), |text| signing_key("k2").sign(text).to_vec()),
        signed(|header, _| header["kid"] = "../k1".into()),
        signed(|header, _| header["jwk"] = json!({ "kty": "OKP", "crv": "Ed25519", "x": written })),
        signed(|header, _| header["crit"] = json!(["exp"])),
        signed(|_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
    ]
}

fn token(change: impl FnOnce(&mut Value, &mut Value), sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let mut header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": "k1" });
    let mut claims = json!({
        "iss": "otp", "aud": "shop", "namespace": "shop", "sub": crate::host::PHONE, "purpose": "signup",
        "channel": "sms", "iat": NOW / 1_000, "exp": NOW / 1_000 + 600, "jti": "made-up",
    });
    change(&mut header, &mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&header), part(&claims));
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(sign(text.as_bytes())))
}
