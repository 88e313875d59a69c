//! Opening with public keys alone.

use otp_service::{InvalidJwks, ProofError, ProofVerifier};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, ISSUER, encode, name, namespace, now, phone, proof, proofs, signup, with};

fn verifier(jwks: &Value) -> ProofVerifier {
    ProofVerifier::from_jwks(&jwks.to_string(), ISSUER)
        .expect("a key set")
        .with_namespace(namespace())
        .with_audience(AUDIENCE)
}

#[test]
fn public_keys_open_what_the_ring_opens() {
    let (token, both) = (proof(), verifier(&proofs(&["k2", "k1"]).jwks()));
    assert_eq!(both.open(&token, &signup(), now()).map(|claims| claims.sub), Ok(phone()));
    let open = |verifier: ProofVerifier, purpose| verifier.open(&token, &name(purpose), now()).err();
    assert_eq!(open(verifier(&proofs(&["k2"]).jwks()), "signup"), Some(ProofError::UnknownKey));
    assert_eq!(open(both.clone(), "login"), Some(ProofError::WrongUse));
    assert_eq!(open(both.clone().with_audience("bank"), "signup"), Some(ProofError::WrongUse));
    assert_eq!(open(both.with_namespace(Default::default()), "signup"), Some(ProofError::WrongUse));
    let jwks = proofs(&["k1"]).jwks().to_string();
    let other = ProofVerifier::from_jwks(&jwks, "otp").expect("keys").with_namespace(namespace());
    assert_eq!(open(other.with_audience(AUDIENCE), "signup"), Some(ProofError::WrongUse), "another issuer");
}

#[test]
fn keys_of_other_kinds_are_passed_over() {
    let ours = proofs(&["k1"]).jwks()["keys"][0].clone();
    let set = json!({ "keys": [
        { "kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB" },
        with(ours.clone(), json!({ "crv": "X25519" })),
        with(ours.clone(), json!({ "use": "enc" })),
        with(ours.clone(), json!({ "alg": "HS256" })),
        with(ours.clone(), json!({ "kid": null })),
        with(ours, json!({ "use": null, "alg": null, "key_ops": ["verify"] })),
    ] });
    assert!(verifier(&set).open(&proof(), &signup(), now()).is_ok());
}

#[test]
fn what_is_no_key_set_is_refused() {
    use InvalidJwks::{Malformed, NoKeys, RepeatedId};
    let ours = proofs(&["k1"]).jwks()["keys"][0].clone();
    let set = |members: Value| json!({ "keys": [with(ours.clone(), members)] }).to_string();
    let cases = [
        (String::new(), Malformed),
        ("[]".to_owned(), Malformed),
        (r#"{"keys":{}}"#.to_owned(), Malformed),
        (r#"{"keys":[]}"#.to_owned(), NoKeys),
        (set(json!({ "kty": "oct" })), NoKeys),
        (set(json!({ "x": null })), Malformed),
        (set(json!({ "x": "AAAA" })), Malformed),
        (json!({ "keys": [ours, ours] }).to_string(), RepeatedId),
    ];
    for (text, expected) in cases {
        assert_eq!(ProofVerifier::from_jwks(&text, ISSUER).err(), Some(expected), "{text}");
    }
}

#[test]
fn a_key_that_would_sign_everything_signs_nothing() {
    // The identity point: for it, some signatures hold for every message.
    let mut identity = [0; 32];
    identity[0] = 1;
    let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": encode(identity) }] });
    let (signed, mut signature) = (proof(), [0; 64]);
    signature[0] = 1;
    let (signed, _) = signed.rsplit_once('.').expect("three parts");
    let forged = format!("{signed}.{}", encode(signature));
    assert_eq!(verifier(&set).open(&forged, &signup(), now()), Err(ProofError::Forged));
}
