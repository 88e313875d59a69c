//! Two JWT libraries that share no code with this one take our proofs, and we take theirs: PyJWT (Python) and jose
//! (JavaScript). Their answers are kept in `tests/data`, so that this needs neither of them. To make them again:
//!
//! ```text
//! OTP_TEST_WRITE=1 cargo test -p otp-service --test proofs ours_is_made_like_this
//! pip install 'PyJWT[crypto]' && python3 otp-service/tests/scripts/proofs.py
//! cd otp-service/tests/scripts && npm install --no-save jose && node proofs.mjs; rm -r node_modules
//! ```
//!
//! Each script opens our proofs, fails where its library disagrees, and writes proofs of its own.

use otp_core::{Channel, Purpose, Recipient, Timestamp};
use otp_service::{ProofError, ProofVerifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{AT, AUDIENCE, ISSUER, encode, namespace, now, proofs, signing_key, signup};

const OURS: &str = include_str!("../data/ours.json");
const THEIRS: [(&str, &str); 2] =
    [("PyJWT", include_str!("../data/pyjwt.json")), ("jose", include_str!("../data/jose.json"))];

#[derive(Deserialize)]
struct Ours {
    jwks: Value,
    proofs: Vec<Token>,
}

#[derive(Deserialize)]
struct Token {
    proof: String,
    claims: Value,
}

#[derive(Deserialize)]
struct Theirs {
    accepted: Vec<Token>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    proof: String,
    why: String,
}

fn ours() -> Ours {
    serde_json::from_str(OURS).expect("ours.json")
}

fn assert_says(token: &Token, verifier: &ProofVerifier) {
    let purpose: Purpose =
        token.claims["purpose"].as_str().and_then(|text| text.parse().ok()).expect("a purpose");
    let opened = verifier.open(&token.proof, &purpose, now()).expect("a good proof");
    assert_eq!(serde_json::to_value(opened).expect("JSON"), token.claims);
}

#[test]
fn what_they_opened_is_what_we_sign() {
    let ours = ours();
    assert_eq!(ours.jwks, proofs(&["k1", "k2"]).jwks(), "the keys are derived as ever");
    assert!(ours.proofs.len() >= 4);
    for token in &ours.proofs {
        assert_says(token, proofs(&["k1", "k2"]).verifier());
    }
}

#[test]
fn what_they_sign_we_open() {
    let keys = ProofVerifier::from_jwks(&ours().jwks.to_string(), ISSUER).expect("our keys");
    let keys = keys.with_namespace(namespace()).with_audience(AUDIENCE);
    for (library, text) in THEIRS {
        let theirs: Theirs = serde_json::from_str(text).expect("their proofs");
        assert!(theirs.accepted.len() >= 2 && theirs.refused.len() >= 4, "{library}");
        for token in &theirs.accepted {
            assert_says(token, &keys);
            assert_says(token, proofs(&["k2", "k1"]).verifier());
        }
        for Refused { proof, why } in &theirs.refused {
            let refusal = keys.open(proof, &signup(), now()).expect_err(why);
            let expected = match why.as_str() {
                "expired" => ProofError::Expired,
                "from the future" => ProofError::NotYetValid,
                "another audience" | "another issuer" => ProofError::WrongUse,
                _ => ProofError::Forged,
            };
            assert_eq!(refusal, expected, "{library}: {why}");
        }
    }
}

/// All but what is random; written to the file where the environment says so.
#[test]
#[expect(clippy::disallowed_methods, reason = "whoever makes the file again says so")]
fn ours_is_made_like_this() {
    let recipients = [
        ("+14155550123", Channel::Sms, "signup", "k1"),
        ("+4915112345678", Channel::Voice, "password-reset", "k1"),
        ("o'neil+tag@example.com", Channel::Email, "signup", "k1"),
        ("+14155550123", Channel::Whatsapp, "signup", "k2"),
    ];
    let tokens = recipients.map(|(recipient, channel, purpose, key)| {
        let (signer, purpose) = (proofs(&[key]), Purpose::new(purpose).expect("a name"));
        let recipient = Recipient::parse(recipient).expect("a recipient");
        let proof = signer.sign(&purpose, &recipient, channel, now()).expect("signed");
        let claims = signer.open(&proof, &purpose, Timestamp::from_millis(AT * 1_000)).expect("opened");
        json!({ "proof": proof, "claims": claims })
    });
    let made = json!({
        "about": "Keys of these tests, used nowhere else; `seeds` are the private halves.",
        "issuer": ISSUER, "audience": AUDIENCE, "namespace": namespace().as_str(), "at": AT,
        "seeds": { "k1": encode(signing_key("k1").to_bytes()), "k2": encode(signing_key("k2").to_bytes()) },
        "jwks": proofs(&["k1", "k2"]).jwks(),
        "proofs": tokens,
    });
    if std::env::var_os("OTP_TEST_WRITE").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ours.json"), text).expect("written");
        return;
    }
    let without_chance = |mut document: Value| {
        for token in document["proofs"].as_array_mut().expect("proofs") {
            token["proof"] = Value::Null;
            token["claims"]["jti"] = Value::Null;
        }
        document
    };
    assert_eq!(without_chance(made), without_chance(serde_json::from_str(OURS).expect("ours.json")));
}
