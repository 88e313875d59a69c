//! Everything derived from secret keys, against an implementation that shares no code with this one.
//!
//! `data/derivation_vectors.json` is written by `scripts/derivation_vectors.py`.

use otp_core::{
    Alphabet, ChallengeKey, CodeFormat, CodeInputs, KeyId, Keyring, Namespace, Purpose, Recipient, ReplyKey,
    SessionToken, Submitted,
};
use serde_json::Value;

#[test]
fn codes() {
    let (vectors, keyring) = (vectors(), keyring());
    let cases = list(&vectors, "codes");
    assert_eq!(cases.len(), 50);
    let rejecting = cases.iter().filter(|case| case["rejected_words"] == 1).count();
    assert_eq!(rejecting, 2, "seeds whose first word would favour low codes");

    for case in cases {
        let recipient = recipient(case);
        assert_eq!(recipient.as_str(), text(case, "recipient"), "canonical form of {}", case["typed"]);
        let token = SessionToken::from_random(bytes(case, "token"));
        assert_eq!(token.challenge_key().as_bytes(), &bytes(case, "challenge"), "{case}");

        let length = u8::try_from(number(case, "length")).expect("a length is a byte");
        let generation = u32::try_from(number(case, "generation")).expect("a generation is a u32");
        let context = case["context"].as_str().map(unhex);
        let inputs = CodeInputs {
            namespace: &namespace(case),
            purpose: &purpose(case),
            challenge: &token.challenge_key(),
            generation: generation.to_be_bytes(),
            channel: text(case, "channel").parse().expect("a channel"),
            recipient: &recipient,
            context: context.as_deref().unwrap_or_default(),
            digits: [length],
            format: CodeFormat::new(length, alphabet(case)).expect("4 to 10"),
            seed: &bytes(case, "seed"),
        };
        let code = keyring.code(&key_id(case, "key"), &inputs).expect("the key is in the ring");
        assert_eq!(code.expose(), text(case, "code"), "{case}");
        assert!(code.matches(&Submitted::parse(text(case, "code"))), "{case}");
    }
}

#[test]
fn codes_of_neighbouring_cells_differ() {
    let vectors = vectors();
    let codes: std::collections::HashSet<_> =
        list(&vectors, "codes").iter().map(|case| text(case, "code")).collect();
    assert_eq!(codes.len(), list(&vectors, "codes").len(), "every vector has another code");
}

#[test]
fn ledger_keys_and_token_less_challenge_keys() {
    let (vectors, keyring) = (vectors(), keyring());
    let cases = list(&vectors, "addresses");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let (namespace, purpose, recipient) = (namespace(case), purpose(case), recipient(case));
        let ledgers = keyring.ledger_keys(&namespace, &purpose, &recipient);
        let challenges = keyring.challenge_keys(&namespace, &purpose, &recipient);
        assert_eq!(
            ledgers.iter().map(|key| key.as_bytes().to_vec()).collect::<Vec<_>>(),
            hexes(case, "ledgers")
        );
        assert_eq!(
            challenges.iter().map(|key| key.as_bytes().to_vec()).collect::<Vec<_>>(),
            hexes(case, "challenges"),
        );
    }
}

#[test]
fn session_tokens() {
    let vectors = vectors();
    let cases = list(&vectors, "tokens");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let key = ChallengeKey::from_bytes(bytes(case, "challenge"));
        assert_eq!(SessionToken::from_random(bytes(case, "random")).challenge_key(), key, "{case}");
        let read = SessionToken::parse(text(case, "random")).expect("40 hexadecimal digits");
        assert_eq!((read.challenge_key(), read.expose().as_str()), (key, text(case, "random")), "{case}");
    }
}

#[test]
fn replies_and_their_session_tokens() {
    let (vectors, keyring) = (vectors(), keyring());
    let cases = list(&vectors, "replies");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let found = keyring.reply_key(
            &namespace(case),
            text(case, "call"),
            &recipient(case),
            text(case, "idempotency_key"),
        );
        assert_eq!(found, ReplyKey::from_bytes(bytes(case, "reply")), "{case}");
        let seed = bytes(case, "seed");
        let tokens: Vec<_> = keyring
            .ids()
            .map(|id| keyring.session_token(id, &found, &seed).expect("the key is in the ring").expose())
            .map(|token| unhex(&token))
            .collect();
        assert_eq!(tokens, hexes(case, "tokens"), "{case}");
    }
}

#[test]
fn meters() {
    let (vectors, keyring) = (vectors(), keyring());
    let cases = list(&vectors, "meters");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let found = keyring.meter_key(&namespace(case), text(case, "kind"), text(case, "subject"));
        assert_eq!(found.as_bytes(), &bytes(case, "meter"), "{case}");
    }
}

#[test]
fn proof_seeds() {
    let (vectors, keyring) = (vectors(), keyring());
    let expected: Vec<_> =
        list(&vectors, "proofs").iter().map(|case| (key_id(case, "id"), bytes(case, "seed"))).collect();
    let found: Vec<_> = keyring.proof_seeds().map(|(id, seed)| (id.clone(), *seed)).collect();
    assert_eq!(found.len(), 3);
    assert!(found == expected, "seeds differ; they are not shown");
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/derivation_vectors.json")).expect("the committed file is JSON")
}

fn keyring() -> Keyring {
    let vectors = vectors();
    let secrets = list(&vectors, "keys").iter().map(|key| (key_id(key, "id"), unhex(text(key, "secret"))));
    Keyring::new(secrets).expect("three good keys")
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("no list \"{field}\""))
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_else(|| panic!("no text \"{field}\": {case}"))
}

fn number(case: &Value, field: &str) -> u64 {
    case[field].as_u64().unwrap_or_else(|| panic!("no number \"{field}\": {case}"))
}

fn bytes<const N: usize>(case: &Value, field: &str) -> [u8; N] {
    unhex(text(case, field)).try_into().unwrap_or_else(|_| panic!("\"{field}\" is not {N} bytes: {case}"))
}

fn hexes(case: &Value, field: &str) -> Vec<Vec<u8>> {
    list(case, field).iter().map(|value| unhex(value.as_str().expect("a text"))).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}

fn namespace(case: &Value) -> Namespace {
    Namespace::new(text(case, "namespace")).expect("a name")
}

fn purpose(case: &Value) -> Purpose {
    Purpose::new(text(case, "purpose")).expect("a name")
}

fn recipient(case: &Value) -> Recipient {
    Recipient::parse(text(case, "typed")).expect("a recipient")
}

fn key_id(case: &Value, field: &str) -> KeyId {
    text(case, field).parse().expect("a key id")
}

fn alphabet(case: &Value) -> Alphabet {
    let name = text(case, "alphabet");
    Alphabet::ALL.into_iter().find(|alphabet| alphabet.as_str() == name).expect("an alphabet")
}
