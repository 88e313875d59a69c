//! Every request that the crate can make is one of Twilio's interface as its descriptions have it: method, path,
//! parameters, values.

use std::collections::BTreeMap;

use otp_core::Channel;
use otp_provider::testing::{Description, Recorded, Reply, Server, Step, requests_made_in};
use otp_service::{CodeProvider as _, FollowUp, Sender as _};
use otp_twilio::{Account, TwilioSender};

use crate::support::*;

/// The descriptions. The last is ours, for what the official extracts leave out.
pub(crate) const FILES: [&str; 4] =
    ["twilio-messages", "twilio-verify", "twilio-lookups", "twilio-documented"];

/// Every operation that is used.
const OPERATIONS: [(&str, &str); 14] = [
    ("twilio-messages", "POST /2010-04-01/Accounts/{AccountSid}/Messages.json"),
    ("twilio-messages", "GET /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"),
    ("twilio-messages", "POST /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"),
    ("twilio-verify", "POST /v2/Services/{ServiceSid}/Verifications"),
    ("twilio-verify", "POST /v2/Services/{ServiceSid}/Verifications/{Sid}"),
    ("twilio-verify", "POST /v2/Services/{ServiceSid}/VerificationCheck"),
    ("twilio-lookups", "GET /v2/PhoneNumbers/{PhoneNumber}"),
    ("twilio-documented", "GET /2010-04-01/Accounts/{AccountSid}.json"),
    ("twilio-documented", "GET /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json"),
    ("twilio-documented", "POST /2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Feedback.json"),
    ("twilio-documented", "POST /2010-04-01/Accounts/{AccountSid}/Calls.json"),
    ("twilio-documented", "GET /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json"),
    ("twilio-documented", "POST /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json"),
    ("twilio-documented", "GET /v2/Services/{Sid}"),
];

/// How many requests each file of the crate makes. Whoever writes another one makes it below, too.
const MADE: [(&str, usize); 5] =
    [("lookup.rs", 1), ("probe.rs", 2), ("sender.rs", 5), ("verify.rs", 4), ("voice.rs", 1)];

const SERVICE_OF_MESSAGES: &str = "MG00000000000000000000000000000001";
const CALL: &str = "CA00000000000000000000000000000001";

#[test]
fn every_request_of_the_source_is_counted() {
    let made = requests_made_in(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    assert_eq!(made, MADE.map(|(file, count)| (file.to_owned(), count)));
}

#[tokio::test]
async fn every_request_is_described() {
    let descriptions =
        FILES.map(|file| (file, Description::read(golden_folder().join(format!("{file}.json")))));
    let mut used: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for request in requests().await {
        let described = descriptions
            .iter()
            .find_map(|(file, description)| Some((*file, description, description.operation(&request)?)));
        let Some((file, description, operation)) = described else {
            panic!("no description has {} {}", request.method, request.path());
        };
        assert_eq!(
            description.violations(&request),
            [""; 0],
            "{operation}: {}",
            String::from_utf8_lossy(&request.body)
        );
        *used.entry((file, operation)).or_default() += 1;
    }
    let mut expected: Vec<_> = OPERATIONS.map(|(file, operation)| (file, operation.to_owned())).into();
    expected.sort();
    assert_eq!(used.into_keys().collect::<Vec<_>>(), expected);
}

/// Everything the crate does, with every option that a request shows.
async fn requests() -> Vec<Recorded> {
    let server = Server::start().await;
    server.always(taken());
    messages(&server).await;
    calls_and_probes(&server).await;
    verifications(&server).await;
    server.requests()
}

async fn messages(server: &Server) {
    let full = sender(server)
        .messaging_service(SERVICE_OF_MESSAGES)
        .status_callback("https://otp.example.com/webhooks/twilio")
        .smart_encoding(true)
        .feedback(true)
        .redaction(true)
        .lookup(true)
        .whatsapp(FROM);
    let template = "HX00000000000000000000000000000001";
    let by_template =
        sender(server).whatsapp(SERVICE_OF_MESSAGES).whatsapp_template(template).build().unwrap();
    let (full, bare) = (full.build().unwrap(), sender(server).validity_period(false).build().unwrap());
    for language in ["en", "ar", "zh-Hant"] {
        // What Lookup is answered here, it takes for nothing.
        full.send(&message(Channel::Sms, language, "Your code is 123456")).await.unwrap();
        bare.send(&message(Channel::Sms, language, "Žluťoučký kůň")).await.unwrap();
        full.send(&message(Channel::Whatsapp, language, "Your code is 123456")).await.unwrap();
        by_template.send(&message(Channel::Whatsapp, language, "Your code is 123456")).await.unwrap();
    }
    full.follow_up(MESSAGE, FollowUp::Verified).await.unwrap();
    full.follow_up(MESSAGE, FollowUp::Delivered).await.unwrap();
    full.report(MESSAGE).await.unwrap();
    full.withdraw(MESSAGE).await.unwrap();
}

async fn calls_and_probes(server: &Server) {
    let calls = sender(server).voice(FROM).status_callback("https://otp.example.com/webhooks/twilio");
    let calls = calls.build().unwrap();
    for language in ["en", "ja", "tlh"] {
        calls.send(&message(Channel::Voice, language, "Your code: 1, 2, 3, 4, 5, 6")).await.unwrap();
    }
    calls.report(CALL).await.unwrap();
    calls.withdraw(CALL).await.unwrap();
    calls.probe().await.unwrap();
    let keyed = Account::with_api_key(ACCOUNT, "SK00000000000000000000000000000001", "secret").unwrap();
    let keyed = TwilioSender::builder(client(), keyed).base_url(server.base()).from(FROM).build().unwrap();
    keyed.probe().await.unwrap();
}

async fn verifications(server: &Server) {
    let begun = |sid: &str, attempts: &str| {
        let body = format!(
            r#"{{"sid": "{sid}", "status": "pending", "valid": false, "send_code_attempts": {attempts}}}"#
        );
        Step::Reply(Reply::json(201, &body))
    };
    server.always(begun(VERIFICATION, "[{}]"));
    let channels = [Channel::Sms, Channel::Voice, Channel::Whatsapp, Channel::Email];
    let verify = verify(server).channels(channels).build().unwrap();
    for channel in channels {
        for language in ["en", "pt-BR", "zh-Hant", "tlh"] {
            verify.send(&message(channel, language, "")).await.unwrap();
        }
    }
    let own = crate::support::verify(server).custom_code(true).app_hash("FA+9qCX9VSu").build().unwrap();
    own.send(&text()).await.unwrap();
    own.follow_up(VERIFICATION, FollowUp::Verified).await.unwrap();
    verify.check(VERIFICATION, &to(), CODE).await.unwrap();
    verify.cancel(VERIFICATION).await.unwrap();
    verify.probe().await.unwrap();
    // One that another process began is canceled, and another takes its place.
    let before = server.requests().len();
    server.then(begun("VE00000000000000000000000000000002", "[{}, {}]"));
    server.then(begun("VE00000000000000000000000000000002", "[{}, {}]"));
    server.then(begun("VE00000000000000000000000000000003", "[{}]"));
    verify.send(&text()).await.unwrap();
    assert_eq!(server.requests().len() - before, 3);
}
