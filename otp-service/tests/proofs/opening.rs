//! What opens and what does not.

use std::time::Duration;

use otp_core::{Channel, Namespace, Recipient, Timestamp};
use otp_service::{CLOCK_TOLERANCE, PROOF_LIFE, ProofError};
use serde_json::{Value, json};

use crate::support::{
    AUDIENCE, ISSUER, claims, encode, header, keyring, name, namespace, now, phone, proof, proofs, signed,
    signed_text, signup, with,
};

fn open(token: &str, at: Timestamp) -> Result<otp_service::Claims, ProofError> {
    proofs(&["k1"]).open(token, &signup(), at)
}

fn refusal(token: &str) -> Option<ProofError> {
    open(token, now()).err()
}

#[test]
fn a_proof_says_who_was_verified_how_when_and_why() {
    let found = open(&proof(), now()).expect("a good proof");
    assert_eq!((found.recipient(), found.channel()), (&phone(), Channel::Sms));
    assert_eq!((found.verified_at(), found.expires_at()), (now(), now() + PROOF_LIFE));
    assert_eq!((found.iss.as_str(), found.aud.as_str()), (ISSUER, AUDIENCE));
    assert_eq!((&found.namespace, &found.purpose), (&namespace(), &signup()));
    let other = open(&proof(), now()).expect("a good proof");
    assert_ne!(found.id(), other.id(), "every proof has an id of its own");
    assert_eq!(found.id().len(), 22, "128 bits");
}

#[test]
fn test_recipients_have_proofs_too() {
    let number = Recipient::from_canonical("+15555550100").expect("canonical, though of no numbering plan");
    let token = proofs(&["k1"]).sign(&signup(), &number, Channel::Sms, now()).expect("signed");
    assert_eq!(open(&token, now()).map(|claims| claims.sub), Ok(number));
}

#[test]
fn good_from_half_a_minute_before_until_ten_minutes_after() {
    let (token, moment) = (proof(), Duration::from_millis(1));
    for at in [now() - CLOCK_TOLERANCE, now(), now() + PROOF_LIFE - moment] {
        assert!(open(&token, at).is_ok(), "{at}");
    }
    assert_eq!(open(&token, now() - CLOCK_TOLERANCE - moment), Err(ProofError::NotYetValid));
    assert_eq!(open(&token, now() + PROOF_LIFE), Err(ProofError::Expired));
    for extreme in [i64::MIN, i64::MAX] {
        assert!(open(&token, Timestamp::from_millis(extreme)).is_err());
    }
}

#[test]
fn every_changed_character_counts() {
    let token = proof();
    for place in 0..token.len() {
        let is_a = token.as_bytes()[place] == b'A';
        for other in [if is_a { "B" } else { "A" }, "=", " ", ""] {
            let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
            assert!(refusal(&changed).is_some(), "character {place} is {other:?}");
        }
        assert!(refusal(&token[..place]).is_some(), "cut at {place}");
    }
    for around in [format!(" {token}"), format!("{token}\n"), format!("{token}."), format!(".{token}")] {
        assert!(refusal(&around).is_some(), "{around:?}");
    }
}

#[test]
fn what_the_header_says_is_compared_and_never_followed() {
    use ProofError::{Forged, Malformed, UnknownKey};
    let cases: [(Value, ProofError); 12] = [
        (json!({ "alg": "none" }), Forged),
        (json!({ "alg": "None" }), Forged),
        (json!({ "alg": "HS256" }), Forged),
        (json!({ "alg": "ES256" }), Forged),
        (json!({ "alg": "eddsa" }), Forged),
        (json!({ "typ": "at+jwt" }), Forged),
        (json!({ "kid": "k2" }), UnknownKey),
        (json!({ "kid": "" }), UnknownKey),
        (json!({ "kid": null }), Malformed),
        (json!({ "alg": null }), Malformed),
        (json!({ "crit": ["exp"] }), Malformed),
        (json!({ "jwk": { "kty": "OKP" } }), Malformed),
    ];
    for (members, expected) in cases {
        assert_eq!(
            refusal(&signed(&with(header(), members.clone()), &claims())),
            Some(expected),
            "{members}"
        );
    }
    let none =
        format!("{}.{}.", encode(r#"{"alg":"none","typ":"JWT","kid":"k1"}"#), encode(claims().to_string()));
    assert!(refusal(&none).is_some(), "no signature at all");
    let twice = r#"{"alg":"EdDSA","typ":"JWT","kid":"k1","kid":"k1"}"#;
    assert_eq!(refusal(&signed_text("k1", twice, &claims().to_string())), Some(Malformed));
}

#[test]
fn what_the_claims_say_is_exact() {
    use ProofError::{Malformed, WrongUse};
    assert_eq!(refusal(&signed(&header(), &claims())), None, "the pattern of what follows");
    let cases: [(Value, ProofError); 14] = [
        (json!({ "iss": "https://id.example/" }), WrongUse),
        (json!({ "aud": "tenant-1" }), WrongUse),
        (json!({ "aud": ["shop"] }), Malformed),
        (json!({ "namespace": "default" }), WrongUse),
        (json!({ "namespace": null }), Malformed),
        (json!({ "purpose": "login" }), WrongUse),
        (json!({ "purpose": "" }), Malformed),
        (json!({ "sub": "4155550123" }), Malformed),
        (json!({ "channel": "pigeon" }), Malformed),
        (json!({ "exp": null }), Malformed),
        (json!({ "exp": "1800000600" }), Malformed),
        (json!({ "exp": 1_800_000_600.5 }), Malformed),
        (json!({ "iat": null }), Malformed),
        (json!({ "jti": null }), Malformed),
    ];
    for (members, expected) in cases {
        assert_eq!(
            refusal(&signed(&header(), &with(claims(), members.clone()))),
            Some(expected),
            "{members}"
        );
    }
    let twice = claims().to_string().replacen('{', r#"{"sub":"+14155550124","#, 1);
    assert_eq!(refusal(&signed_text("k1", &header().to_string(), &twice)), Some(Malformed));
}

#[test]
fn what_is_no_token_is_malformed() {
    let long = "a.".repeat(100_000);
    for text in
        ["", ".", "..", "...", "a", "a.b", "a.b.c", "e30.e30.e30", "\u{1f511}.\u{1f511}.\u{1f511}", &long]
    {
        assert_eq!(refusal(text), Some(ProofError::Malformed), "{:?}", text.get(..9));
    }
}

#[test]
fn an_old_key_opens_until_it_is_removed() {
    let token = proof();
    let open = |ids: &[&str]| proofs(ids).open(&token, &signup(), now()).map(|claims| claims.sub);
    assert_eq!(open(&["k2", "k1"]), Ok(phone()));
    assert_eq!(open(&["k2"]), Err(ProofError::UnknownKey));
    let renamed = signed_text("k2", &header().to_string(), &claims().to_string());
    let opened = proofs(&["k1", "k2"]).open(&renamed, &signup(), now());
    assert_eq!(opened, Err(ProofError::Forged), "another key of the ring under the first one's id");
}

#[test]
fn the_namespace_is_the_audience_unless_another_is_given_and_always_counts() {
    let tenant = |name: &str| {
        otp_service::Proofs::new(&keyring(&["k1"]), ISSUER, Namespace::new(name).expect("a name"))
    };
    let token = tenant("a").sign(&name("verify"), &phone(), Channel::Sms, now()).expect("signed");
    let open = |proofs: otp_service::Proofs| proofs.open(&token, &name("verify"), now());
    assert_eq!(open(tenant("a")).map(|claims| claims.aud), Ok("a".to_owned()));
    assert_eq!(open(tenant("b")), Err(ProofError::WrongUse));
    assert_eq!(open(tenant("b").with_audience("a")), Err(ProofError::WrongUse));
    assert_eq!(open(tenant("a").with_audience("b")), Err(ProofError::WrongUse));
}
