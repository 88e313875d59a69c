//! Line ends in every field: one sender, one recipient, the headers that belong, and nothing said besides.

use otp_core::{EmailAddress, Recipient};
use otp_service::Sender as _;
use otp_smtp::SmtpSender;

use crate::{
    World,
    common::{
        TO, from,
        mail::Part,
        message,
        payloads::{FIELDS, payloads},
    },
    server::{Mode, Received},
};

const HEADERS: [&str; 10] = [
    "auto-submitted",
    "content-language",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "subject",
    "to",
    "x-auto-response-suppress",
];

fn assert_is_one_mail(mail: &Received, case: &str) {
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("codes@example.com", &[TO.to_owned()][..]),
        "{case}"
    );
    let lines = mail.content.split_inclusive('\n');
    assert!(lines.clone().all(|line| line.ends_with("\r\n") && line.len() <= 1000), "{case}");
    assert!(lines.clone().all(|line| !line[..line.len() - 2].contains('\r') && line.is_ascii()), "{case}");
    let parsed = Part::parse(&mail.content);
    assert_eq!(parsed.names(), HEADERS, "{case}");
    assert_eq!(parsed.header("to"), TO, "{case}");
    assert_eq!(parsed.header("from"), "Example <codes@example.com>", "{case}");
    let id = parsed.header("message-id");
    let dot_atom = |c: char| c.is_ascii_alphanumeric() || "-_.=".contains(c);
    let left = id.strip_prefix('<').and_then(|id| id.strip_suffix("@example.com>")).expect(case);
    assert!(left.chars().all(dot_atom), "{case}: {id}");
    let parts = parsed.parts();
    let kinds: Vec<_> = parts.iter().map(|part| part.header("content-type")).collect();
    assert_eq!(kinds, ["text/plain; charset=utf-8", "text/html; charset=utf-8"], "{case}");
    let part_headers = ["content-transfer-encoding", "content-type"];
    assert!(parts.iter().all(|part| part.names() == part_headers), "{case}");
}

#[tokio::test]
async fn in_every_field_of_a_message() {
    let world = World::new(Mode::Plain, Vec::new()).await;
    let sender = world.sender();
    let mut sent = 0;
    for payload in payloads() {
        let mut all = message("en");
        for (name, put) in FIELDS {
            let mut message = message("en");
            put(&mut message, &payload);
            put(&mut all, &payload);
            sender.send(&message).await.unwrap_or_else(|error| panic!("{name} {payload:?}: {error:?}"));
            sent += 1;
        }
        sender.send(&all).await.unwrap_or_else(|error| panic!("all {payload:?}: {error:?}"));
        sent += 1;
    }
    world.server.log(|log| {
        assert_eq!((sent, log.received.len(), log.connections), (3500, 3500, 1));
        let said = ["MAIL FROM:<codes@example.com>", "RCPT TO:<alice@example.org>", "DATA"];
        let greeting = log.commands.iter().position(|command| command.starts_with("MAIL")).expect("mail");
        assert_eq!(log.commands.len() - greeting, 3 * 3500);
        assert!(log.commands[greeting..].chunks(3).all(|chunk| chunk == said));
        for (index, mail) in log.received.iter().enumerate() {
            assert_is_one_mail(mail, &format!("message {index}:\n{}", mail.content));
        }
    });
}

#[tokio::test]
async fn in_recipients_and_senders() {
    let world = World::new(Mode::Plain, Vec::new()).await;
    let sender = world.sender();
    let mut messages = 0;
    for payload in payloads() {
        let spellings = [
            payload.clone(),
            format!("alice@example.org{payload}"),
            format!("{payload}@example.org"),
            format!("alice{payload}@example.org"),
            format!("alice@example{payload}.org"),
            format!("\"alice{payload}\"@example.org"),
            format!("<alice@example.org>{payload}"),
        ];
        for spelling in spellings {
            // What a person types, and what a row of a spoilt database gives.
            let read = [Recipient::parse(&spelling).ok(), Recipient::from_canonical(&spelling).ok()];
            for to in read.into_iter().flatten() {
                let mut message = message("en");
                message.to = to.clone();
                if sender.send(&message).await.is_ok() {
                    messages += 1;
                    world.server.log(|log| {
                        let mail = log.received.last().expect("the message");
                        assert_eq!(
                            (log.received.len(), mail.to.as_slice()),
                            (messages, &[to.as_str().to_owned()][..])
                        );
                        assert_eq!(Part::parse(&mail.content).header("to"), to.as_str());
                    });
                }
            }
            if let Ok(address) = EmailAddress::parse(&spelling) {
                let plain = |c: char| c.is_ascii_graphic() && !"<>,;:\"".contains(c);
                assert!(address.as_str().chars().all(plain), "{spelling:?}");
            }
        }
    }
    world.server.log(|log| {
        let evil = |command: &String| command.contains("evil@example.net") && !command.contains("alice");
        assert!(!log.commands.iter().any(evil), "{:?}", log.commands.iter().find(|it| evil(it)));
        let verbs = log.verbs();
        assert!(verbs.iter().all(|verb| ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "RSET"].contains(verb)));
    });
}

#[tokio::test]
async fn in_rows_of_a_spoilt_database() {
    let world = World::new(Mode::Plain, Vec::new()).await;
    let sender = world.sender();
    for spelling in [
        "alice>@example.org",
        "<alice@example.org",
        "alice>,<evil@example.net",
        "alice,evil@example.net",
        "alice;evil@example.net",
        "alice:evil@example.net",
        "alice(evil)@example.net",
        "alice\\@example.net",
        "alice..evil@example.net",
        ".alice@example.net",
        "alice@example..net",
    ] {
        let mut message = message("en");
        message.to = Recipient::from_canonical(spelling).expect(spelling);
        let error = sender.send(&message).await.expect_err(spelling);
        assert_eq!(error.class, otp_core::FailureClass::Request, "{spelling}");
    }
    assert_eq!(world.server.log(|log| log.connections), 0);
}

#[tokio::test]
async fn in_options() {
    let world = World::new(Mode::Plain, Vec::new()).await;
    for payload in payloads() {
        let server = SmtpSender::builder(payload.clone(), from()).build();
        assert!(server.is_err(), "{payload:?} as server");
        assert!(world.builder().hello_name(payload.clone()).build().is_err(), "{payload:?} as EHLO name");
        assert!(world.builder().name(payload.clone()).build().is_err(), "{payload:?} as name");
        // What is no control character may be in a name or a password: it is encoded.
        let named = world.builder().from_name(payload.clone()).build();
        assert_eq!(named.is_ok(), !payload.contains(char::is_control), "{payload:?} as name of From");
        if let Ok(sender) = named {
            sender.send(&message("en")).await.expect("accepted");
            world.server.log(|log| {
                let mail = log.received.last().expect("the message");
                let parsed = Part::parse(&mail.content);
                assert_eq!(
                    (parsed.names().as_slice(), mail.to.as_slice()),
                    (&HEADERS[..], &[TO.to_owned()][..])
                );
                let from = parsed.header("from");
                assert!(from.ends_with(" <codes@example.com>"), "{from}");
                // Outside of quotes and encoded words there is one address.
                let bare = from.rsplit_once(" <").map_or("", |(name, _)| name);
                assert!(bare.starts_with("=?utf-8?b?") || bare.starts_with('"'), "{from}");
            });
        }
        for (user, password) in [(payload.as_str(), "password"), ("user", payload.as_str())] {
            let before = world.server.log(|log| log.commands.len());
            if let Ok(sender) = world.builder().credentials(user, password).build() {
                assert!(sender.probe().await.is_err(), "{payload:?} logs in");
                let said = world.server.log(|log| log.verbs()[before..].join(" "));
                assert_eq!(said, "EHLO AUTH", "{payload:?}");
            }
        }
    }
}
