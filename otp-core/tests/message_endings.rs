//! Last lines of text messages: what they are made of, which messages get one, and what they cost.

use std::collections::BTreeMap;

use otp_core::{
    Channel, Purpose,
    message::{
        AppHash, Catalogue, CatalogueBuilder, Ending, EndingError, Language, MAX_RETRIEVER_BYTES,
        MessageEnding, OriginHost, RenderRequest, TextKind, parse_origin_bound, segments,
    },
};
use proptest::prelude::*;

const CODE: &str = "012345";
const WEB: &str = "\n\n@example.com #012345";
const ANDROID: &str = "\nFA+9qCX9VSu";

fn host(name: &str) -> OriginHost {
    OriginHost::new(name).expect("the tests hold host names")
}

fn web() -> Ending {
    Ending::OriginBound { host: host("example.com"), embedded: None }
}

fn android() -> Ending {
    Ending::Retriever { app_hash: AppHash::new("FA+9qCX9VSu").expect("11 characters") }
}

fn catalogue(
    app_name: &str,
    endings: &[Ending],
    build: impl FnOnce(CatalogueBuilder) -> CatalogueBuilder,
) -> Catalogue {
    let builder = Catalogue::builder().app_name(app_name);
    let builder = endings.iter().cloned().fold(builder, CatalogueBuilder::ending);
    build(builder).build().unwrap_or_else(|problems| panic!("{problems}"))
}

fn body(catalogue: &Catalogue, channel: Channel, language: &str, chosen: Option<MessageEnding>) -> String {
    let mut parameters = BTreeMap::new();
    MessageEnding::put(chosen, &mut parameters);
    let rendered = catalogue.render(&RenderRequest {
        purpose: &Purpose::default(),
        language: &Language::new(language).expect("the tests hold language tags"),
        channel,
        security_code: CODE,
        minutes: 10,
        parameters: &parameters,
    });
    rendered.body.expose().to_owned()
}

#[test]
fn hosts() {
    for (given, taken) in [
        ("example.com", "example.com"),
        ("Login.Example.COM", "login.example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("1.example", "1.example"),
        ("a-b.co.uk", "a-b.co.uk"),
    ] {
        assert_eq!(OriginHost::new(given).map(|host| host.to_string()), Ok(taken.to_owned()));
    }
    let (label, long) = (format!("{}.com", "a".repeat(64)), format!("{}com", "abcdefg.".repeat(32)));
    for refused in [
        "",
        ".",
        "localhost",
        "example.com.",
        ".example.com",
        "a..b",
        "https://example.com",
        "example.com:8443",
        "example.com/login",
        "@example.com",
        "example.com #1",
        " example.com",
        "example.com\n",
        "b\u{fc}cher.example",
        "127.0.0.1",
        "[::1]",
        "-a.com",
        "a-.com",
        "a_b.com",
        &label,
        &long,
    ] {
        let error = OriginHost::new(refused).expect_err(refused);
        assert!(error.to_string().contains("\"example.com\""), "{error}");
    }
    assert!(OriginHost::new(&label[1..]).is_ok());
}

/// Against `printf '%s %s' NAME HEX | sha256sum | cut -d' ' -f1 | xxd -r -p | base64 | cut -c1-11`.
#[test]
fn app_hashes() {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (package, certificate, hash) in [
        ("com.example.app", &b"the DER of a certificate"[..], "CooQzTxBMGN"),
        ("com.example.app", &every_byte, "HI2BSHZv5W/"),
        ("com.example.otherapp", &every_byte, "o3U+oocxZfM"),
        ("", &[], "Nqnn8clbgv+"),
    ] {
        let made = AppHash::of(package, certificate);
        assert_eq!(made.as_str(), hash);
        assert_eq!(AppHash::new(hash), Ok(made));
    }
    for refused in
        ["", "FA+9qCX9VS", "FA+9qCX9VSuX", "FA-9qCX9VSu", "FA+9qCX9VS=", "FA+9qCX9V\u{e9}", " A+9qCX9VSu"]
    {
        let error = AppHash::new(refused).expect_err(refused);
        assert!(error.to_string().contains("\"FA+9qCX9VSu\""), "{error}");
    }
}

/// Beside the golden file: what ends a token, and what does not.
#[test]
fn what_a_browser_reads() {
    for (message, read) in [
        ("@a.example #1\t@b.example", Some(("a.example", "1", None))),
        ("@a.example #1\u{c}2 @b.example", Some(("a.example", "1", None))),
        ("@a.example #1\u{a0}2", Some(("a.example", "1\u{a0}2", None))),
        ("@a.example #1  @b.example", Some(("a.example", "1", None))),
        ("@a.example #1 @", Some(("a.example", "1", None))),
        ("@a.example #1 @b.example @c.example", Some(("a.example", "1", Some("b.example")))),
        ("@a.example\u{2028}#1", None),
        ("text\u{2028}@a.example #1", None),
        ("@a.example", None),
        ("@a.example ", None),
        ("@", None),
        ("@a.example #1\r\n", None),
        ("@a.example #1\r", None),
    ] {
        let found = parse_origin_bound(message).map(|found| (found.host, found.code, found.embedded));
        assert_eq!(found, read, "{message:?}");
    }
}

/// Beside the golden file: the hash is a word of its own, and the message short by itself.
#[test]
fn what_android_reads() {
    let hash = AppHash::new("FA+9qCX9VSu").expect("11 characters");
    for (message, read) in [
        ("FA+9qCX9VSu", true),
        ("012345 FA+9qCX9VSu", true),
        ("012345\u{c}FA+9qCX9VSu", true),
        ("012345FA+9qCX9VSu", false),
        ("012345\nFA+9qCX9VSu ", false),
        ("012345\nFA+9qCX9VSv", false),
        ("", false),
        (&("x".repeat(128) + ANDROID), true),
        (&("x".repeat(129) + ANDROID), false),
    ] {
        assert_eq!(hash.retrieves(message), read, "{message:?}");
    }
}

#[test]
fn only_text_messages_get_an_ending() {
    let ended = catalogue("Acme", &[web(), android()], |builder| builder);
    let plain = catalogue("Acme", &[], |builder| builder);
    for channel in Channel::ALL {
        for chosen in
            [None, Some(MessageEnding::None), Some(MessageEnding::Web), Some(MessageEnding::Android)]
        {
            let ending = match (channel, chosen) {
                (Channel::Sms, None | Some(MessageEnding::Web)) => WEB,
                (Channel::Sms, Some(MessageEnding::Android)) => ANDROID,
                _ => "",
            };
            let expected = body(&plain, channel, "fr", None) + ending;
            assert_eq!(body(&ended, channel, "fr", chosen), expected, "{channel} {chosen:?}");
            assert_eq!(body(&plain, channel, "fr", chosen), body(&plain, channel, "fr", None));
        }
    }
}

#[test]
fn the_catalogue_decides_where_the_request_does_not() {
    let other = Ending::OriginBound { host: host("example.org"), embedded: Some(host("frame.example")) };
    for (endings, chosen, expected) in [
        (&[android()][..], None, ANDROID),
        (&[android()], Some(MessageEnding::Web), ""),
        (&[android(), web()], None, WEB),
        (&[web()], Some(MessageEnding::Android), ""),
        (&[web(), other], None, "\n\n@example.org #012345 @frame.example"),
    ] {
        let text = body(&catalogue("Acme", endings, |builder| builder), Channel::Sms, "pt", chosen);
        assert_eq!(text, format!("Boas-vindas a Acme! Use o PIN 012345 para continuar.{expected}"));
    }
    let both = catalogue("Acme", &[web(), android()], |builder| builder);
    assert_eq!(both.ending(MessageEnding::Web), Some(&web()));
    assert_eq!(both.ending(MessageEnding::Android), Some(&android()));
    assert_eq!(both.ending(MessageEnding::None), None);
}

#[test]
fn what_the_host_wrote_is_never_changed() {
    let own = "Code {security_code}\n\n@login.example.com #{security_code}";
    for (text, endings, expected) in [
        ("{security_code} \n", &[web()][..], format!("012345{WEB}")),
        // It ends so already, if for another page.
        (own, &[web()], "Code 012345\n\n@login.example.com #012345".to_owned()),
        ("{security_code} FA+9qCX9VSu", &[android()], "012345 FA+9qCX9VSu".to_owned()),
        // Another code is no ending.
        ("{security_code}\n@a.example #12345", &[web()], format!("012345\n@a.example #12345{WEB}")),
        // With the hash Android would not read it.
        (&("x".repeat(123) + "{security_code}"), &[android()], "x".repeat(123) + CODE),
        (&("x".repeat(122) + "{security_code}"), &[android()], "x".repeat(122) + CODE + ANDROID),
    ] {
        let catalogue = catalogue("Acme", endings, |b| b.text(None, "en", TextKind::Sms, text));
        assert_eq!(body(&catalogue, Channel::Sms, "en", None), expected);
    }
}

#[test]
fn an_ending_names_the_code_of_its_text() {
    for (text, code) in [
        ("Your code is 12345", CODE),
        ("", CODE),
        ("a text", ""),
        ("12 34", "12 34"),
        ("1\n2", "1\n2"),
        ("é", "é"),
    ] {
        for ending in [web(), android()] {
            assert_eq!(ending.append(text, code).err(), Some(EndingError::CodeMissing), "{text:?} {code:?}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_appended_is_read_back(
        before in "\\PC{0,60}", after in "(\\PC|\n){0,60}", code in "[0-9]{4,10}", embedded in any::<bool>(),
    ) {
        let text = format!("{before} {code} {after}");
        let embedded = embedded.then(|| host("frame.example"));
        let web = Ending::OriginBound { host: host("example.com"), embedded: embedded.clone() };
        let ended = web.append(&text, &code).expect("the code is in the text");
        let read = parse_origin_bound(ended.expose()).expect("a browser reads it");
        prop_assert_eq!((read.host, read.code), ("example.com", code.as_str()));
        prop_assert_eq!(read.embedded, embedded.as_ref().map(OriginHost::as_str));
        prop_assert!(ended.expose().starts_with(text.trim_end()));
        let again = web.append(ended.expose(), &code).expect("the code is in the text");
        prop_assert_eq!(again.expose(), ended.expose());

        let whole = text.trim_end().len() + ANDROID.len();
        let hash = AppHash::new("FA+9qCX9VSu").expect("11 characters");
        match android().append(&text, &code) {
            Ok(ended) => {
                prop_assert!(hash.retrieves(ended.expose()));
                prop_assert_eq!(ended.expose(), text.trim_end().to_owned() + ANDROID);
            }
            Err(error) => {
                prop_assert!(whole > MAX_RETRIEVER_BYTES);
                prop_assert_eq!(error, EndingError::TooLong { bytes: whole });
            }
        }
    }
}

/// What [`CatalogueBuilder::ending`] promises, and not a character more.
#[test]
fn built_in_texts_stay_one_sms_while_names_are_short() {
    let embedded = Ending::OriginBound { host: host("example.com"), embedded: Some(host("b.example")) };
    for (endings, room) in [
        (&[][..], 46),
        (&[web()], 35 - "example.com".len()),
        (&[embedded], 35 - "example.com".len() - 2 - "b.example".len()),
        (&[android()], 34),
        (&[web(), android()], 35 - "example.com".len()),
    ] {
        let fitting = catalogue(&"a".repeat(room), endings, |builder| builder);
        assert_eq!(fitting.check_segments(6, 10).collect::<Vec<_>>(), [], "{endings:?}");
        assert_eq!(fitting.check_endings(6, 10).collect::<Vec<_>>(), [], "{endings:?}");
        // The same counted without `check_segments`.
        for language in fitting.languages() {
            for chosen in MessageEnding::ALL {
                let text = body(&fitting, Channel::Sms, language.as_str(), Some(chosen));
                assert_eq!(segments(&text).segments, 1, "{text}");
            }
        }
        let longer = catalogue(&"a".repeat(room + 1), endings, |builder| builder);
        assert_ne!(longer.check_segments(6, 10).count(), 0, "{endings:?}");
    }
}

/// Room for the application's name by language: characters in one SMS without an ending, with [`web`], with
/// [`android`]; and bytes in what Android reads.
#[test]
fn room_for_names() {
    let fits = |language: &str, name: String, endings: &[Ending], chosen| {
        let catalogue = catalogue(&name, endings, |builder| builder);
        let text = body(&catalogue, Channel::Sms, language, Some(chosen));
        let ended = text.ends_with(match chosen {
            MessageEnding::Web => WEB,
            MessageEnding::Android => ANDROID,
            _ => "",
        });
        (segments(&text).segments == 1, ended)
    };
    for (language, none, web_room, android_room) in [
        ("en", 64, 64, 64),
        ("es", 64, 63, 53),
        ("fr", 64, 64, 58),
        ("de", 64, 57, 47),
        ("pt", 64, 64, 64),
        ("zh-Hant", 46, 24, 34),
        ("ja", 46, 24, 34),
        ("ar", 48, 26, 36),
    ] {
        let most = |endings: &[Ending], chosen| {
            let names = (1..=64).rev().map(|length| (length, "a".repeat(length)));
            names.into_iter().find(|(_, name)| fits(language, name.clone(), endings, chosen) == (true, true))
        };
        let most = |endings: &[Ending], chosen| most(endings, chosen).map(|(length, _)| length);
        assert_eq!(most(&[], MessageEnding::None), Some(none), "{language}");
        assert_eq!(most(&[web()], MessageEnding::Web), Some(web_room), "{language}");
        assert_eq!(most(&[android()], MessageEnding::Android), Some(android_room), "{language}");
    }
}

#[test]
fn costly_texts_are_told_by_purpose_and_language() {
    let login = Purpose::new("login").expect("a name");
    let catalogue = catalogue("Acme", &[web(), android()], |builder| {
        builder
            .text(Some(login.clone()), "en", TextKind::Sms, "x".repeat(133) + "{security_code}")
            .text(Some(login.clone()), "de", TextKind::Sms, "x".repeat(132) + "{security_code}")
            .text(None, "nl", TextKind::Sms, "x".repeat(155) + "{security_code}")
            .text(None, "sv", TextKind::Voice, "x".repeat(500) + "{security_code}")
    });
    let long: Vec<_> = catalogue
        .check_segments(6, 10)
        .map(|long| {
            let purpose = long.purpose.as_ref().map(|purpose| purpose.as_str().to_owned());
            let counts = (long.without_ending.segments, long.segments.segments, long.segments.septets);
            (purpose, long.language.to_string(), long.ending, counts)
        })
        .collect();
    // 133 + 6 + 22 = 161 and 132 + 6 + 22 = 160 septets; 155 + 6 alone is over, whatever follows.
    assert_eq!(
        long,
        [
            (Some("login".to_owned()), "en".to_owned(), MessageEnding::Web, (1, 2, Some(161))),
            (None, "nl".to_owned(), MessageEnding::None, (2, 2, Some(161))),
        ]
    );
    let lost: Vec<_> = catalogue
        .check_endings(6, 10)
        .map(|lost| (lost.purpose.is_some(), lost.language.to_string(), lost.ending, lost.error))
        .collect();
    let too_long = |bytes| EndingError::TooLong { bytes };
    assert_eq!(
        lost,
        [
            (true, "de".to_owned(), MessageEnding::Android, too_long(150)),
            (true, "en".to_owned(), MessageEnding::Android, too_long(151)),
            (false, "nl".to_owned(), MessageEnding::Android, too_long(173)),
        ]
    );
}

#[test]
fn the_choice_is_a_parameter_that_no_text_can_name() {
    let mut parameters = BTreeMap::from([("device".to_owned(), "Pixel".to_owned())]);
    assert_eq!(MessageEnding::of(&parameters), None);
    for ending in MessageEnding::ALL {
        MessageEnding::put(Some(ending), &mut parameters);
        assert_eq!(MessageEnding::of(&parameters), Some(ending));
        assert_eq!(ending.as_str().parse(), Ok(ending));
        let reserved = parameters.keys().find(|name| *name != "device").expect("it is there").clone();
        assert!(Catalogue::builder().app_name("Acme").parameter(reserved.clone()).build().is_err());
        parameters.insert(reserved, "ios".to_owned());
        assert_eq!(MessageEnding::of(&parameters), None);
    }
    MessageEnding::put(None, &mut parameters);
    assert_eq!(parameters.into_keys().collect::<Vec<_>>(), ["device"]);
    assert_eq!("Web".parse::<MessageEnding>().expect_err("unknown").to_string().matches("web").count(), 1);
}
