//! Every request that an official library put on the wire is ours, too.

use std::fs;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use otp_core::{Channel, Timestamp};
use otp_provider::testing::{Golden, Recorded, Step};
use otp_service::{Message, Sender as _};
use otp_vonage::{
    SmsApi, VonageConfig,
    signature::{SigningMethod, to_sign},
};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use crate::{
    support::{APPLICATION, CODE, GOLDEN, SIGNATURE_SECRET, TEXT, Vonage, account, message, number, string},
    vectors::legacy_signature,
};

const VERIFICATION: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";
const CALLBACK: &str = "https://otp.example.com/hooks/vonage";

pub(crate) const FILES: &[&str] = &[
    "vonage-messages-sms-jwt",
    "vonage-messages-sms-ttl",
    "vonage-number-insight-basic",
    "vonage-sms-basic",
    "vonage-sms-signed-md5hash",
    "vonage-sms-signed-md5hmac",
    "vonage-sms-signed-sha1hmac",
    "vonage-sms-signed-sha256hmac",
    "vonage-sms-signed-sha512hmac",
    "vonage-sms-unicode",
    "vonage-verify2-cancel",
    "vonage-verify2-check",
    "vonage-verify2-next",
    "vonage-verify2-start",
];

/// Does what the recorded library did.
async fn perform(name: &str, vonage: &Vonage) {
    // The recorded calls left out what was not asked for.
    let bare = vonage.config().ttl(false).client_ref(false);
    let signed = |method| {
        let config = bare.clone().signature_secret(SIGNATURE_SECRET).unwrap();
        (config.sign_requests(method), message(Channel::Sms, "a=b&c 123456"))
    };
    let (config, message): (VonageConfig, Message) = match name {
        "vonage-messages-sms-jwt" => {
            (bare.client_ref(true).sms_api(SmsApi::Messages), message(Channel::Sms, TEXT))
        }
        "vonage-messages-sms-ttl" => (
            bare.ttl(true).sms_api(SmsApi::Messages).callback(CALLBACK).unwrap(),
            message(Channel::Sms, "Žluťoučký kůň"),
        ),
        "vonage-sms-basic" => (bare, message(Channel::Sms, TEXT)),
        "vonage-sms-unicode" => {
            (vonage.config().callback(CALLBACK).unwrap(), message(Channel::Sms, "Žluťoučký kůň 🐎 & + = %"))
        }
        "vonage-sms-signed-sha512hmac" => signed(SigningMethod::Sha512),
        // Weak methods are not for sale: the fields are the same, and the signature is recomputed below.
        _ if name.starts_with("vonage-sms-signed-") => signed(SigningMethod::Sha256),
        "vonage-number-insight-basic" => {
            let number = number();
            let insight = vonage.sender(bare).insight(number.as_phone().unwrap()).await.unwrap();
            assert_eq!(insight.country.as_deref(), Some("GB"));
            return;
        }
        _ => return verify(name, vonage).await,
    };
    let receipt = vonage.sender(config).send(&message).await.unwrap();
    assert!(receipt.reference.is_some());
}

async fn verify(name: &str, vonage: &Vonage) {
    let verify = vonage.verify(vonage.config());
    let codes = verify.codes().unwrap();
    match name {
        "vonage-verify2-start" => {
            let verify = vonage.verify(vonage.config().own_code(true).locale(false));
            let receipt = verify.send(&message(Channel::Sms, "unused")).await.unwrap();
            assert_eq!(receipt.reference.as_deref(), Some(VERIFICATION));
        }
        "vonage-verify2-check" => {
            let verdict = codes.check(VERIFICATION, &number(), CODE).await.unwrap();
            assert_eq!(verdict, otp_core::Verdict::Right);
        }
        "vonage-verify2-next" => assert!(verify.next(VERIFICATION).await.unwrap()),
        "vonage-verify2-cancel" => codes.cancel(VERIFICATION).await.unwrap(),
        other => panic!("nobody performs {other}"),
    }
}

#[tokio::test]
async fn requests_are_those_of_the_libraries() {
    for name in FILES {
        let golden = Golden::read(format!("{GOLDEN}/{name}.json"));
        let document = golden.document();
        let vonage = Vonage::start().await;
        if let Some(timestamp) = recorded_field(document, "timestamp") {
            vonage.clock.set(Timestamp::from_millis(timestamp.parse::<i64>().unwrap() * 1_000));
        }
        vonage.sms.always(Step::Reply(golden.reply()));
        vonage.api.always(Step::Reply(golden.reply()));
        perform(name, &vonage).await;

        let (called, other) = match string(&document["request"]["origin"]) {
            "https://rest.nexmo.com" => (&vonage.sms, &vonage.api),
            "https://api.nexmo.com" => (&vonage.api, &vonage.sms),
            origin => panic!("{name}: {origin}"),
        };
        assert!(other.requests().is_empty(), "{name}: the wrong base");
        let requests = called.requests();
        let [ours] = &*requests else { panic!("{name}: {} requests", requests.len()) };

        let mut skipped = Vec::new();
        if document["jwt"].is_object() {
            verify_token(ours, document, name);
            skipped.push("authorization");
        }
        let method = string(&document["signature"]["method"]);
        if matches!(method, "md5hash" | "md5hmac" | "sha1hmac") {
            let fields = ours.form();
            let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let sig = legacy_signature(method, SIGNATURE_SECRET, &to_sign(fields));
            assert_eq!(Some(sig), recorded_field(document, "sig"), "{name}");
            skipped.push("sig");
        }
        assert_eq!(golden.differences(ours, &skipped), [""; 0], "{name}");
    }
}

fn recorded_field(document: &Value, field: &str) -> Option<String> {
    let fields = document["request"]["body_form"].as_array()?;
    fields.iter().find(|pair| pair[0] == field).map(|pair| string(&pair[1]).to_owned())
}

/// What the file's `jwt` says of a token: header, claims, and the signature under the public key.
fn verify_token(ours: &Recorded, document: &Value, name: &str) {
    let token = ours.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = &*parts else { panic!("{name}: {} parts", parts.len()) };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();

    let pem = fs::read_to_string(format!("{GOLDEN}/test-only-rsa-public.pem")).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    // Behind the algorithm (24 bytes for 2,048 bits) lies the key alone, as ring takes it.
    let key = STANDARD.decode(base64).unwrap().split_off(24);
    let signed = format!("{header}.{claims}");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap_or_else(|_| panic!("{name}: the signature"));

    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!(header, document["jwt"]["header"], "{name}");
    let claims: Value = serde_json::from_slice(&decode(claims)).unwrap();
    let example = document["jwt"]["claims_example"].as_object().unwrap();
    assert_eq!(
        claims.as_object().unwrap().keys().collect::<Vec<_>>(),
        example.keys().collect::<Vec<_>>(),
        "{name}"
    );
    assert_eq!(claims["application_id"], APPLICATION);
    assert_eq!(claims["application_id"], document["jwt"]["rules"]["application_id"]);
    assert_eq!((&claims["iat"], &claims["exp"]), (&example["iat"], &example["exp"]), "{name}");
    let is_uuid = string(&claims["jti"]).len() == 36 && claims["jti"] != example["jti"];
    assert!(is_uuid, "{name}: {}", claims["jti"]);
}

#[tokio::test]
async fn no_two_requests_share_a_token() {
    let vonage = Vonage::start().await;
    let verify = vonage.verify(vonage.config());
    for _ in 0..2 {
        assert!(!verify.next(VERIFICATION).await.unwrap());
    }
    let requests = vonage.api.requests();
    assert_ne!(requests[0].header("authorization"), requests[1].header("authorization"));
}

#[test]
fn the_bases_are_vonages() {
    let shown = format!("{:?}", account());
    assert!(shown.contains("rest.nexmo.com") && shown.contains("api.nexmo.com"), "{shown}");
    crate::support::assert_clean(&shown, "a configuration");
}
