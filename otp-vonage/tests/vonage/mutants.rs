//! Good callbacks with one thing changed, in every place: none is believed.

use otp_core::Timestamp;
use otp_service::{WebhookError, WebhookReader as _};

use crate::{
    support::{NOW, Posted},
    webhook::{bearer, encoded, signed, webhook},
};

const STATUS: &str = r#"{"message_uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab","to":"447700900000","from":"AcmeInc","timestamp":"2020-01-01T14:00:00.000Z","channel":"sms","status":"delivered","client_ref":"chal-1"}"#;

/// Every text that differs from this one by a bit, a lost byte, a doubled byte, two swapped bytes, or a cut.
fn mutants(text: &[u8]) -> Vec<Vec<u8>> {
    let mut mutants = Vec::new();
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut mutant = text.to_vec();
            mutant[at] ^= 1 << bit;
            mutants.push(mutant);
        }
        mutants.push([&text[..at], &text[at + 1..]].concat());
        mutants.push([&text[..at], &text[at..=at], &text[at..]].concat());
        mutants.push(text[..at].to_vec());
        if at > 0 {
            let mut mutant = text.to_vec();
            mutant.swap(at - 1, at);
            mutants.push(mutant);
        }
    }
    mutants.retain(|mutant| mutant != text);
    mutants
}

/// The mutants of the parts that are signed.
fn mutants_of(request: &Posted) -> Vec<Posted> {
    let mut all = Vec::new();
    if request.method == "GET" {
        let (path, query) = request.target.split_once('?').unwrap();
        // A target that is not UTF-8 never reaches a reader.
        let queries = mutants(query.as_bytes()).into_iter().filter_map(|query| String::from_utf8(query).ok());
        all.extend(queries.map(|query| Posted { target: format!("{path}?{query}"), ..request.clone() }));
    } else {
        all.extend(mutants(&request.body).into_iter().map(|body| Posted { body, ..request.clone() }));
    }
    if let Some((name, value)) = request.headers.first() {
        let values = mutants(value.as_bytes()).into_iter().filter_map(|value| String::from_utf8(value).ok());
        all.extend(values.map(|value| Posted { headers: vec![(name.clone(), value)], ..request.clone() }));
    }
    all
}

#[test]
fn no_mutant_is_believed() {
    let now = (NOW / 1_000).to_string();
    let fields = signed(&[
        ("msisdn", "447700900000"),
        ("to", "AcmeInc"),
        ("network-code", "12345"),
        ("messageId", "0A0000001234567B"),
        ("price", "0.03330000"),
        ("status", "delivered"),
        ("scts", "2001011400"),
        ("err-code", "0"),
        ("api-key", "abcd1234"),
        ("client-ref", "chal-1"),
        ("message-timestamp", "2020-01-01 12:00:00"),
        ("timestamp", &now),
        ("nonce", "ec11dd3e-1e7f-4db5-9467-82b02cd223b9"),
    ]);
    let object = |fields: &[(String, String)]| {
        let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name:?}:{value:?}")).collect();
        format!("{{{}}}", pairs.join(","))
    };
    let unsigned = &fields[..fields.len() - 1];
    let receipt = encoded(unsigned);
    let originals = [
        ("a message status with a token", Posted::post(STATUS).authorized(&bearer(STATUS))),
        ("a posted receipt with a token", Posted::post(receipt.as_str()).authorized(&bearer(&receipt))),
        ("a receipt by GET with a token", Posted::get(&receipt).authorized(&bearer(&object(unsigned)))),
        ("a receipt by GET with a signature", Posted::get(&encoded(&fields))),
        ("a posted receipt with a signature", Posted::post(encoded(&fields))),
        ("a receipt as JSON with a signature", Posted::post(object(&fields))),
    ];

    let webhook = webhook();
    let mut tried = 0;
    for (what, original) in &originals {
        let now = Timestamp::from_millis(NOW);
        assert!(webhook.read(&original.request(), now).is_ok(), "{what}");
        for mutant in mutants_of(original) {
            tried += 1;
            let read = webhook.read(&mutant.request(), now);
            assert_eq!(read, Err(WebhookError::Unauthentic), "{what}: {mutant:?}");
        }
    }
    println!("{tried} mutants, 0 believed");
    assert!(tried > 20_000, "{tried}");
}
