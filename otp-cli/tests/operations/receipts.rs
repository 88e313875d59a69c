//! Delivery receipts at a running server.

use std::{thread, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::hmac;

use crate::{
    listed,
    outside::{SID, TOKEN, twilio, with_twilio},
    register,
    support::{Connection, Server},
};

const BODY: &str = "MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered";
const URL: &str = "https://otp.example.com/webhooks/twilio";

/// As Twilio signs: the URL it calls with the sorted fields behind it.
fn signature(token: &str) -> String {
    let mut pairs: Vec<_> = BODY.split('&').map(|pair| pair.replacen('=', "", 1)).collect();
    pairs.push(format!("AccountSid{SID}"));
    pairs.sort();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{URL}{}", pairs.concat()).as_bytes()))
}

#[test]
fn a_signed_receipt_moves_the_message_on() {
    let twilio = twilio();
    let url = twilio.url();
    let server = Server::start(&with_twilio(&url, &[("OTP_TWILIO_STATUS_CALLBACK", URL)]));
    register(&server, "+14155550123");
    let state = || listed(&server, &[])[0]["delivery"]["state"].clone();
    for _ in 0..2_000 {
        if state() == "sent" {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(twilio.requests()[0].field("StatusCallback").as_deref(), Some(URL));
    let post = |signature: &str| {
        let body = format!("{BODY}&AccountSid={SID}");
        let request = format!(
            "POST /webhooks/twilio HTTP/1.1\r\nHost: otp.example.com\r\nX-Twilio-Signature: {signature}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Connection::new(server.address).send(request.as_bytes()).0
    };
    assert_eq!(post(&signature("another token")), 403);
    assert_eq!(state(), "sent");
    assert_eq!(post(&signature(TOKEN)), 200);
    assert_eq!(state(), "delivered");
}
