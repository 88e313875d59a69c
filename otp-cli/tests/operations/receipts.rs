//! Delivery receipts at a running server.

use std::{thread, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use otp_provider::testing::{Recorded, Reply, Step};
use otp_service::{Clock as _, SystemClock};
use ring::hmac;
use serde_json::{Value, json};

use crate::{
    listed,
    outside::{Provider, SID, TOKEN, twilio, with_twilio},
    register,
    support::{Connection, Server},
};

const NUMBER: &str = "+14155550123";
const URL: &str = "https://otp.example.com/webhooks/twilio";

/// The message as `otp list` shows it, once a provider has taken it.
fn sent(server: &Server) -> Value {
    for _ in 0..2_000 {
        let delivery = delivery(server);
        if delivery["state"] == "sent" {
            return delivery;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("nothing was sent: {}", server.text("log"));
}

fn delivery(server: &Server) -> Value {
    listed(server, &[])[0]["delivery"].clone()
}

/// Posts what Twilio says of the message, signed with `token`; returns the answer's status.
fn twilio_posts(server: &Server, said: &str, token: &str) -> u16 {
    let body = format!("{said}&MessageSid=SM00000000000000000000000000000001&AccountSid={SID}");
    let signature = signature(&body, token);
    let request = format!(
        "POST /webhooks/twilio HTTP/1.1\r\nHost: otp.example.com\r\nX-Twilio-Signature: {signature}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Connection::new(server.address).send(request.as_bytes()).0
}

/// As Twilio signs: the URL it calls with the sorted fields behind it.
fn signature(body: &str, token: &str) -> String {
    let mut pairs: Vec<_> = body.split('&').map(|pair| pair.replacen('=', "", 1)).collect();
    pairs.sort();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{URL}{}", pairs.concat()).as_bytes()))
}

#[test]
fn a_signed_receipt_moves_the_message_on() {
    let twilio = twilio();
    let url = twilio.url();
    let server = Server::start(&with_twilio(&url, &[("OTP_TWILIO_STATUS_CALLBACK", URL)]));
    register(&server, NUMBER);
    sent(&server);
    assert_eq!(twilio.requests()[0].field("StatusCallback").as_deref(), Some(URL));
    assert_eq!(twilio_posts(&server, "MessageStatus=delivered", "another token"), 403);
    assert_eq!(delivery(&server)["state"], "sent");
    assert_eq!(twilio_posts(&server, "MessageStatus=delivered", TOKEN), 200);
    assert_eq!(delivery(&server)["state"], "delivered");
}

/// Twilio takes the text, and finds out later that the number is a landline.
#[test]
fn a_receipt_offers_the_channel_that_may_work() {
    let twilio = twilio();
    let url = twilio.url();
    let more = [("OTP_TWILIO_STATUS_CALLBACK", URL), ("OTP_VOICE", "twilio")];
    let server = Server::start(&with_twilio(&url, &more));
    let token = register(&server, NUMBER);
    sent(&server);
    let status = || {
        let body = json!({ "phone_number": NUMBER, "session_token": token });
        let (status, answer) = crate::post(&server, "/api/phone/status", &body);
        assert_eq!(status, 200, "{answer}");
        (answer["delivery"].clone(), answer["other_channel"].clone())
    };
    let voice = (json!("failed"), json!("voice"));
    for (said, found) in [
        ("MessageStatus=sent", (json!("sent"), json!(null))),
        ("MessageStatus=undelivered&ErrorCode=30006", voice.clone()),
        ("MessageStatus=delivered", voice.clone()),
    ] {
        assert_eq!(twilio_posts(&server, said, TOKEN), 200, "{said}");
        assert_eq!(status(), found, "{said}");
    }
    assert_eq!(delivery(&server)["other_channel"], "voice");
}

/// As Vonage answers a text in parts: an id for each, and the request's `client-ref` in all of them.
fn in_parts(request: &Recorded) -> Reply {
    let client_ref = request.field("client-ref");
    let parts = ["0A1", "0A2"].map(|id| json!({"status": "0", "message-id": id, "client-ref": client_ref}));
    Reply::json(200, &json!({"messages": parts}).to_string())
}

#[test]
fn a_receipt_of_the_second_part_moves_the_message_on() {
    let vonage = Provider::answering(404, "{}");
    vonage.always(Step::Answer(in_parts));
    let url = vonage.url();
    let text = format!("{} {{security_code}}", "Welcome to {app}!".repeat(12));
    let server = Server::start(&[
        ("OTP_SMS", "vonage"),
        ("OTP_VONAGE_KEY", "abcd1234"),
        ("OTP_VONAGE_SECRET", "hunter2hunter2"),
        ("OTP_VONAGE_SIGNATURE_SECRET", TOKEN),
        ("OTP_VONAGE_FROM", "Acme"),
        ("OTP_VONAGE_SMS_BASE_URL", &url),
        ("OTP_MESSAGE", &text),
    ]);
    register(&server, NUMBER);
    let reference = sent(&server)["reference"].clone();
    let client_ref = vonage.requests()[0].field("client-ref").unwrap();
    assert_eq!(reference, *client_ref);
    let timestamp = SystemClock::new().now().as_seconds().to_string();
    let mut body = json!({
        "client-ref": client_ref,
        "messageId": "0A2",
        "status": "delivered",
        "timestamp": timestamp,
    });
    // As Vonage signs: the parameters by name, each as `&name=value`.
    let fields = body.as_object().unwrap().iter();
    let signed: String = fields.map(|(name, value)| format!("&{name}={}", value.as_str().unwrap())).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, TOKEN.as_bytes());
    let sig = hmac::sign(&key, signed.as_bytes());
    body["sig"] = sig.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
    assert_eq!(crate::post(&server, "/webhooks/vonage", &body).0, 200);
    assert_eq!(delivery(&server)["state"], "delivered");
}
