//! Every signature and webhook vector.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use otp_core::Timestamp;
use otp_provider::Secret;
use otp_service::{WebhookError, WebhookReader as _};
use otp_vonage::{
    VonageWebhook,
    signature::{SigningMethod, to_sign},
};
use ring::hmac as ring_hmac;
use serde_json::Value;

use crate::support::{Posted, account, form, golden_json, hex, only, private_key, string};

pub(crate) const SIGNATURES: &str = "vonage-sms-signature-vectors";
pub(crate) const TOKENS: &str = "vonage-webhook-jwt-vectors";

/// The methods that the crate does not have, for vectors only.
pub(crate) fn legacy_signature(method: &str, secret: &str, text: &str) -> String {
    match method {
        "md5hash" => hex(&Md5::digest(format!("{text}{secret}"))),
        "md5hmac" => {
            let mut mac = Hmac::<Md5>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(text.as_bytes());
            hex(&mac.finalize().into_bytes())
        }
        "sha1hmac" => {
            let key = ring_hmac::Key::new(ring_hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
            hex(ring_hmac::sign(&key, text.as_bytes()).as_ref())
        }
        other => panic!("{other}"),
    }
}

struct Case<'a> {
    case: &'a Value,
    params: Vec<(&'a str, &'a str)>,
}

impl Case<'_> {
    fn text(&self, name: &str) -> &str {
        string(&self.case[name])
    }

    fn method(&self) -> Option<SigningMethod> {
        match self.text("method") {
            "sha256hmac" => Some(SigningMethod::Sha256),
            "sha512hmac" => Some(SigningMethod::Sha512),
            _ => None,
        }
    }

    fn is_valid(&self) -> bool {
        self.case["valid"] == true
    }
}

fn for_each_signature(check: impl Fn(Case<'_>)) -> usize {
    let document = golden_json(SIGNATURES);
    let cases = document["cases"].as_array().unwrap();
    for case in cases {
        let params = case["params"].as_object().unwrap();
        let params = params.iter().map(|(name, value)| (name.as_str(), string(value))).collect();
        check(Case { case, params });
    }
    cases.len()
}

#[test]
fn signatures() {
    let count = for_each_signature(|case| {
        let name = case.text("name");
        let secret = Secret::from(case.text("secret"));
        let text = to_sign(case.params.iter().copied());
        if case.case["to_sign"].is_string() {
            assert_eq!(text.as_str(), case.text("to_sign"), "{name}");
        }
        let found = match case.method() {
            Some(method) => {
                let verifies = method.verifies(&secret, case.params.iter().copied(), case.text("sig"));
                assert_eq!(verifies, case.is_valid(), "{name}");
                method.sign(&secret, case.params.iter().copied())
            }
            None => legacy_signature(case.text("method"), secret.expose(), &text),
        };
        assert_eq!(found.eq_ignore_ascii_case(case.text("sig")), case.is_valid(), "{name}");
    });
    assert_eq!(count, 41);
}

/// The same vectors as requests, in the three ways an account can choose, with the account's method configured and
/// without. For an account with MD5 or SHA-1 there is no configuration, and no receipt of its is believed.
#[test]
fn signed_receipts() {
    for_each_signature(|case| {
        let name = case.text("name");
        let timestamp = case.params.iter().find(|(name, _)| *name == "timestamp").unwrap().1;
        let now = Timestamp::from_millis(timestamp.parse::<i64>().unwrap() * 1_000);
        let with_sig = || case.params.iter().copied().chain([("sig", case.text("sig"))]);
        let object: Value = with_sig().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        let requests = [
            Posted::get(&form(with_sig())),
            Posted::post(form(with_sig())),
            Posted::post(object.to_string()),
        ];

        let config = account().signature_secret(case.text("secret")).unwrap();
        let method = case.method().unwrap_or(SigningMethod::Sha512);
        let mut webhooks = vec![VonageWebhook::new(&config.clone().sign_requests(method)).unwrap()];
        if case.method().is_some() || case.is_valid() {
            webhooks.push(VonageWebhook::new(&config).unwrap());
        }
        let is_receipt = case.params.iter().any(|(name, _)| *name == "messageId");
        for (webhook, request) in
            webhooks.iter().flat_map(|webhook| requests.iter().map(move |one| (webhook, one)))
        {
            let read = webhook.read(&request.request(), now);
            match (case.is_valid() && case.method().is_some(), is_receipt) {
                (true, true) => {
                    let reports = read.unwrap_or_else(|error| panic!("{name}: {error}"));
                    assert_eq!(only(&reports.reports).reference, "0A0000001234567B", "{name}");
                    assert!(reports.once.is_some(), "{name}");
                }
                (true, false) => assert_eq!(read, Err(WebhookError::Malformed), "{name}"),
                (false, _) => assert_eq!(read, Err(WebhookError::Unauthentic), "{name}"),
            }
        }
    });
}

#[test]
fn tokens() {
    let document = golden_json(TOKENS);
    let cases = document["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 20);
    assert_eq!(document["config"]["max_age_s"], 300);
    let application = string(&document["config"]["application_id"]);
    assert_eq!(document["config"]["api_key"], crate::support::KEY);

    let mut first = None;
    for case in cases {
        let name = string(&case["name"]);
        let config = account().signature_secret(string(&case["secret"])).unwrap();
        let webhook = VonageWebhook::new(&config.application(application, private_key()).unwrap()).unwrap();
        let mut request = Posted::post(string(&case["body"]));
        if let Some(authorization) = case["authorization"].as_str() {
            request = request.authorized(authorization);
        }
        let now = Timestamp::from_millis(case["now"].as_i64().unwrap() * 1_000);
        let read = webhook.read(&request.request(), now);
        assert_eq!(read.is_ok(), case["valid"] == true, "{name}");
        match read {
            Ok(reports) => {
                let report = only(&reports.reports);
                assert_eq!(report.reference, "aaaaaaaa-bbbb-cccc-dddd-0123456789ab", "{name}");
                assert_eq!(report.state, otp_service::ReportState::Delivered, "{name}");
                // The last case is the first again: whoever keeps `once` sees the replay.
                assert_eq!(reports.once, *first.get_or_insert(reports.once.clone()), "{name}");
            }
            Err(error) => assert_eq!(error, WebhookError::Unauthentic, "{name}"),
        }
    }
    assert_eq!(first.flatten().as_deref(), Some("c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5"));
}
