//! Which voice speaks a language, and which locale Verify writes it in.

use otp_core::Language;

/// What is spoken where Vonage has no voice for the language: the digits are still digits.
const FALLBACK_VOICE: &str = "en-US";

/// Our tag, and Vonage's voice (Voice API, guide "Text to Speech"). A tag without a region has the voice of the country
/// the language is named after.
const VOICES: &[(&str, &str)] = &[
    ("ar", "ar"),
    ("ca", "ca-ES"),
    ("cs", "cs-CZ"),
    ("cy", "cy-GB"),
    ("da", "da-DK"),
    ("de", "de-DE"),
    ("el", "el-GR"),
    ("en", "en-US"),
    ("en-AU", "en-AU"),
    ("en-GB", "en-GB"),
    ("en-IN", "en-IN"),
    ("en-ZA", "en-ZA"),
    ("es", "es-ES"),
    ("es-419", "es-MX"),
    ("es-MX", "es-MX"),
    ("es-US", "es-US"),
    ("eu", "eu-ES"),
    ("fi", "fi-FI"),
    ("fil", "fil-PH"),
    ("fr", "fr-FR"),
    ("fr-CA", "fr-CA"),
    ("he", "he-IL"),
    ("hi", "hi-IN"),
    ("hu", "hu-HU"),
    ("id", "id-ID"),
    ("is", "is-IS"),
    ("it", "it-IT"),
    ("ja", "ja-JP"),
    ("ko", "ko-KR"),
    ("nb", "nb-NO"),
    ("nl", "nl-NL"),
    ("no", "no-NO"),
    ("pl", "pl-PL"),
    ("pt", "pt-PT"),
    ("pt-BR", "pt-BR"),
    ("ro", "ro-RO"),
    ("ru", "ru-RU"),
    ("sk", "sk-SK"),
    ("sv", "sv-SE"),
    ("th", "th-TH"),
    ("tr", "tr-TR"),
    ("uk", "uk-UA"),
    ("vi", "vi-VN"),
    ("yue", "yue-CN"),
    ("zh", "cmn-CN"),
    ("zh-HK", "yue-CN"),
    ("zh-Hant", "cmn-TW"),
    ("zh-Hant-HK", "yue-CN"),
    ("zh-TW", "cmn-TW"),
];

/// Our tag, and Verify's locale where it has texts of its own in it (Verify v2, guide "Verify Languages").
const LOCALES: &[(&str, &str)] = &[
    ("ar", "ar-xa"),
    ("cs", "cs-cz"),
    ("da", "da-dk"),
    ("de", "de-de"),
    ("el", "el-gr"),
    ("en", "en-us"),
    ("en-AU", "en-au"),
    ("en-GB", "en-gb"),
    ("en-IN", "en-in"),
    ("es", "es-es"),
    ("es-419", "es-mx"),
    ("es-MX", "es-mx"),
    ("es-US", "es-us"),
    ("fi", "fi-fi"),
    ("fr", "fr-fr"),
    ("fr-CA", "fr-ca"),
    ("hi", "hi-in"),
    ("hu", "hu-hu"),
    ("id", "id-id"),
    ("it", "it-it"),
    ("ja", "ja-jp"),
    ("ko", "ko-kr"),
    ("nb", "nb-no"),
    ("nl", "nl-nl"),
    ("no", "nb-no"),
    ("pl", "pl-pl"),
    ("pt", "pt-pt"),
    ("pt-BR", "pt-br"),
    ("ro", "ro-ro"),
    ("ru", "ru-ru"),
    ("sv", "sv-se"),
    ("th", "th-th"),
    ("tr", "tr-tr"),
    ("vi", "vi-vn"),
    ("zh", "zh-cn"),
    ("zh-HK", "zh-hk"),
    ("zh-Hant", "zh-tw"),
    ("zh-Hant-HK", "zh-hk"),
    ("zh-TW", "zh-tw"),
];

/// The voice that speaks the language.
pub(crate) fn voice(language: &Language) -> &'static str {
    lookup(VOICES, language).unwrap_or(FALLBACK_VOICE)
}

/// Verify's locale; `None` leaves the choice to Verify, which goes by the number's country.
pub(crate) fn locale(language: &Language) -> Option<&'static str> {
    lookup(LOCALES, language)
}

/// The language of a WhatsApp template, as WhatsApp writes it.
pub(crate) fn template_language(language: &Language) -> String {
    match language.as_str() {
        "zh-Hant" => "zh_TW".to_owned(),
        "zh" | "zh-Hans" => "zh_CN".to_owned(),
        "pt" => "pt_PT".to_owned(),
        tag => tag.replace('-', "_"),
    }
}

/// RFC 4647, section 3.4: subtags are dropped from the right until the tag is known.
fn lookup(table: &[(&str, &'static str)], language: &Language) -> Option<&'static str> {
    let mut tag = language.as_str();
    loop {
        if let Some((_, found)) = table.iter().find(|(known, _)| *known == tag) {
            return Some(found);
        }
        tag = tag.rsplit_once('-')?.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages() {
        for (tag, spoken, written, template) in [
            ("en", "en-US", Some("en-us"), "en"),
            ("en-GB", "en-GB", Some("en-gb"), "en_GB"),
            ("en-NZ", "en-US", Some("en-us"), "en_NZ"),
            ("de-CH", "de-DE", Some("de-de"), "de_CH"),
            ("pt", "pt-PT", Some("pt-pt"), "pt_PT"),
            ("pt-BR", "pt-BR", Some("pt-br"), "pt_BR"),
            ("zh-Hant", "cmn-TW", Some("zh-tw"), "zh_TW"),
            ("zh-Hant-MO", "cmn-TW", Some("zh-tw"), "zh_Hant_MO"),
            ("zh-Hans", "cmn-CN", Some("zh-cn"), "zh_CN"),
            ("ja", "ja-JP", Some("ja-jp"), "ja"),
            ("ar", "ar", Some("ar-xa"), "ar"),
            ("sw", "en-US", None, "sw"),
        ] {
            let language: Language = tag.parse().unwrap();
            assert_eq!(voice(&language), spoken, "{tag}");
            assert_eq!(locale(&language), written, "{tag}");
            assert_eq!(template_language(&language), template, "{tag}");
        }
    }
}
