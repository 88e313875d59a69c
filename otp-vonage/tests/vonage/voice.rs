//! Calls.

use std::time::Duration;

use otp_core::{Channel, FailureClass, message::Catalogue, message::RenderRequest};
use otp_service::{Message, Sender as _};
use otp_vonage::VonageConfig;
use serde_json::{Value, json};

use crate::support::{APPLICATION, CODE, Vonage, account, message, private_key};

async fn body(configure: impl FnOnce(VonageConfig) -> VonageConfig, message: &Message) -> Value {
    let vonage = Vonage::start().await;
    vonage.api_answers(201, &json!({"uuid": "63f61863-4a51-4f6b-86e1-46edebcf9356", "status": "started"}));
    let config = account().application(APPLICATION, private_key()).unwrap().api_base_url(vonage.api.base());
    let receipt = vonage.sender(configure(config)).send(message).await.unwrap();
    assert_eq!(receipt.reference.as_deref(), Some("63f61863-4a51-4f6b-86e1-46edebcf9356"));
    let requests = vonage.api.requests();
    assert_eq!((requests[0].method.as_str(), requests[0].path()), ("POST", "/v1/calls"));
    assert!(requests[0].header("authorization").unwrap().starts_with("Bearer eyJ"));
    serde_json::from_slice(&requests[0].body).unwrap()
}

#[tokio::test]
async fn a_call_speaks_the_code() {
    let configure = |config: VonageConfig| {
        let config = config.voice_from("+44 20 7946 0000").unwrap();
        config.callback("https://otp.example.com/webhooks/vonage").unwrap()
    };
    let text = "Your code is: 1, 2, 3, 4, 5, 6. Again: 1, 2, 3, 4, 5, 6.";
    let expected = json!({
        "to": [{"type": "phone", "number": "447700900000"}],
        "from": {"type": "phone", "number": "442079460000"},
        "ncco": [{"action": "talk", "text": text, "language": "en-US", "loop": 1}],
        "event_url": ["https://otp.example.com/webhooks/vonage"],
        "event_method": "POST",
        "ringing_timer": 60,
        "length_timer": 120,
    });
    assert_eq!(body(configure, &message(Channel::Voice, text)).await, expected);
}

/// The built-in text of every language is spoken by a voice of that language, with the code twice, digit by digit.
#[tokio::test]
async fn every_built_in_language_is_spoken() {
    let catalogue = Catalogue::builder().app_name("Acme").build().unwrap();
    let voices = [
        ("en", "en-US"),
        ("es", "es-ES"),
        ("fr", "fr-FR"),
        ("de", "de-DE"),
        ("pt", "pt-PT"),
        ("zh-Hant", "cmn-TW"),
        ("ja", "ja-JP"),
        ("ar", "ar"),
    ];
    assert_eq!(catalogue.languages().len(), voices.len());
    for (language, voice) in voices {
        let mut message = message(Channel::Voice, "");
        message.language = language.parse().unwrap();
        message.body = catalogue
            .render(&RenderRequest {
                purpose: &message.purpose,
                language: &message.language,
                channel: Channel::Voice,
                security_code: CODE,
                minutes: 5,
                parameters: &Default::default(),
            })
            .body;
        let talk = &body(|config| config, &message).await["ncco"][0];
        assert_eq!((&talk["language"], &talk["loop"]), (&json!(voice), &json!(1)), "{language}");
        let text = talk["text"].as_str().unwrap();
        assert_eq!(text.matches("1, 2, 3, 4, 5, 6").count(), 2, "{text}");
    }
}

#[tokio::test]
async fn where_a_call_comes_from() {
    let message = message(Channel::Voice, "Your code is 123456.");
    let named = body(|config| config.from("Acme").unwrap(), &message).await;
    assert_eq!((&named["random_from_number"], &named["from"]), (&json!(true), &Value::Null));
    let numbered = body(|config| config.from("447700900001").unwrap(), &message).await;
    assert_eq!(
        (&numbered["random_from_number"], &numbered["from"]["number"]),
        (&Value::Null, &json!("447700900001"))
    );
}

#[tokio::test]
async fn it_does_not_ring_longer_than_the_code_lives() {
    for (seconds, ring) in [(0, 1), (15, 15), (600, 60)] {
        let mut message = message(Channel::Voice, "Your code is 123456.");
        message.expires_in = Duration::from_secs(seconds);
        assert_eq!(body(|config| config, &message).await["ringing_timer"], ring, "{seconds}");
    }
}

#[tokio::test]
async fn refusals() {
    for (status, answer, class) in [
        (
            400,
            json!({"invalid_parameters": [{"name": "to[0].number", "reason": "bad"}]}),
            FailureClass::Recipient,
        ),
        (400, json!({"invalid_parameters": {"to[0].number": "bad"}}), FailureClass::Recipient),
        (400, json!({"invalid_parameters": {"from": "bad"}}), FailureClass::Provider),
        (400, json!({"type": "BAD_REQUEST", "error_title": "Bad Request"}), FailureClass::Provider),
        (401, json!({}), FailureClass::Provider),
        (429, json!({}), FailureClass::Transient),
        (201, json!({"status": "started"}), FailureClass::Unknown),
    ] {
        let vonage = Vonage::start().await;
        vonage.api_answers(status, &answer);
        let sent = vonage.sender(vonage.config()).send(&message(Channel::Voice, "123456")).await;
        assert_eq!(sent.unwrap_err().class, class, "{status} {answer}");
    }
}
