//! A provider that fails: what a failure means, and that it shows nothing.

use std::{sync::Arc, time::Duration};

use otp_core::{
    Channel,
    FailureClass::{self, Provider, Transient, Unknown},
};
use otp_provider::{
    Client, Limits,
    testing::{Log, Reply, Server, Step},
};
use otp_service::Sender as _;
use otp_vonage::{SmsApi, signature::SigningMethod};
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use crate::support::{SIGNATURE_SECRET, TEXT, Vonage, assert_clean, message, shown};

fn faults(elsewhere: &Server) -> Vec<(&'static str, Step, FailureClass)> {
    // Answers that quote all they were told.
    let echo = json!({
        "title": "abcd1234 abcdef0123456789",
        "detail": "447700900000 123456",
        "messages": [{"status": "9", "error-text": "Quota of abcd1234 for 447700900000, 123456"}],
    });
    let echo = Reply::json(200, &echo.to_string());
    let location = format!("http://{}/447700900000?code=123456", elsewhere.address());
    vec![
        ("503", Step::Reply(Reply::status(503)), Transient),
        ("500 that quotes", Step::Reply(Reply::json(500, r#"{"detail":"447700900000 123456"}"#)), Unknown),
        ("401 that quotes", Step::Reply(Reply::json(401, r#"{"detail":"abcd1234"}"#)), Provider),
        ("hang", Step::Hang, Unknown),
        ("reset", Step::Reset, Unknown),
        ("close", Step::Close, Unknown),
        ("truncated", Step::Truncated(echo), Unknown),
        ("10 MiB", Step::Huge(200, 10 * 1024 * 1024), Unknown),
        ("307", Step::Reply(Reply::status(307).header("location", &location)), Provider),
    ]
}

#[tokio::test]
async fn failures_show_nothing() {
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        // A time could hold any digits.
        .without_time()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || written.clone())
        .finish();
    // For the whole process: what other tests log meanwhile must be clean as well.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let vonage = Vonage::start().await;
    // Only the call that nobody answers may end early: on a busy machine others take their time.
    let hasty = Vonage {
        client: Client::with_limits(Limits::default().call(Duration::from_millis(300))).unwrap(),
        ..Vonage::start().await
    };
    let elsewhere = Server::start().await;
    for (what, step, class) in faults(&elsewhere) {
        let vonage = if matches!(step, Step::Hang) { &hasty } else { &vonage };
        let signed = vonage.config().signature_secret(SIGNATURE_SECRET).unwrap();
        let senders = [
            vonage.sender(vonage.config()),
            vonage.sender(signed.sign_requests(SigningMethod::Sha512)),
            vonage.sender(vonage.config().sms_api(SmsApi::Messages)),
        ];
        let verify = vonage.verify(vonage.config());
        vonage.sms.always(step.clone());
        vonage.api.always(step);
        let message = message(Channel::Sms, TEXT);
        for sender in &senders {
            let error = sender.send(&message).await.unwrap_err();
            assert_eq!(error.class, class, "{what}");
            assert_clean(&shown(&error), what);
        }
        let checked = verify.codes().unwrap().check("c11236f4", &message.to, "123456").await;
        for error in [verify.send(&message).await.unwrap_err(), checked.unwrap_err()] {
            assert_eq!(error.class, class, "{what}");
            assert_clean(&shown(&error), what);
        }
    }
    assert_eq!(elsewhere.connections(), 0, "a redirect was followed");

    let log = log.text();
    assert!(log.contains("no answer of the provider"), "{log}");
    assert_clean(&log, "the log");
}

#[tokio::test]
async fn nobody_is_there() {
    let vonage = Vonage::start().await;
    let gone = Server::start().await;
    let base = gone.base();
    drop(gone);
    let sender = vonage.sender(vonage.config().sms_base_url(base));
    let error = sender.send(&message(Channel::Sms, TEXT)).await.unwrap_err();
    assert_eq!((error.class, error.code.as_deref()), (Transient, Some("connect")));
    assert_clean(&shown(&error), "nobody there");
}

#[tokio::test]
async fn the_contract_of_senders() {
    let vonage = Vonage::start().await;
    let reply = json!({
        "messages": [{"status": "0", "message-id": "0A0000000123ABCD1"}],
        "message_uuid": "a-1",
        "uuid": "a-1",
        "request_id": "a-1",
    });
    for server in [&vonage.sms, &vonage.api] {
        server.always(Step::Reply(Reply::json(200, &reply.to_string())));
    }
    let config = vonage.config().whatsapp("447700900001", otp_vonage::WhatsAppContent::Text).unwrap();
    otp_service::conformance::sender(Arc::new(vonage.sender(config.clone()))).await;
    otp_service::conformance::sender(Arc::new(vonage.verify(config))).await;
}
