//! WhatsApp, and what a sender carries.

use otp_core::{Channel, FailureClass, Recipient};
use otp_service::Sender as _;
use otp_vonage::{ConfigError, SmsApi, VonageSender, WhatsAppContent, signature::SigningMethod};
use serde_json::{Value, json};

use crate::support::{APPLICATION, TEXT, Vonage, account, assert_clean, message, private_key, shown};

#[tokio::test]
async fn contents() {
    let template = || "verify_code".to_owned();
    let parameters = json!([{"type": "text", "text": "123456"}]);
    for (content, expected) in [
        (WhatsAppContent::Text, json!({"message_type": "text", "text": TEXT})),
        (
            WhatsAppContent::Template { template: template(), language: Some("pt_BR".to_owned()) },
            json!({
                "message_type": "template",
                "template": {"name": "verify_code", "parameters": ["123456"]},
                "whatsapp": {"policy": "deterministic", "locale": "pt_BR"},
            }),
        ),
        (
            WhatsAppContent::Authentication { template: template(), language: None },
            json!({
                "message_type": "custom",
                "custom": {
                    "type": "template",
                    "template": {
                        "name": "verify_code",
                        "language": {"policy": "deterministic", "code": "zh_TW"},
                        "components": [
                            {"type": "body", "parameters": parameters},
                            {"type": "button", "sub_type": "url", "index": "0", "parameters": parameters},
                        ],
                    },
                },
            }),
        ),
    ] {
        let vonage = Vonage::start().await;
        vonage.api_answers(202, &json!({"message_uuid": APPLICATION}));
        let sender = vonage.sender(vonage.config().whatsapp("447700900001", content).unwrap());
        let mut message = message(Channel::Whatsapp, TEXT);
        message.language = "zh-Hant".parse().unwrap();
        sender.send(&message).await.unwrap();
        let requests = vonage.api.requests();
        assert_eq!(requests[0].path(), "/v1/messages");
        let mut body: Value = serde_json::from_slice(&requests[0].body).unwrap();
        let envelope = body.as_object_mut().unwrap();
        for (name, value) in [
            ("to", "447700900000"),
            ("from", "447700900001"),
            ("channel", "whatsapp"),
            ("client_ref", "chal-1"),
        ] {
            assert_eq!(envelope.remove(name), Some(json!(value)));
        }
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn what_is_carried() {
    let vonage = Vonage::start().await;
    let bare = account;
    let with_application = || bare().application(APPLICATION, private_key()).unwrap();
    let text = WhatsAppContent::Text;
    for (config, expected) in [
        (bare(), Err(ConfigError::NoChannel)),
        (bare().from("Acme").unwrap(), Ok(vec![Channel::Sms])),
        (with_application(), Ok(vec![Channel::Voice])),
        (bare().from("Acme").unwrap().sms_api(SmsApi::Messages), Err(ConfigError::ApplicationMissing)),
        (
            bare().from("Acme").unwrap().sign_requests(SigningMethod::Sha256),
            Err(ConfigError::SignatureSecretMissing),
        ),
        (bare().whatsapp("447700900001", text.clone()).unwrap(), Err(ConfigError::ApplicationMissing)),
        (
            with_application().from("Acme").unwrap().whatsapp("447700900001", text).unwrap(),
            Ok(vec![Channel::Sms, Channel::Voice, Channel::Whatsapp]),
        ),
    ] {
        let sender = VonageSender::new(config, vonage.client.clone(), vonage.clock.clone());
        let carried = sender.map(|sender| -> Vec<Channel> {
            assert_clean(&format!("{sender:?}"), "a sender");
            Channel::ALL.into_iter().filter(|channel| sender.carries(*channel)).collect()
        });
        assert_eq!(carried, expected);
    }
}

#[tokio::test]
async fn what_is_not_carried_is_not_sent() {
    let vonage = Vonage::start().await;
    let config = account().from("Acme").unwrap();
    let sender = vonage.sender(config.sms_base_url(vonage.sms.base()).api_base_url(vonage.api.base()));
    let mut mail = message(Channel::Sms, TEXT);
    mail.to = Recipient::parse("name@example.com").unwrap();
    for (message, class, code) in [
        (message(Channel::Email, TEXT), FailureClass::Request, "channel"),
        (mail, FailureClass::Request, "recipient"),
        (message(Channel::Voice, TEXT), FailureClass::Provider, "application"),
        (message(Channel::Whatsapp, TEXT), FailureClass::Provider, "whatsapp"),
    ] {
        let error = sender.send(&message).await.unwrap_err();
        assert_eq!((error.class, error.code.as_deref()), (class, Some(code)));
        assert_clean(&shown(&error), code);
    }
    assert!(vonage.sms.requests().is_empty() && vonage.api.requests().is_empty());
}

#[tokio::test]
async fn limits_of_the_apis() {
    use otp_provider::testing::Step;

    use crate::answers::accepted;

    for (seconds, ttl) in [(0, "20000"), (20, "20000"), (300, "300000"), (86_400 * 30, "604800000")] {
        let vonage = Vonage::start().await;
        vonage.sms.always(Step::Reply(accepted()));
        let mut message = message(Channel::Sms, TEXT);
        message.expires_in = std::time::Duration::from_secs(seconds);
        message.id = "x".repeat(150);
        vonage.sender(vonage.config()).send(&message).await.unwrap();
        let request = vonage.sms.requests().remove(0);
        assert_eq!(request.field("ttl").as_deref(), Some(ttl));
        assert_eq!(request.field("client-ref").map(|id| id.len()), Some(100));
        assert_eq!(request.field("type"), None);

        vonage.api_answers(202, &json!({"message_uuid": APPLICATION}));
        vonage.sender(vonage.config().sms_api(SmsApi::Messages)).send(&message).await.unwrap();
        let body: Value = serde_json::from_slice(&vonage.api.requests()[0].body).unwrap();
        assert_eq!(body["ttl"].as_u64().map(|ttl| ttl.to_string() + "000").as_deref(), Some(ttl));
        assert_eq!(body["client_ref"].as_str().map(str::len), Some(40));
    }
}
