//! What a request to the webhook must be, beyond the vectors.

use otp_core::Timestamp;
use otp_provider::Secret;
use otp_service::{ReportState, WebhookError, WebhookReader as _};
use otp_vonage::{ConfigError, VonageWebhook, signature::SigningMethod};
use serde_json::{Value, json};

use crate::support::{
    APPLICATION, NOW, Posted, SIGNATURE_SECRET, account, assert_clean, claims, form, only, private_key, token,
};

const BODY: &str = r#"{"message_uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab","status":"delivered"}"#;

pub(crate) fn webhook() -> VonageWebhook {
    let config = account().signature_secret(SIGNATURE_SECRET).unwrap();
    VonageWebhook::new(&config.application(APPLICATION, private_key()).unwrap()).unwrap()
}

pub(crate) fn bearer(payload: &str) -> String {
    format!("Bearer {}", token(&claims(NOW / 1_000, payload.as_bytes()), SIGNATURE_SECRET))
}

/// A receipt with its signature.
pub(crate) fn signed(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let sig = SigningMethod::Sha256.sign(&Secret::from(SIGNATURE_SECRET), fields.iter().copied());
    let fields = fields.iter().copied().chain([("sig", sig.as_str())]);
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(crate) fn encoded(fields: &[(String, String)]) -> String {
    form(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn receipt(timestamp: &str) -> Vec<(String, String)> {
    signed(&[("messageId", "0A0000001234567B"), ("status", "delivered"), ("timestamp", timestamp)])
}

fn is_believed(request: &Posted) -> bool {
    match webhook().read(&request.request(), Timestamp::from_millis(NOW)) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error, WebhookError::Unauthentic, "{request:?}");
            false
        }
    }
}

#[test]
fn times() {
    for (offset, good) in
        [(0, true), (300, true), (-300, true), (301, false), (-301, false), (i64::MAX / 2, false)]
    {
        let seconds = NOW / 1_000 + offset;
        let authorization = token(&claims(seconds, BODY.as_bytes()), SIGNATURE_SECRET);
        let request = Posted::post(BODY).authorized(&format!("Bearer {authorization}"));
        assert_eq!(is_believed(&request), good, "iat {offset}");
        let request = Posted::get(&encoded(&receipt(&seconds.to_string())));
        assert_eq!(is_believed(&request), good, "timestamp {offset}");
    }
    for timestamp in ["", "+1795290258", " 1795290258", "1795290258.0", "99999999999999999999"] {
        assert!(!is_believed(&Posted::get(&encoded(&receipt(timestamp)))), "{timestamp:?}");
    }
}

#[test]
fn what_signs_decides() {
    let good = bearer(BODY);
    let signed_get = encoded(&receipt(&(NOW / 1_000).to_string()));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims(NOW / 1_000, BODY.as_bytes());
        change(&mut claims);
        Posted::post(BODY).authorized(&format!("Bearer {}", token(&claims, SIGNATURE_SECRET)))
    };
    let put = Posted { method: "PUT", ..Posted::post(BODY) };
    for (what, request, believed) in [
        ("good", Posted::post(BODY).authorized(&good), true),
        ("no application in it", changed(&|claims| claims["application_id"] = Value::Null), true),
        (
            "a hash in upper case",
            changed(&|claims| {
                claims["payload_hash"] = claims["payload_hash"].as_str().unwrap().to_uppercase().into();
            }),
            true,
        ),
        ("no account", changed(&|claims| claims["api_key"] = Value::Null), false),
        ("no id", changed(&|claims| claims["jti"] = "".into()), false),
        ("a long id", changed(&|claims| claims["jti"] = "a".repeat(129).into()), false),
        ("an id with a line in it", changed(&|claims| claims["jti"] = "a\nb".into()), false),
        ("a hash of nothing", changed(&|claims| claims["payload_hash"] = "".into()), false),
        ("twice", Posted::post(BODY).authorized(&good).authorized(&good), false),
        ("another scheme", Posted::post(BODY).authorized(&good.replace("Bearer", "bearer")), false),
        ("two spaces", Posted::post(BODY).authorized(&good.replace(' ', "  ")), false),
        ("another method", put.authorized(&good), false),
        ("no body", Posted::post("").authorized(&good), false),
        ("a query in place of the body", Posted::get("status=delivered").authorized(&good), false),
        ("no query", Posted { method: "GET", ..Posted::post("") }.authorized(&good), false),
        ("signed query", Posted::get(&signed_get), true),
        ("signed body", Posted::post(signed_get.as_str()), true),
        ("a wrong token beside a good signature", Posted::get(&signed_get).authorized("Bearer x"), false),
        ("signed query, posted", Posted { method: "POST", ..Posted::get(&signed_get) }, false),
        ("signed query, deleted", Posted { method: "DELETE", ..Posted::get(&signed_get) }, false),
        ("unsigned", Posted::post(BODY), false),
    ] {
        assert_eq!(is_believed(&request), believed, "{what}");
    }
}

/// Vonage hashes the query as an object for signed calls back by `GET`.
#[test]
fn a_token_covers_the_query() {
    let query = "messageId=0A0000001234567B&status=delivered&message-timestamp=2020-01-01+12%3A00%3A00";
    let object =
        r#"{"messageId":"0A0000001234567B","status":"delivered","message-timestamp":"2020-01-01 12:00:00"}"#;
    let request = Posted::get(query).authorized(&bearer(object));
    let reports = webhook().read(&request.request(), Timestamp::from_millis(NOW)).unwrap();
    assert_eq!(only(&reports.reports).state, ReportState::Delivered);
    let other = Posted::get(&query.replace("delivered", "failed")).authorized(&bearer(object));
    assert!(!is_believed(&other));
}

/// Two sets of parameters must not share a signature: names with `&` or `=` would make that possible.
#[test]
fn parameters_cannot_be_merged() {
    let now = (NOW / 1_000).to_string();
    let fields = signed(&[
        ("err-code", "9"),
        ("messageId", "0A0000001234567B"),
        ("status", "failed"),
        ("timestamp", &now),
    ]);
    let good = encoded(&fields);
    assert!(is_believed(&Posted::get(&good)));
    for merged in [
        good.replace("err-code=9&messageId=", "err-code%3D9%26messageId="),
        good.replace("&status=failed", "%26status%3Dfailed"),
        format!("status=delivered&{good}"),
        format!("{good}&status=delivered"),
        format!("{good}&"),
        good.replace("failed", "failed%00"),
    ] {
        assert!(!is_believed(&Posted::get(&merged)), "{merged}");
    }
    let object = r#"{"a":1,"a":1}"#;
    assert!(!is_believed(&Posted::post(object)));
}

#[test]
fn a_replay_is_recognised() {
    let fields = receipt(&(NOW / 1_000).to_string());
    let mut upper = fields.clone();
    upper.last_mut().unwrap().1.make_ascii_uppercase();
    let once = |request: Posted| {
        webhook().read(&request.request(), Timestamp::from_millis(NOW)).unwrap().once.unwrap()
    };
    let first = once(Posted::get(&encoded(&fields)));
    assert_eq!(once(Posted::get(&encoded(&upper))), first, "the signature in the other spelling");
    assert_eq!(once(Posted::post(encoded(&fields))), first, "posted");
    let later = receipt(&(NOW / 1_000 + 1).to_string());
    assert_ne!(once(Posted::get(&encoded(&later))), first);
}

#[test]
fn signed_and_unreadable() {
    let read = |body: &str| {
        let request = Posted::post(body).authorized(&bearer(body));
        webhook().read(&request.request(), Timestamp::from_millis(NOW)).map(|reports| reports.reports.len())
    };
    assert_eq!(read(BODY), Ok(1));
    assert_eq!(read(r#"{"message_uuid":"a-1","text":"STOP"}"#), Ok(0));
    for body in ["", "{", "[]", "{}", "status", r#"{"message_uuid":"../a","status":"delivered"}"#] {
        assert_eq!(read(body), Err(WebhookError::Malformed), "{body}");
    }
}

#[test]
fn configuration() {
    assert_eq!(VonageWebhook::new(&account()).unwrap_err(), ConfigError::SignatureSecretMissing);
    assert_eq!(webhook().name(), "vonage");
    assert_clean(&format!("{:?}", webhook()), "a webhook");
    // Without an application any of the account's is believed.
    let config = account().signature_secret(SIGNATURE_SECRET).unwrap();
    let mut claims = claims(NOW / 1_000, BODY.as_bytes());
    claims["application_id"] = json!("bbbbbbbb-bbbb-cccc-dddd-0123456789ab");
    let request = Posted::post(BODY).authorized(&format!("Bearer {}", token(&claims, SIGNATURE_SECRET)));
    let now = Timestamp::from_millis(NOW);
    assert!(VonageWebhook::new(&config).unwrap().read(&request.request(), now).is_ok());
    assert_eq!(webhook().read(&request.request(), now), Err(WebhookError::Unauthentic));
}
