//! What the options do.

use std::time::{Duration, Instant};

use otp_core::{Channel, FailureClass, Verdict, message::RenderedText};
use otp_provider::{
    Client, Limits,
    testing::{Recorded, Reply, Server, Step},
};
use otp_service::{CodeProvider as _, FollowUp, Sender as _};
use otp_twilio::{Account, AccountState, ConfigError, TwilioSender, TwilioVerify};

use crate::support::*;

const CALL: &str = "CA00000000000000000000000000000001";

/// The form of a request with these names only.
fn fields<'a>(request: &Recorded, names: &[&'a str]) -> Vec<(&'a str, Option<String>)> {
    names.iter().map(|name| (*name, request.field(name))).collect()
}

#[tokio::test]
async fn whatsapp_uses_a_template_or_the_text() {
    let server = Server::start().await;
    server.always(taken());
    let message = message(Channel::Whatsapp, "en", "Your code is 123456");

    let sender = sender(&server).whatsapp("+15005550009");
    sender.build().unwrap().send(&message).await.unwrap();
    let sender = crate::support::sender(&server)
        .whatsapp("whatsapp:+15005550009")
        .whatsapp_template("HX00000000000000000000000000000001");
    let sender = sender.build().unwrap();
    sender.send(&message).await.unwrap();
    let service = crate::support::sender(&server).whatsapp("MG00000000000000000000000000000002");
    service.build().unwrap().send(&message).await.unwrap();

    let text = |text: &str| Some(text.to_owned());
    let requests = server.requests();
    let names = ["To", "From", "MessagingServiceSid", "Body", "ContentSid", "ContentVariables"];
    let (to, from, body) =
        (text("whatsapp:+447700900000"), text("whatsapp:+15005550009"), text("Your code is 123456"));
    let rows = [
        [to.clone(), from.clone(), None, body.clone(), None, None],
        [to.clone(), from, None, None, text("HX00000000000000000000000000000001"), text(r#"{"1":"123456"}"#)],
        [to, None, text("MG00000000000000000000000000000002"), body, None, None],
    ];
    for (request, row) in requests.iter().zip(rows) {
        assert_eq!(fields(request, &names), names.into_iter().zip(row).collect::<Vec<_>>());
    }
    // A template without a code would be sent with a hole in it.
    let mut plain = message.clone();
    plain.code = RenderedText::new(String::new());
    let error = sender.send(&plain).await.unwrap_err();
    assert_eq!(failure(&error), (FailureClass::Request, "no_code_for_template"));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_call_speaks_the_code_twice() {
    let server = Server::start().await;
    server.always(Step::Reply(Reply::json(201, &format!(r#"{{"sid": "{CALL}", "status": "queued"}}"#))));
    let sender =
        sender(&server).voice("+15005550007").status_callback("https://otp.example.com/webhooks/twilio");
    let sender = sender.build().unwrap();
    let message = message(Channel::Voice, "fr", "Votre code : 1, 2, 3, 4, 5, 6.");
    assert_eq!(sender.send(&message).await.unwrap().reference.as_deref(), Some(CALL));

    let request = &server.requests()[0];
    assert_eq!(request.path(), format!("/2010-04-01/Accounts/{ACCOUNT}/Calls.json"));
    assert_eq!(request.field("From").as_deref(), Some("+15005550007"));
    assert_eq!(request.field("StatusCallback").as_deref(), Some("https://otp.example.com/webhooks/twilio"));
    let twiml = request.field("Twiml").unwrap();
    assert_eq!(twiml.matches("1, 2, 3, 4, 5, 6").count(), 2, "{twiml}");
    assert_eq!(twiml.matches("<Say language=\"fr-FR\">").count(), 2, "{twiml}");
}

#[tokio::test]
async fn texts_wait_no_longer_than_the_code_lives() {
    let server = Server::start().await;
    server.always(taken());
    let sender = sender(&server).build().unwrap();
    for (life, period) in [(0, "1"), (61, "61"), (86_400, "36000")] {
        let mut message = text();
        message.expires_in = Duration::from_secs(life);
        sender.send(&message).await.unwrap();
        assert_eq!(server.take_requests()[0].field("ValidityPeriod").as_deref(), Some(period));
    }
}

#[tokio::test]
async fn feedback_and_redaction_follow_a_message() {
    let server = Server::start().await;
    server.always(taken());
    let sender = sender(&server).feedback(true).redaction(true).build().unwrap();
    sender.send(&text()).await.unwrap();
    sender.follow_up(MESSAGE, FollowUp::Verified).await.unwrap();
    sender.follow_up(MESSAGE, FollowUp::Delivered).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests[0].field("ProvideFeedback").as_deref(), Some("true"));
    assert_eq!(
        requests[1].path(),
        format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Feedback.json")
    );
    assert_eq!(requests[1].form(), [("Outcome".to_owned(), "confirmed".to_owned())]);
    assert_eq!(requests[2].form(), [("Body".to_owned(), String::new())]);
    // Calls have neither, and a sender that was not asked to does nothing.
    sender.follow_up(CALL, FollowUp::Verified).await.unwrap();
    let plain = crate::support::sender(&server).build().unwrap();
    for what in [FollowUp::Verified, FollowUp::Delivered] {
        assert!(!plain.wants(what));
        plain.follow_up(MESSAGE, what).await.unwrap();
    }
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_lookup_refuses_what_cannot_be_reached() {
    use Channel::{Sms, Voice};
    let server = Server::start().await;
    let sender = sender(&server).lookup(true).voice(FROM).build().unwrap();
    let line = |kind: &str| format!(r#"{{"valid": true, "line_type_intelligence": {{"type": "{kind}"}}}}"#);
    for (found, channel, refused) in [
        (line("mobile"), Sms, None),
        (line("nonFixedVoip"), Sms, None),
        (line("landline"), Voice, None),
        (line("landline"), Sms, Some(("lookup_landline", Some(Voice)))),
        (line("premium"), Voice, Some(("lookup_line_type", None))),
        (r#"{"valid": false}"#.to_owned(), Sms, Some(("lookup_invalid", None))),
        (r#"{"valid": true, "line_type_intelligence": null}"#.to_owned(), Sms, None),
        (
            r#"{"valid": true, "line_type_intelligence": {"type": null, "error_code": 60600}}"#.to_owned(),
            Sms,
            None,
        ),
    ] {
        server.then(Step::Reply(Reply::json(200, &found)));
        server.then(taken());
        let sent = sender.send(&message(channel, "en", "Your code")).await;
        let requests = server.take_requests();
        match refused {
            None => {
                sent.unwrap();
                assert_eq!(requests.len(), 2, "{found}");
            }
            Some((code, other_channel)) => {
                let error = sent.unwrap_err();
                assert_eq!(failure(&error), (FailureClass::Recipient, code), "{found}");
                assert_eq!(error.other_channel, other_channel, "{found}");
                assert_eq!(requests.len(), 1, "{found}: no message is paid for");
                // The message's own answer is left over.
                sender.report(MESSAGE).await.unwrap();
                let _ = server.take_requests();
            }
        }
    }
}

#[tokio::test]
async fn a_lookup_that_fails_stops_nothing() {
    let server = Server::start().await;
    let sender = TwilioSender::builder(Client::new().unwrap(), account()).base_url(server.base()).from(FROM);
    let sender = sender.lookup(true).build().unwrap();
    for step in
        [Step::Reply(Reply::status(503)), Step::Reply(Reply::json(401, r#"{"code": 20003}"#)), Step::Reset]
    {
        server.then(step.clone());
        server.then(taken());
        assert!(sender.send(&text()).await.is_ok(), "{step:?}");
    }
    #[expect(clippy::disallowed_methods, reason = "the test is about real time")]
    let begun = Instant::now();
    server.then(Step::Hang);
    server.then(taken());
    assert!(sender.send(&text()).await.is_ok());
    assert!(begun.elapsed() < Duration::from_secs(6), "a look-up gets a second and a half");
}

#[tokio::test]
async fn refused_countries_go_elsewhere_only_where_a_list_let_them_through() {
    let server = Server::start().await;
    server.always(Step::Reply(Reply::json(400, r#"{"code": 21408, "message": "..."}"#)));
    for (has_list, class) in [(true, FailureClass::Provider), (false, FailureClass::Blocked)] {
        let sender = sender(&server).country_list(has_list).build().unwrap();
        assert_eq!(sender.send(&text()).await.unwrap_err().class, class);
    }
}

#[tokio::test]
async fn a_probe_sends_nothing() {
    let server = Server::start().await;
    let sender = sender(&server).build().unwrap();
    for (body, state, is_trial) in [
        (r#"{"status": "active", "type": "Full"}"#, Some(AccountState::Active), Some(false)),
        (r#"{"status": "active", "type": "Trial"}"#, Some(AccountState::Active), Some(true)),
        (r#"{"status": "suspended", "type": "Full"}"#, Some(AccountState::Suspended), Some(false)),
        ("{}", None, None),
    ] {
        server.then(Step::Reply(Reply::json(200, body)));
        let found = sender.probe().await.unwrap();
        assert_eq!((found.state, found.is_trial), (state, is_trial), "{body}");
    }
    server.then(Step::Reply(Reply::json(401, r#"{"code": 20003}"#)));
    let error = sender.probe().await.unwrap_err();
    assert_eq!(failure(&error), (FailureClass::Provider, "20003"));

    // What stands in for Twilio may have no such call; that says nothing of the credentials.
    for reply in
        [Reply::json(404, r#"{"code": 20404}"#), Reply::status(405), Reply::new(200, "text/html", "<p>")]
    {
        server.then(Step::Reply(reply));
        let error = sender.probe().await.unwrap_err();
        assert_eq!(failure(&error), (FailureClass::Provider, "not_told"));
    }
    for refusal in [Reply::status(401), Reply::json(403, r#"{"code": 20403}"#)] {
        server.then(Step::Reply(refusal));
        assert_ne!(failure(&sender.probe().await.unwrap_err()).1, "not_told");
    }

    let account = Account::with_api_key(ACCOUNT, "SK00000000000000000000000000000001", "secret").unwrap();
    let keyed = TwilioSender::builder(client(), account).base_url(server.base()).from(FROM).build().unwrap();
    server.then(Step::Reply(Reply::json(200, r#"{"incoming_phone_numbers": []}"#)));
    let found = keyed.probe().await.unwrap();
    assert_eq!((found.state, found.is_trial), (None, None));
    server.then(Step::Reply(Reply::json(200, "{}")));
    verify(&server).build().unwrap().probe().await.unwrap();
    server.then(Step::Reply(Reply::status(404)));
    let error = verify(&server).build().unwrap().probe().await.unwrap_err();
    assert_eq!(failure(&error), (FailureClass::Provider, "not_told"));

    let requests = server.requests();
    assert!(requests.iter().all(|request| request.method == "GET" && request.body.is_empty()));
    assert_eq!(requests[0].path(), format!("/2010-04-01/Accounts/{ACCOUNT}.json"));
    assert_eq!(requests[11].path(), format!("/v2/Services/{SERVICE}"));
}

#[tokio::test]
async fn verify_judges_a_guess() {
    let server = Server::start().await;
    let verify = verify(&server).build().unwrap();
    let found = |sid: &str, status: &str, valid: bool| {
        Reply::json(200, &format!(r#"{{"sid": "{sid}", "status": "{status}", "valid": {valid}}}"#))
    };
    let problem = |status, code, text: &str| {
        Reply::json(status, &format!(r#"{{"code": {code}, "message": "{text}", "status": {status}}}"#))
    };
    for (reply, verdict) in [
        (found(VERIFICATION, "approved", true), Verdict::Right),
        (found(VERIFICATION, "pending", false), Verdict::Wrong),
        // Approved once already: the guess was not looked at.
        (found(VERIFICATION, "approved", false), Verdict::Over),
        (found(VERIFICATION, "canceled", false), Verdict::Over),
        (found(VERIFICATION, "expired", false), Verdict::Over),
        (found(VERIFICATION, "max_attempts_reached", false), Verdict::Over),
        // The right code of another verification of the same number.
        (found("VE00000000000000000000000000000002", "approved", true), Verdict::Over),
        (problem(404, 20404, "not found"), Verdict::Over),
        (problem(429, 60202, "Max check attempts reached"), Verdict::Over),
        (problem(400, 60200, "Invalid parameter `Code`: 1"), Verdict::Wrong),
    ] {
        server.then(Step::Reply(reply.clone()));
        assert_eq!(verify.check(VERIFICATION, &to(), CODE).await.unwrap(), verdict, "{reply:?}");
    }
    for (reply, class) in [
        (problem(400, 60200, "Invalid parameter `To`: x"), FailureClass::Recipient),
        (problem(400, 60200, "Invalid parameter `Amount`"), FailureClass::Request),
        (problem(401, 20003, "Authenticate"), FailureClass::Provider),
        (problem(503, 20503, "busy"), FailureClass::Transient),
        (found(VERIFICATION, "something new", false), FailureClass::Unknown),
    ] {
        server.then(Step::Reply(reply.clone()));
        let error = verify.check(VERIFICATION, &to(), CODE).await.unwrap_err();
        assert_eq!(error.class, class, "{reply:?}");
    }
}

#[tokio::test]
async fn a_verification_that_is_over_needs_no_end() {
    let server = Server::start().await;
    server.always(Step::Reply(Reply::json(404, r#"{"code": 20404}"#)));
    verify(&server).build().unwrap().cancel(VERIFICATION).await.unwrap();
    let ours = verify(&server).custom_code(true).build().unwrap();
    ours.follow_up(VERIFICATION, FollowUp::Verified).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn verify_sends_by_its_channels() {
    let server = Server::start().await;
    let begun = format!(r#"{{"sid": "{VERIFICATION}", "status": "pending"}}"#);
    server.always(Step::Reply(Reply::json(201, &begun)));
    let verify = verify(&server).channels([Channel::Sms, Channel::Voice, Channel::Whatsapp]).build().unwrap();
    for (channel, name) in [(Channel::Sms, "sms"), (Channel::Voice, "call"), (Channel::Whatsapp, "whatsapp")]
    {
        verify.send(&message(channel, "pt-PT", "")).await.unwrap();
        let request = &server.take_requests()[0];
        let names = ["Channel", "Locale", "CustomCode"];
        let row = [Some(name.to_owned()), Some("pt".to_owned()), None];
        assert_eq!(fields(request, &names), names.into_iter().zip(row).collect::<Vec<_>>());
    }
    assert!(!verify.carries(Channel::Email));
    let error = verify.send(&message(Channel::Email, "en", "")).await.unwrap_err();
    assert_eq!(failure(&error), (FailureClass::Request, "channel_not_configured"));
    assert!(server.requests().is_empty());
}

#[test]
fn channels_are_those_that_have_a_sender() {
    let client = Client::with_limits(Limits::default()).unwrap();
    let builder = || TwilioSender::builder(client.clone(), account());
    for (builder, channels) in [
        (builder().from(FROM), vec![Channel::Sms]),
        (builder().messaging_service("MG1"), vec![Channel::Sms]),
        (builder().voice(FROM), vec![Channel::Voice]),
        (builder().whatsapp(FROM), vec![Channel::Whatsapp]),
        (
            builder().from(FROM).voice(FROM).whatsapp(FROM),
            vec![Channel::Sms, Channel::Voice, Channel::Whatsapp],
        ),
    ] {
        let sender = builder.build().unwrap();
        let carried: Vec<Channel> =
            Channel::ALL.into_iter().filter(|channel| sender.carries(*channel)).collect();
        assert_eq!(carried, channels);
    }
}

#[test]
fn what_cannot_work_is_refused() {
    let client = Client::with_limits(Limits::default()).unwrap();
    let builder = || TwilioSender::builder(client.clone(), account());
    let refused = |builder: otp_twilio::TwilioSenderBuilder| builder.build().unwrap_err();
    assert_eq!(refused(builder()), ConfigError::NoSender);
    assert_eq!(refused(builder().from(" ")), ConfigError::NoSender);
    assert_eq!(
        refused(builder().messaging_service("nonsense")),
        ConfigError::Sid { what: "messaging service", prefix: "MG" }
    );
    assert_eq!(
        refused(builder().whatsapp(FROM).whatsapp_template("template")),
        ConfigError::Sid { what: "content template", prefix: "HX" }
    );
    for bad in ["otp.example.com", "ftp://otp.example.com", "https://", "https:///x", "https://x y"] {
        assert_eq!(refused(builder().from(FROM).status_callback(bad)), ConfigError::StatusCallback, "{bad}");
    }
    let sid = |what, prefix| Some(ConfigError::Sid { what, prefix });
    assert_eq!(Account::with_token("", TOKEN).err(), sid("account", "AC"));
    assert_eq!(Account::with_token("AC/../x", TOKEN).err(), sid("account", "AC"));
    assert_eq!(Account::with_api_key(ACCOUNT, ACCOUNT, TOKEN).err(), sid("API key", "SK"));
    assert_eq!(Account::with_token(ACCOUNT, "").err(), Some(ConfigError::Secret));
    let verify = |service: &str| TwilioVerify::builder(client.clone(), account(), service);
    assert_eq!(verify("VE1").build().err(), sid("Verify service", "VA"));
    assert_eq!(verify(SERVICE).channels([]).build().err(), Some(ConfigError::NoChannel));
    assert_eq!(otp_twilio::TwilioWebhook::new(ACCOUNT, TOKEN, "x").err(), Some(ConfigError::PublicUrl));
}
