//! Signatures: the vectors, callbacks signed here, and thousands that nobody signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use form_urlencoded::Serializer;
use otp_core::{FailureClass, Timestamp};
use otp_service::{DeliveryReport, ReportState, Reports, WebhookError, WebhookReader as _, WebhookRequest};
use otp_twilio::TwilioWebhook;
use ring::hmac;
use serde_json::Value;

use crate::support::*;

const PUBLIC: &str = "https://otp.example.com";
const PATH: &str = "/hooks/twilio";

pub(crate) fn webhook() -> TwilioWebhook {
    TwilioWebhook::new(ACCOUNT, TOKEN, PUBLIC).unwrap()
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

/// A callback with these pairs, signed as Twilio does.
pub(crate) fn posted<T>(pairs: &[(&str, &str)], read: impl FnOnce(&WebhookRequest<'_>) -> T) -> T {
    let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mut sorted = pairs.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let signed: String = sorted.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let headers = [(HEADER.to_owned(), sign(TOKEN, &format!("{PUBLIC}{PATH}{signed}")))];
    read(&request(PATH, &headers, body.as_bytes()))
}

const HEADER: &str = "x-twilio-signature";

fn sign(token: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

fn request<'a>(path: &'a str, headers: &'a [(String, String)], body: &'a [u8]) -> WebhookRequest<'a> {
    WebhookRequest { method: "POST", path_and_query: path, host: Some("otp.example.com"), headers, body }
}

fn read(path: &str, signature: &str, body: &[u8]) -> Result<Reports, WebhookError> {
    let headers = [(HEADER.to_owned(), signature.to_owned())];
    webhook().read(&request(path, &headers, body), now())
}

fn field<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_default()
}

/// Whether a vector's callback is believed when it arrives at this address.
fn is_believed(case: &Value, url: &str) -> bool {
    let place = url.find("://").unwrap() + 3;
    let path = url[place..].find('/').map_or(url.len(), |path| place + path);
    let mut webhook = TwilioWebhook::new(ACCOUNT, field(case, "auth_token"), &url[..path]).unwrap();
    let mut headers = vec![(HEADER.to_owned(), field(case, "signature").to_owned())];
    if case["algorithm"] == "HMAC_SHA256" {
        webhook = webhook.shared_key("KEY1", field(case, "auth_token"));
        let settings = "key=KEY1,algorithm=HMAC_SHA256".to_owned();
        headers.push(("x-twilio-webhooks-signature-settings".to_owned(), settings));
    }
    webhook.is_authentic(&request(&url[path..], &headers, field(case, "body").as_bytes()))
}

#[test]
fn every_vector_is_judged_as_it_says() {
    let document = golden_document("twilio-signature-vectors.json");
    let cases = document["cases"].as_array().unwrap();
    let mut judged = 0;
    for case in cases {
        let others = case["also_valid_for_url"].as_array().into_iter().flatten();
        for url in others.map(|url| url.as_str().unwrap()).chain([field(case, "url")]) {
            assert_eq!(is_believed(case, url), case["valid"].as_bool().unwrap(), "{}: {url}", case["name"]);
            judged += 1;
        }
    }
    assert_eq!((cases.len(), judged), (26, 29));
}

#[test]
fn a_shared_key_counts_only_where_it_is_named() {
    let document = golden_document("twilio-signature-vectors.json");
    let case = document["cases"].as_array().unwrap().iter().find(|case| case["algorithm"] == "HMAC_SHA256");
    let case = case.unwrap();
    let settings = "x-twilio-webhooks-signature-settings";
    for (named, is_believed) in [
        ("key=KEY1,algorithm=HMAC_SHA256", true),
        ("algorithm=HMAC_SHA256, key=KEY1", true),
        ("key=KEY2,algorithm=HMAC_SHA256", false),
        ("key=KEY1,algorithm=HMAC_SHA1", false),
        ("key=KEY1", false),
        ("", false),
    ] {
        let webhook = webhook().shared_key("KEY1", field(case, "auth_token"));
        let headers = [
            (HEADER.to_owned(), field(case, "signature").to_owned()),
            (settings.to_owned(), named.to_owned()),
        ];
        let request = request(PATH, &headers, field(case, "body").as_bytes());
        assert_eq!(webhook.is_authentic(&request), is_believed, "{named}");
    }
}

#[test]
fn states() {
    use FailureClass::{Blocked, Route};
    use ReportState::{Delivered, Failed, Progress};
    let message = [("AccountSid", ACCOUNT), ("MessageSid", MESSAGE)];
    let call = [("AccountSid", ACCOUNT), ("CallSid", "CA00000000000000000000000000000001")];
    for (sid, pair, code, state) in [
        (message, ("MessageStatus", "queued"), "", Progress),
        (message, ("MessageStatus", "sending"), "", Progress),
        (message, ("MessageStatus", "sent"), "", Progress),
        (message, ("MessageStatus", "something new"), "", Progress),
        (message, ("MessageStatus", "delivered"), "0", Delivered),
        (message, ("MessageStatus", "read"), "", Delivered),
        (message, ("SmsStatus", "delivered"), "", Delivered),
        (message, ("MessageStatus", "undelivered"), "30004", Failed(Blocked)),
        (message, ("MessageStatus", "sent"), "30006", Progress),
        (message, ("MessageStatus", "failed"), "", Failed(Route)),
        (message, ("MessageStatus", "failed"), "99999", Failed(Route)),
        (call, ("CallStatus", "ringing"), "", Progress),
        (call, ("CallStatus", "in-progress"), "", Progress),
        (call, ("CallStatus", "completed"), "", Delivered),
        (call, ("CallStatus", "busy"), "", Failed(Route)),
        (call, ("CallStatus", "no-answer"), "", Failed(Route)),
        (call, ("CallStatus", "failed"), "", Failed(Route)),
    ] {
        let pairs = [sid[0], sid[1], pair, ("ErrorCode", code)];
        let reports = posted(&pairs, |request| webhook().read(request, now())).unwrap();
        let expected = DeliveryReport {
            sender: "twilio".to_owned(),
            reference: sid[1].1.to_owned(),
            state,
            code: Some(code.to_owned()).filter(|code| code.len() > 1),
            other_channel: None,
        };
        assert_eq!(reports, Reports { reports: vec![expected], once: None }, "{pair:?}");
    }
}

#[test]
fn signed_and_not_for_us() {
    use WebhookError::{Malformed, Unauthentic};
    let account = ("AccountSid", ACCOUNT);
    let sid = ("MessageSid", MESSAGE);
    let status = ("MessageStatus", "delivered");
    for (pairs, error) in [
        (vec![("AccountSid", "AC00000000000000000000000000000002"), sid, status], Unauthentic),
        (vec![account, sid], Malformed),
        (vec![account, status], Malformed),
        (vec![account, ("MessageSid", "SM/../1"), status], Malformed),
        (vec![account, ("MessageSid", "XX00000000000000000000000000000001"), status], Malformed),
        (vec![account, sid, status, ("MessageStatus", "failed")], Malformed),
        (vec![account, sid, status, ("ErrorCode", "many")], Malformed),
    ] {
        let read = posted(&pairs, |request| webhook().read(request, now()));
        assert_eq!(read, Err(error), "{pairs:?}");
    }
}

/// The signature is the account's; what names an account must name this one.
#[test]
fn a_callback_may_leave_the_account_out() {
    let pairs = [("MessageSid", MESSAGE), ("MessageStatus", "delivered")];
    let reports = posted(&pairs, |request| webhook().read(request, now())).unwrap().reports;
    assert_eq!((reports[0].reference.as_str(), reports[0].state), (MESSAGE, ReportState::Delivered));
    for account in ["", "AC00000000000000000000000000000002", "ac00000000000000000000000000000001"] {
        let pairs = [("AccountSid", account), pairs[0], pairs[1]];
        let read = posted(&pairs, |request| webhook().read(request, now()));
        assert_eq!(read, Err(WebhookError::Unauthentic), "{account}");
    }
}

#[test]
fn a_callback_by_get_says_it_in_the_query() {
    let path = format!("{PATH}?AccountSid={ACCOUNT}&MessageSid={MESSAGE}&MessageStatus=delivered");
    let headers = [(HEADER.to_owned(), sign(TOKEN, &format!("{PUBLIC}{path}")))];
    let get = WebhookRequest { method: "GET", ..request(&path, &headers, b"") };
    assert_eq!(webhook().read(&get, now()).unwrap().reports[0].state, ReportState::Delivered);
    // By POST a query says nothing, not even one that is signed.
    assert_eq!(webhook().read(&request(&path, &headers, b""), now()), Err(WebhookError::Malformed));
    // And a body by GET is not what was signed.
    let body = b"MessageSid=SM00000000000000000000000000000002&MessageStatus=failed";
    let get = WebhookRequest { method: "GET", ..request(&path, &headers, body) };
    assert_eq!(webhook().read(&get, now()), Err(WebhookError::Unauthentic));
}

#[test]
fn two_signatures_are_none() {
    let pairs = [("AccountSid", ACCOUNT), ("MessageSid", MESSAGE), ("MessageStatus", "delivered")];
    let read = posted(&pairs, |request| {
        let mut headers = request.headers.to_vec();
        headers.push(headers[0].clone());
        webhook().read(&WebhookRequest { headers: &headers, ..*request }, now())
    });
    assert_eq!(read, Err(WebhookError::Unauthentic));
}

#[test]
fn an_old_token_counts_while_it_is_given() {
    let pairs = [("AccountSid", ACCOUNT), ("MessageSid", MESSAGE), ("MessageStatus", "delivered")];
    let moved = TwilioWebhook::new(ACCOUNT, "the next token", PUBLIC).unwrap();
    assert!(!posted(&pairs, |request| moved.is_authentic(request)));
    assert!(posted(&pairs, |request| moved.clone().token(TOKEN).is_authentic(request)));
}

#[test]
fn no_mutant_is_believed() {
    let document = golden_document("twilio-signature-vectors.json");
    let (mut tried, mut same) = (0, 0);
    for case in document["cases"].as_array().unwrap() {
        let (url, body, signature) = (field(case, "url"), field(case, "body"), field(case, "signature"));
        let Some(path) = url.strip_prefix(PUBLIC).filter(|_| field(case, "auth_token") == TOKEN) else {
            continue;
        };
        if read(path, signature, body.as_bytes()).is_err() {
            continue;
        }
        for mutant in mutants(path.as_bytes()) {
            let Ok(mutant) = std::str::from_utf8(&mutant) else { continue };
            assert!(read(mutant, signature, body.as_bytes()).is_err(), "{}: {mutant}", case["name"]);
            tried += 1;
        }
        for mutant in mutants(signature.as_bytes()) {
            let Ok(mutant) = std::str::from_utf8(&mutant) else { continue };
            assert!(read(path, mutant, body.as_bytes()).is_err(), "{}: {mutant}", case["name"]);
            tried += 1;
        }
        let (meaning, reports) = (meaning(body.as_bytes()), read(path, signature, body.as_bytes()));
        for mutant in mutants(body.as_bytes()).into_iter().chain(of_pairs(body)) {
            tried += 1;
            let other = self::meaning(&mutant);
            // `%2B` and `%2b` are the same request. `Fro=m1` has the signature of `From=1`, which is how Twilio signs:
            // it may pass only where nobody reads the pair, and so nothing else is believed.
            let is_unread =
                signed_text(&other) == signed_text(&meaning) && read(path, signature, &mutant) == reports;
            if other == meaning || is_unread {
                same += 1;
                continue;
            }
            let shown = String::from_utf8_lossy(&mutant);
            assert!(read(path, signature, &mutant).is_err(), "{}: {shown}", case["name"]);
        }
    }
    assert!(tried > 10_000 && same * 50 < tried, "{tried} tried, {same} of them the same");
    println!("{tried} mutants, {same} of them the same request");
}

/// The pairs of a body, as a reader that forgives everything sees them.
fn meaning(body: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
    pairs.sort();
    pairs
}

fn signed_text(meaning: &[(String, String)]) -> String {
    let mut pairs = meaning.to_vec();
    pairs.dedup();
    pairs.iter().map(|(name, value)| format!("{name}{value}")).collect()
}

/// Every flipped bit, every byte left out or doubled, every two neighbours exchanged.
fn mutants(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut mutants = Vec::new();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut mutant = bytes.to_vec();
            mutant[place] ^= 1 << bit;
            mutants.push(mutant);
        }
        let mut shorter = bytes.to_vec();
        let byte = shorter.remove(place);
        mutants.push(shorter);
        let mut longer = bytes.to_vec();
        longer.insert(place, byte);
        mutants.push(longer);
        let mut exchanged = bytes.to_vec();
        exchanged.swap(place, place.saturating_sub(1));
        if exchanged != bytes {
            mutants.push(exchanged);
        }
    }
    mutants
}

/// Every pair left out, doubled, or with its border moved; pairs added.
fn of_pairs(body: &str) -> Vec<Vec<u8>> {
    let pairs: Vec<&str> = body.split('&').collect();
    let mut mutants =
        vec![format!("{body}&"), format!("{body}&="), format!("{body}&x=1"), format!("{body}&x")];
    for place in 0..pairs.len() {
        let mut without = pairs.clone();
        without.remove(place);
        mutants.push(without.join("&"));
        mutants.push(format!("{body}&{}", pairs[place]));
        // "ab=c" is signed like "a=bc": what a pair is called must not change what is believed.
        let (name, value) = pairs[place].split_once('=').unwrap();
        if !value.is_empty() {
            for moved in [
                format!("{}={}{value}", &name[..name.len() - 1], &name[name.len() - 1..]),
                format!("{name}{}={}", &value[..1], &value[1..]),
            ] {
                let mut with = pairs.clone();
                with[place] = &moved;
                mutants.push(with.join("&"));
            }
        }
    }
    mutants.into_iter().map(String::into_bytes).collect()
}

/// Whether a callback that Twilio posted to `called` is believed when it arrives at `path` of `host`.
fn is_taken(webhook: &TwilioWebhook, called: &str, path: &str, host: Option<&str>) -> bool {
    let pairs = [("AccountSid", ACCOUNT), ("MessageSid", "SM1"), ("MessageStatus", "sent")];
    let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let signed: String = pairs.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let headers = [(HEADER.to_owned(), sign(TOKEN, &format!("{called}{signed}")))];
    webhook.read(&WebhookRequest { host, ..request(path, &headers, body.as_bytes()) }, now()).is_ok()
}

#[test]
fn the_address_is_the_one_that_twilio_called() {
    let exact = TwilioWebhook::at(ACCOUNT, TOKEN, "https://otp.example.com/hooks/sms").unwrap();
    let named = TwilioWebhook::at_named_host(ACCOUNT, TOKEN).unwrap();
    for (webhook, called, path, host, taken) in [
        (&exact, "https://otp.example.com/hooks/sms", "/webhooks/twilio", None, true),
        (&exact, "https://otp.example.com:443/hooks/sms?a=1", "/webhooks/twilio?a=1", None, true),
        (&exact, "https://otp.example.com/hooks/sms?a=1", "/webhooks/twilio?a=2", None, false),
        (&exact, "https://otp.example.com/webhooks/twilio", "/webhooks/twilio", None, false),
        (&named, "https://b.example/webhooks/twilio", "/webhooks/twilio", Some("b.example"), true),
        (
            &named,
            "http://127.0.0.1:8000/webhooks/twilio?x",
            "/webhooks/twilio?x",
            Some("127.0.0.1:8000"),
            true,
        ),
        (&named, "https://b.example/webhooks/twilio", "/webhooks/twilio", Some("c.example"), false),
        (&named, "https://b.example/webhooks/twilio", "/webhooks/twilio", None, false),
        (&named, "https://b.example/webhooks/twilio", "/webhooks/twilio", Some("b.example/x"), false),
    ] {
        assert_eq!(is_taken(webhook, called, path, host), taken, "{called} as {path} of {host:?}");
    }
}
