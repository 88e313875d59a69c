//! `negotiate` as a table, and on arbitrary input.

use otp_core::message::{Catalogue, Language, negotiate};
use proptest::prelude::*;

fn languages(tags: &str) -> Vec<Language> {
    tags.split_whitespace().map(|tag| Language::new(tag).expect("the table holds language tags")).collect()
}

const BUILT_IN: &str = "en es fr de pt zh-Hant ja ar";

/// Header, available languages, answer (empty: none).
const CASES: &[(&str, &str, &str)] = &[
    // q-values
    ("fr-CA;q=0.8,de;q=0.9", "fr de", "de"),
    ("de;q=0,fr", "de fr", "fr"),
    ("fr", BUILT_IN, "fr"),
    ("de,fr", BUILT_IN, "de"),
    ("fr,de", BUILT_IN, "fr"),
    ("de;q=0.5,fr;q=0.5", BUILT_IN, "de"),
    ("de;q=0.499,fr;q=0.5", BUILT_IN, "fr"),
    ("de;q=0.999,fr;q=1.000", BUILT_IN, "fr"),
    ("de ; q=0.1 ,\tfr;Q=0.2", BUILT_IN, "fr"),
    ("de;q=0.001", BUILT_IN, "de"),
    ("de;q=1.,fr", BUILT_IN, "de"),
    ("de;q=0.,fr;q=0.1", BUILT_IN, "fr"),
    // cut from the end
    ("en-GB", BUILT_IN, "en"),
    ("PT-br", BUILT_IN, "pt"),
    ("pt_BR", BUILT_IN, "pt"),
    ("es-419", BUILT_IN, "es"),
    ("de-Latn-CH-1996", BUILT_IN, "de"),
    ("de-CH-x-private", "de de-CH", "de-CH"),
    ("de-1996-x-private", "de-1996 de", "de-1996"),
    ("fr-CA, en", "en fr-FR fr", "fr"),
    ("en-GB,fr", "fr en", "en"),
    ("tlh-AA, fr;q=0.1", BUILT_IN, "fr"),
    ("pt", "pt-BR en", ""),
    ("en-GB", "en en-GB", "en-GB"),
    ("e", BUILT_IN, ""),
    ("eng", BUILT_IN, ""),
    // scripts
    ("zh-TW", "zh-Hans zh-Hant", "zh-Hant"),
    ("zh-HK", "zh-Hans zh-Hant", "zh-Hant"),
    ("zh-MO", "zh-Hans zh-Hant", "zh-Hant"),
    ("zh-Hant-SG", "zh-Hans zh-Hant", "zh-Hant"),
    ("zh-CN", "zh-Hant zh-Hans", "zh-Hans"),
    ("zh-SG", "zh-Hant zh-Hans", "zh-Hans"),
    ("zh", "zh-Hant zh-Hans", "zh-Hans"),
    ("zh-Hans-TW", "zh-Hant zh-Hans", "zh-Hans"),
    ("zh-TW-x-private", "zh-Hans zh-Hant", "zh-Hant"),
    ("zh-x-private", "zh-Hant zh-Hans", "zh-Hans"),
    ("zh-CN,en;q=0.1", BUILT_IN, "en"),
    ("zh-TW,en;q=0.9", BUILT_IN, "zh-Hant"),
    ("zh-TW", "zh-Hans en", ""),
    ("zh-TW", "zh zh-Hans", "zh"),
    ("zh-TW", "zh-TW zh-Hant", "zh-TW"),
    ("zh-Hant-TW", "zh-TW en", "zh-TW"),
    ("zh-Hans-CN", "zh en", "zh"),
    ("zh-Hans", "zh zh-Hans", "zh-Hans"),
    ("zh-yue-HK", "zh-Hans zh-yue", "zh-yue"),
    ("sr-RS", "sr-Latn sr-Cyrl", "sr-Cyrl"),
    ("sr-ME", "sr-Cyrl sr-Latn", "sr-Latn"),
    ("sr-Latn-RS", "sr-Cyrl sr-Latn", "sr-Latn"),
    // refusals
    ("de;q=0", BUILT_IN, ""),
    ("de;q=0.000,de-AT", BUILT_IN, ""),
    ("de-AT;q=0,de", BUILT_IN, "de"),
    ("de;q=0,*", "de-AT de fr", "fr"),
    ("en;q=0,en-GB", "en en-GB", "en-GB"),
    ("en;q=0,en-GB,fr;q=0.1", "en fr", "fr"),
    ("zh;q=0,*", "zh-Hant ja", "ja"),
    ("zh-TW;q=0,zh-Hant", "zh-TW zh-Hant", "zh-Hant"),
    ("zh;q=0,zh-Hant", "zh-Hans zh-Hant", "zh-Hant"),
    ("de,de;q=0", BUILT_IN, ""),
    // the wildcard
    ("*", BUILT_IN, "en"),
    ("*;q=0.1", BUILT_IN, "en"),
    ("*;q=0", BUILT_IN, ""),
    ("en;q=0,*;q=0.5", BUILT_IN, "es"),
    ("*,fr;q=0.5", BUILT_IN, "fr"),
    ("tlh,*;q=0.5", BUILT_IN, "en"),
    ("fr-CA,*;q=0", BUILT_IN, "fr"),
    ("tlh,*;q=0", BUILT_IN, ""),
    ("*,*;q=0", BUILT_IN, ""),
    ("*-CH,fr", BUILT_IN, "fr"),
    // malformed elements
    ("", BUILT_IN, ""),
    (",,,", BUILT_IN, ""),
    (" , fr ,", BUILT_IN, "fr"),
    ("de;q=2,fr", BUILT_IN, "fr"),
    ("de;q=1.001,fr", BUILT_IN, "fr"),
    ("de;q=-0.5,fr", BUILT_IN, "fr"),
    ("de;q=0.1234,fr;q=0.1", BUILT_IN, "fr"),
    ("de;q=,fr", BUILT_IN, "fr"),
    ("de;q,fr", BUILT_IN, "fr"),
    ("de;q=.5,fr;q=0.1", BUILT_IN, "fr"),
    ("de;q=NaN,fr;q=0.1", BUILT_IN, "fr"),
    ("de;level=1,fr", BUILT_IN, "fr"),
    ("de;q=1;q=0,fr", BUILT_IN, "fr"),
    ("de fr, ja", BUILT_IN, "ja"),
    ("dé,\0,de\r\n,ja", BUILT_IN, "ja"),
    ("x-klingon, i-default, ja", BUILT_IN, "ja"),
    ("fr", "", ""),
    ("*", "", ""),
];

#[test]
fn table() {
    for (header, available, expected) in CASES {
        let answer = negotiate(header, &languages(available));
        assert_eq!(answer.as_ref().map_or("", Language::as_str), *expected, "{header:?} of {available}");
    }
}

#[test]
fn input_is_bounded() {
    let available = languages("de fr");
    let answer = |header: &str| negotiate(header, &available).map(|language| language.to_string());

    assert_eq!(answer(&format!("{}fr", "xx,".repeat(31))).as_deref(), Some("fr"));
    assert_eq!(answer(&format!("{}fr", "xx,".repeat(32))), None);
    // An element that the bound would cut in two is not read: `fr-CA;q=0.1` must not become `fr-CA;q=0`.
    let filler = "x".repeat(995);
    assert_eq!(answer(&format!("fr,{filler}")).as_deref(), Some("fr"));
    assert_eq!(answer(&format!("{},fr", "x".repeat(997))).as_deref(), Some("fr"));
    assert_eq!(answer(&format!("{filler},fr;q=0.5")), None);
    assert_eq!(answer(&format!("{}é,fr", "x".repeat(999))), None);
    assert_eq!(answer(&"fr,".repeat(1_000_000)).as_deref(), Some("fr"));
}

#[test]
fn an_explicit_language_wins_where_it_is_supported() {
    let catalogue = Catalogue::builder()
        .app_name("Acme")
        .default_language("ja")
        .build()
        .expect("nothing is wrong with it");
    for (explicit, accept_language, expected) in [
        (Some("fr"), Some("de"), "fr"),
        (Some(" FR-ca "), Some("de"), "fr"),
        (Some("zh-TW"), None, "zh-Hant"),
        (Some("zh-CN"), Some("de"), "de"),
        (Some("*"), Some("de"), "de"),
        (Some(""), Some("de"), "de"),
        (Some("fr\r\n"), None, "fr"),
        (Some("tlh"), None, "ja"),
        (None, None, "ja"),
        (None, Some("*"), "ja"),
        (None, Some("ja;q=0"), "ja"),
        (None, Some("ja;q=0, *"), "ar"),
    ] {
        let answer = catalogue.negotiate(explicit, accept_language);
        assert_eq!(answer.as_str(), expected, "{explicit:?} {accept_language:?}");
    }
}

proptest! {
    #[test]
    fn arbitrary_headers(header in any::<String>()) {
        let _ = negotiate(&header, &languages("en zh-Hant sr"));
    }

    #[test]
    fn plausible_headers(
        header in "((de|en|zh|zh-TW|sr-Latn|\\*|-|x)(-[a-z0-9]{1,9})?(;q=[01]?(\\.[0-9]{0,4})?)?[, ;]{0,2}){0,40}"
    ) {
        let available = languages("en de zh-Hant zh sr");
        if let Some(answer) = negotiate(&header, &available) {
            prop_assert!(available.contains(&answer));
        }
    }

    #[test]
    fn a_tag_has_one_spelling(tag in "[a-zA-Z]{2,3}([-_][a-zA-Z0-9]{1,8}){0,3}") {
        if let Ok(language) = Language::new(&tag) {
            prop_assert_eq!(Language::new(language.as_str()), Ok(language.clone()));
            prop_assert_eq!(Language::new(&tag.to_uppercase()), Ok(language));
        }
    }
}
