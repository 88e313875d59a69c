//! Every request that the crate can make is one of Vonage's interface as its descriptions have it: method, path,
//! parameters, values.

use std::collections::BTreeSet;

use otp_core::{Channel, Recipient};
use otp_provider::testing::{Description, Recorded, Reply, Step, requests_made_in};
use otp_service::{FollowUp, Sender as _};
use otp_vonage::{SmsApi, WhatsAppContent, signature::SigningMethod};
use serde_json::{Value, json};

use crate::support::{APPLICATION, CODE, GOLDEN, SIGNATURE_SECRET, TEXT, Vonage, message, number};

/// The descriptions. The last is ours, for what the official extracts leave out.
pub(crate) const FILES: [&str; 5] =
    ["vonage-sms", "vonage-messages", "vonage-verify-v2", "vonage-number-insight", "vonage-documented"];

/// Every operation that is used, and what its description does not know although requests that Vonage's own libraries
/// made have it (`vonage-sms-signed-*.json`, `vonage-messages-sms-ttl.json`, `vonage-verify2-start.json`), or, for a
/// locale, <https://developer.vonage.com/en/verify/guides/verify-v2-languages>.
const OPERATIONS: [(&str, &str, &[&str]); 10] = [
    ("vonage-sms", "POST /sms/{format}", &["unknown timestamp"]),
    (
        "vonage-messages",
        "POST /v1/messages",
        &["unknown sms", "unknown ttl", "unknown webhook_url", "unknown webhook_version"],
    ),
    ("vonage-verify-v2", "POST /v2/verify", &["unknown code", "locale: \"zh-tw\" is none of its values"]),
    ("vonage-verify-v2", "POST /v2/verify/{request_id}", &[]),
    ("vonage-number-insight", "GET /ni/basic/{format}", &[]),
    ("vonage-documented", "GET /account/get-balance", &[]),
    ("vonage-documented", "GET /v1/calls", &[]),
    ("vonage-documented", "POST /v1/calls", &[]),
    ("vonage-documented", "POST /v2/verify/{request_id}/next_workflow", &[]),
    ("vonage-documented", "DELETE /v2/verify/{request_id}", &[]),
];

/// The same of WhatsApp messages, which the extract of the Messages API leaves out.
const WHATSAPP: (&str, &str, &[&str]) = ("vonage-documented", "POST /v1/messages", &[]);

/// How many requests each file of the crate makes. Whoever writes another one makes it below, too.
const MADE: [(&str, usize); 6] = [
    ("insight.rs", 1),
    ("messages.rs", 1),
    ("probe.rs", 2),
    ("sms.rs", 1),
    ("verify.rs", 4),
    ("voice.rs", 1),
];

const VERIFICATION: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";
const CALLBACK: &str = "https://otp.example.com/webhooks/vonage";
const LANGUAGES: [&str; 4] = ["en", "pt-BR", "zh-Hant", "tlh"];

#[test]
fn every_request_of_the_source_is_counted() {
    let made = requests_made_in(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    assert_eq!(made, MADE.map(|(file, count)| (file.to_owned(), count)));
}

#[tokio::test]
async fn every_request_is_described() {
    let rows: Vec<_> = OPERATIONS.into_iter().chain([WHATSAPP]).collect();
    let read = |file: &str| Description::read(format!("{GOLDEN}/{file}.json"));
    let descriptions: Vec<_> = rows.iter().map(|(file, ..)| read(file)).collect();
    let (mut used, mut too_new) = (BTreeSet::new(), BTreeSet::new());
    for request in requests().await {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let is_whatsapp = request.path() == "/v1/messages" && body["channel"] == "whatsapp";
        let fits = |at: &usize| {
            is_whatsapp == (rows[*at] == WHATSAPP)
                && descriptions[*at].operation(&request).as_deref() == Some(rows[*at].1)
        };
        let Some(at) = (0..rows.len()).find(fits) else {
            panic!("no description has {} {}", request.method, request.path());
        };
        for request in alone(request, &body) {
            let (known, wrong): (Vec<_>, Vec<_>) = descriptions[at]
                .violations(&request)
                .into_iter()
                .partition(|violation| rows[at].2.contains(&violation.as_str()));
            assert_eq!(wrong, [""; 0], "{}: {}", rows[at].1, String::from_utf8_lossy(&request.body));
            too_new.extend(known);
        }
        used.insert(at);
    }
    assert_eq!(used.len(), rows.len(), "{used:?}: every operation is used");
    let expected: BTreeSet<String> =
        rows.iter().flat_map(|(.., new)| *new).map(|new| (*new).to_owned()).collect();
    assert_eq!(too_new, expected, "what descriptions do not know is used");
}

/// A request for each step of a workflow: the description knows workflows of one channel only.
fn alone(request: Recorded, body: &Value) -> Vec<Recorded> {
    let Some(steps) = body["workflow"].as_array() else { return vec![request] };
    let one = |step: &Value| {
        let mut body = body.clone();
        body["workflow"] = json!([step]);
        let mut request = request.clone();
        request.body = body.to_string().into_bytes();
        request
    };
    steps.iter().map(one).collect()
}

/// Everything the crate does, with every option that a request shows.
async fn requests() -> Vec<Recorded> {
    let vonage = Vonage::start().await;
    let taken = json!({"messages": [{"status": "0", "message-id": "0A1"}], "status": 0});
    vonage.sms.always(Step::Reply(Reply::json(200, &taken.to_string())));
    let taken = json!({
        "message_uuid": APPLICATION, "uuid": APPLICATION, "request_id": VERIFICATION, "status": "completed",
    });
    vonage.api.always(Step::Reply(Reply::json(200, &taken.to_string())));
    texts(&vonage).await;
    whatsapp_and_calls(&vonage).await;
    verifications(&vonage).await;
    [vonage.sms.requests(), vonage.api.requests()].concat()
}

async fn texts(vonage: &Vonage) {
    let full = || vonage.config().callback(CALLBACK).unwrap();
    let signed = |method| full().signature_secret(SIGNATURE_SECRET).unwrap().sign_requests(method);
    let insight = vonage.config().insight(true);
    for config in [
        vonage.config().ttl(false).client_ref(false),
        full(),
        full().from("447700900001").unwrap(),
        signed(SigningMethod::Sha256),
        signed(SigningMethod::Sha512),
        vonage.config().ttl(false).client_ref(false).sms_api(SmsApi::Messages),
        full().sms_api(SmsApi::Messages),
        insight,
    ] {
        let sender = vonage.sender(config);
        let long = "Your code is 123456. ".repeat(20);
        for text in [TEXT, "Žluťoučký kůň 🐎 & + = %", &long] {
            sender.send(&message(Channel::Sms, text)).await.unwrap();
        }
    }
    let sender = vonage.sender(vonage.config());
    sender.insight(number().as_phone().unwrap()).await.unwrap_err();
    let probe = sender.probe().await;
    assert!(probe.account.is_ok() && probe.application.unwrap().is_ok());
}

async fn whatsapp_and_calls(vonage: &Vonage) {
    let template = || "verify_code".to_owned();
    for content in [
        WhatsAppContent::Text,
        WhatsAppContent::Authentication { template: template(), language: None },
        WhatsAppContent::Template { template: template(), language: Some("pt_BR".to_owned()) },
    ] {
        let config = vonage.config().whatsapp("447700900001", content).unwrap();
        for config in [config.clone().client_ref(false), config.callback(CALLBACK).unwrap()] {
            vonage.sender(config).send(&message(Channel::Whatsapp, TEXT)).await.unwrap();
        }
    }
    let from = vonage.config().voice_from("447700900001").unwrap();
    for config in [vonage.config(), from.callback(CALLBACK).unwrap()] {
        let sender = vonage.sender(config);
        for language in LANGUAGES {
            let mut message = message(Channel::Voice, "Your code: 1, 2, 3, 4, 5, 6");
            message.language = language.parse().unwrap();
            sender.send(&message).await.unwrap();
        }
    }
}

async fn verifications(vonage: &Vonage) {
    let full = vonage.config().whatsapp("447700900001", WhatsAppContent::Text).unwrap();
    let fallback = full.clone().fallback([Channel::Voice, Channel::Whatsapp]).unwrap();
    for config in [
        full.clone().client_ref(false).locale(false),
        fallback.brand("Acme").unwrap(),
        full.clone().own_code(true),
    ] {
        let verify = vonage.verify(config);
        for channel in [Channel::Sms, Channel::Voice, Channel::Whatsapp, Channel::Email] {
            for language in LANGUAGES {
                let mut message = message(channel, "unused");
                message.language = language.parse().unwrap();
                message.id = "0123456789abcdef0123456789abcdef.1".to_owned();
                if channel == Channel::Email {
                    message.to = Recipient::parse("name@example.com").unwrap();
                }
                verify.send(&message).await.unwrap();
            }
        }
    }
    let verify = vonage.verify(full.clone());
    verify.codes().unwrap().check(VERIFICATION, &number(), CODE).await.unwrap();
    assert!(verify.next(VERIFICATION).await.unwrap());
    verify.codes().unwrap().cancel(VERIFICATION).await.unwrap();
    vonage.verify(full.own_code(true)).follow_up(VERIFICATION, FollowUp::Verified).await.unwrap();
    // One that another process began is canceled, and another takes its place.
    let before = vonage.api.requests().len();
    vonage.api_answers(409, &json!({"title": "Conflict", "request_id": APPLICATION}));
    verify.send(&message(Channel::Sms, "unused")).await.unwrap();
    assert_eq!(vonage.api.requests().len() - before, 3);
}
