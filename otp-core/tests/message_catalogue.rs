//! The catalogue: the built-in texts, additions, replacements and problems.

use std::collections::BTreeMap;

use otp_core::{
    Channel, Purpose,
    message::{
        Catalogue, CatalogueBuilder, Language, RenderRequest, Rendered, SmsEncoding, TextKind, segments,
    },
};

fn acme() -> CatalogueBuilder {
    Catalogue::builder().app_name("Acme")
}

fn purpose(name: &str) -> Purpose {
    Purpose::new(name).expect("the tests hold names of purposes")
}

fn language(tag: &str) -> Language {
    Language::new(tag).expect("the tests hold language tags")
}

fn built(builder: CatalogueBuilder) -> Catalogue {
    builder.build().unwrap_or_else(|problems| panic!("{problems}"))
}

fn render(catalogue: &Catalogue, purpose_name: &str, tag: &str, channel: Channel) -> Rendered {
    catalogue.render(&RenderRequest {
        purpose: &purpose(purpose_name),
        language: &language(tag),
        channel,
        security_code: "012345",
        minutes: 10,
        parameters: &BTreeMap::new(),
    })
}

fn body(catalogue: &Catalogue, purpose: &str, tag: &str, channel: Channel) -> String {
    render(catalogue, purpose, tag, channel).body.expose().to_owned()
}

#[test]
fn built_in_languages() {
    let catalogue = built(acme());
    let mut tags: Vec<_> = catalogue.languages().iter().map(Language::as_str).collect();
    assert_eq!(tags.remove(0), "en", "the default comes first");
    assert_eq!(tags, ["ar", "de", "es", "fr", "ja", "pt", "zh-Hant"]);
    assert_eq!(catalogue.default_language().as_str(), "en");
    assert_eq!(
        body(&catalogue, "verify", "en", Channel::Sms),
        "Welcome to Acme! Please use security code 012345 to proceed."
    );
}

#[test]
fn every_built_in_text_is_whole() {
    let catalogue = built(acme());
    for tag in catalogue.languages() {
        for channel in Channel::ALL {
            let rendered = render(&catalogue, "verify", tag.as_str(), channel);
            let text = rendered.body.expose();
            assert_eq!(rendered.language, *tag);
            assert!(text.contains("Acme") && !text.contains(['{', '}']), "{text}");
            let (code, times) = match channel {
                Channel::Voice => ("0, 1, 2, 3, 4, 5", 2),
                Channel::Sms | Channel::Whatsapp | Channel::Email => ("012345", 1),
            };
            assert_eq!(text.matches(code).count(), times, "{text}");
            assert_eq!(text.contains("10"), channel == Channel::Email, "{text}");

            let subject = rendered.subject.as_ref().map(|subject| subject.expose());
            assert_eq!(subject.is_some(), channel == Channel::Email);
            if let Some(subject) = subject {
                assert!(subject.contains("Acme"), "{subject}");
                assert!(!subject.contains("012345"), "mail servers log subjects: {subject}");
            }
        }
    }
}

#[test]
fn every_built_in_text_is_one_sms() {
    let catalogue = built(Catalogue::builder().app_name("The name of an application with 46 characters!"));
    assert_eq!(catalogue.app_name().len(), 46);
    assert_eq!(catalogue.check_segments(6, 10).collect::<Vec<_>>(), []);
    for tag in catalogue.languages() {
        let count = segments(&body(&catalogue, "verify", tag.as_str(), Channel::Sms));
        let encoding = match tag.as_str() {
            "ar" | "ja" | "zh-Hant" => SmsEncoding::Ucs2,
            _ => SmsEncoding::Gsm7,
        };
        assert_eq!((count.segments, count.encoding), (1, encoding), "{tag}");
    }
}

#[test]
fn arabic_runs_right_to_left_and_keeps_the_code_together() {
    let catalogue = built(acme());
    for channel in Channel::ALL {
        let text = body(&catalogue, "verify", "ar", channel);
        assert!(text.starts_with(|c| matches!(c, '\u{620}'..='\u{64a}')), "{text}");
        assert!(!text.contains(|c: char| matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}')));
    }
    assert!(body(&catalogue, "verify", "ar", Channel::Sms).ends_with(" 012345"));
}

#[test]
fn the_nearest_text_is_taken() {
    let login = purpose("login");
    let catalogue = built(
        acme()
            .text(Some(login.clone()), "fr", TextKind::Sms, "login fr {security_code}")
            .text(Some(login.clone()), "en", TextKind::Sms, "login en {security_code}")
            .text(None, "fr", TextKind::Sms, "any fr {security_code}")
            .text(None, "fr-CA", TextKind::Sms, "any fr-CA {security_code}")
            .text(None, "nl", TextKind::Voice, "any nl {security_code}")
            .text(Some(login), "nl", TextKind::Sms, "login nl {security_code}")
            .default_language("nl"),
    );
    for (purpose, tag, channel, expected, from) in [
        ("login", "fr", Channel::Sms, "login fr 012345", "fr"),
        ("login", "fr", Channel::Whatsapp, "login fr 012345", "fr"),
        ("signup", "fr", Channel::Sms, "any fr 012345", "fr"),
        ("login", "fr-CA", Channel::Sms, "any fr-CA 012345", "fr-CA"),
        ("login", "fr-CH", Channel::Sms, "login fr 012345", "fr"),
        ("login", "tlh", Channel::Sms, "login nl 012345", "nl"),
        ("login", "tlh", Channel::Voice, "any nl 0, 1, 2, 3, 4, 5", "nl"),
        ("login", "en", Channel::Sms, "login en 012345", "en"),
        ("signup", "nl", Channel::Sms, "Welcome to Acme! Please use security code 012345 to proceed.", "en"),
        ("signup", "zh-TW", Channel::Sms, "歡迎使用 Acme！請輸入安全碼 012345 以繼續。", "zh-Hant"),
    ] {
        let rendered = render(&catalogue, purpose, tag, channel);
        assert_eq!((rendered.body.expose(), rendered.language.as_str()), (expected, from), "{purpose} {tag}");
    }
    let mail = render(&catalogue, "login", "fr-CA", Channel::Email);
    assert_eq!(mail.language.as_str(), "fr");
    assert_eq!(mail.subject.as_ref().map(|s| s.expose()), Some("Votre code de sécurité Acme"));
}

#[test]
fn a_replaced_text_is_not_looked_at() {
    let catalogue = built(acme().text(None, "en", TextKind::Sms, "{oops").text(
        None,
        "EN",
        TextKind::Sms,
        "{security_code}",
    ));
    assert_eq!(body(&catalogue, "verify", "en", Channel::Sms), "012345");
}

#[test]
fn all_problems_at_once() {
    let problems = Catalogue::builder()
        .app_name("Ac\nme")
        .parameter("Name")
        .parameter("minutes")
        .parameter("first_name")
        .text(None, "English", TextKind::Sms, "{security_code}")
        .text(None, "en", TextKind::Sms, "{apq} {firstname} {security_code}")
        .text(Some(purpose("login")), "fr_ca", TextKind::Voice, "Bonjour")
        .text(None, "nl", TextKind::EmailSubject, "Uw code")
        .text(Some(purpose("login")), "sv", TextKind::EmailText, "{security_code}")
        .default_language("it")
        .build()
        .unwrap_err();
    let allowed = "allowed are {app}, {security_code}, {minutes}, {Name}, {first_name}";
    let parameter = "1 to 32 of a-z, 0-9 and _ are expected, starting with a letter, \
                     and not app, security_code, minutes";
    let expected = [
        "app_name \"Ac\\nme\": 1 to 64 characters on one line are expected".to_owned(),
        format!("parameter \"Name\": {parameter}"),
        format!("parameter \"minutes\": {parameter}"),
        "language \"English\" (sms): a tag like \"en\", \"pt-BR\" or \"zh-Hant\" is expected".to_owned(),
        "language \"nl\" (email_subject): needs email_text too".to_owned(),
        "language \"sv\" (email_text, purpose login): needs email_subject too".to_owned(),
        "default_language \"it\": one of ar, de, en, es, fr, fr-CA, ja, nl, pt, sv, zh-Hant is expected"
            .to_owned(),
        format!("language \"en\" (sms): unknown placeholder {{apq}} (did you mean {{app}}?); {allowed}"),
        format!(
            "language \"en\" (sms): unknown placeholder {{firstname}} (did you mean {{first_name}}?); {allowed}"
        ),
        format!("language \"fr-CA\" (voice, purpose login): {{security_code}} is missing; {allowed}"),
    ];
    let problems = problems.to_string();
    assert_eq!(problems.lines().collect::<Vec<_>>(), expected, "{problems}");
}

#[test]
fn an_application_has_a_name() {
    for bad in ["", "  ", "a\u{202e}b", "a\r\nb", &"x".repeat(65)] {
        assert!(Catalogue::builder().app_name(bad).build().is_err(), "{bad:?}");
    }
    assert!(Catalogue::builder().build().is_err());
    assert_eq!(built(Catalogue::builder().app_name(" Bürgeramt 東京 ")).app_name(), "Bürgeramt 東京");
}

#[test]
fn long_texts_are_listed() {
    let login = purpose("login");
    let catalogue = built(
        acme()
            .parameter("name")
            .text(Some(login.clone()), "en", TextKind::Sms, "x".repeat(134) + "{name}{security_code}")
            .text(Some(login.clone()), "de", TextKind::Sms, "x".repeat(135) + "{name}{security_code}")
            .text(Some(login), "de", TextKind::Voice, "x".repeat(500) + "{security_code}"),
    );
    let long: Vec<_> = catalogue.check_segments(6, 10).collect();
    assert_eq!(long.len(), 1);
    assert_eq!(long[0].purpose.as_ref().map(Purpose::as_str), Some("login"));
    assert_eq!(long[0].language.as_str(), "de");
    assert_eq!((long[0].segments.segments, long[0].segments.septets), (2, Some(161)));
}

#[test]
fn debug_shows_no_code() {
    let catalogue = built(acme());
    let parameters = BTreeMap::from([("name".to_owned(), "Ann".to_owned())]);
    for channel in Channel::ALL {
        let request = RenderRequest {
            purpose: &purpose("login"),
            language: &language("en"),
            channel,
            security_code: "987654",
            minutes: 10,
            parameters: &parameters,
        };
        let shown = format!("{request:?} {:?}", catalogue.render(&request));
        assert!(!shown.contains("98") && !shown.contains("Ann"), "{shown}");
    }
}
