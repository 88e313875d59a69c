//! Calls that speak a code.

use otp_provider::{BaseUrl, Request};
use otp_service::Message;

/// How long a phone rings, in seconds: less than the half minute after which many mailboxes answer.
const RING_SECONDS: &str = "25";

/// Languages that Twilio's own voices speak, with the tag that stands for each; the first that matches a whole tag or
/// its beginning wins. Others are spoken in the account's default language, which digits survive.
///
/// Source: <https://www.twilio.com/docs/voice/twiml/say/text-speech>.
const SPOKEN: &[(&str, &str)] = &[
    ("ar", "arb"),
    ("ca", "ca-ES"),
    ("da", "da-DK"),
    ("de", "de-DE"),
    ("en-AU", "en-AU"),
    ("en-GB", "en-GB"),
    ("en-IN", "en-IN"),
    ("en", "en-US"),
    ("es-MX", "es-MX"),
    ("es", "es-ES"),
    ("fi", "fi-FI"),
    ("fr-CA", "fr-CA"),
    ("fr", "fr-FR"),
    ("it", "it-IT"),
    ("ja", "ja-JP"),
    ("ko", "ko-KR"),
    ("nb", "nb-NO"),
    ("no", "nb-NO"),
    ("nl", "nl-NL"),
    ("pl", "pl-PL"),
    ("pt-BR", "pt-BR"),
    ("pt", "pt-PT"),
    ("ro", "ro-RO"),
    ("ru", "ru-RU"),
    ("sv", "sv-SE"),
    ("tr", "tr-TR"),
    ("zh-HK", "zh-HK"),
    ("zh-Hant-HK", "zh-HK"),
    ("zh-Hant", "zh-TW"),
    ("zh-TW", "zh-TW"),
    ("zh", "zh-CN"),
];

/// The request for a call.
pub(crate) fn request(
    base: &BaseUrl,
    account: &str,
    from: &str,
    status_callback: Option<&str>,
    message: &Message,
) -> Request {
    let spoken = spoken(message);
    let mut form = vec![
        ("To", message.to.as_str()),
        ("From", from),
        ("Twiml", spoken.as_str()),
        ("Timeout", RING_SECONDS),
    ];
    if let Some(address) = status_callback {
        form.push(("StatusCallback", address));
    }
    Request::post(base.at(["2010-04-01", "Accounts", account, "Calls.json"])).form(form)
}

/// The call as TwiML: a breath, the text, and once more where the text says the code only once. The text has the code
/// digit by digit already (`0, 1, 2`).
fn spoken(message: &Message) -> String {
    let language = language(message.language.as_str());
    let text = escaped(message.body.expose());
    let say = match language {
        Some(tag) => format!("<Say language=\"{tag}\">{text}</Say>"),
        None => format!("<Say>{text}</Say>"),
    };
    let digits: Vec<String> = message.code.expose().chars().map(String::from).collect();
    let code = digits.join(", ");
    let says_twice = code.is_empty() || message.body.expose().matches(&code).count() > 1;
    let again = if says_twice { String::new() } else { format!("<Pause length=\"1\"/>{say}") };
    format!("<Response><Pause length=\"1\"/>{say}{again}</Response>")
}

fn language(tag: &str) -> Option<&'static str> {
    let begins =
        |known: &str| tag.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    SPOKEN.iter().find(|(known, _)| begins(known)).map(|(_, spoken)| *spoken)
}

/// Text for the inside of an element; characters that XML 1.0 has no place for are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' | '\t' => escaped.push(' '),
            control if control.is_control() || matches!(control, '\u{FFFE}' | '\u{FFFF}') => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use otp_core::{Channel, Language, Recipient, message::RenderedText};

    use super::*;

    fn message(language: &str, body: &str, code: &str) -> Message {
        let to = Recipient::from_canonical("+447700900000").unwrap();
        let language = Language::new(language).unwrap();
        let mut message = Message::plain("1", to, Channel::Voice, language, body.to_owned());
        message.code = RenderedText::new(code.to_owned());
        message
    }

    #[test]
    fn calls_say_the_code_twice() {
        let once = spoken(&message("de", "Ihr Code: 1, 2, 3, 4", "1234"));
        let say = "<Say language=\"de-DE\">Ihr Code: 1, 2, 3, 4</Say>";
        assert_eq!(
            once,
            format!("<Response><Pause length=\"1\"/>{say}<Pause length=\"1\"/>{say}</Response>")
        );
        let twice = spoken(&message("en", "1, 2, 3, 4. Again: 1, 2, 3, 4.", "1234"));
        assert_eq!(twice.matches("<Say").count(), 1);
        assert_eq!(spoken(&message("en", "A test.", "")).matches("<Say").count(), 1);
    }

    #[test]
    fn languages() {
        for (tag, spoken) in [
            ("en", Some("en-US")),
            ("en-GB", Some("en-GB")),
            ("en-NZ", Some("en-US")),
            ("pt-BR", Some("pt-BR")),
            ("pt", Some("pt-PT")),
            ("zh-Hant", Some("zh-TW")),
            ("zh-Hant-HK", Some("zh-HK")),
            ("zh-Hans", Some("zh-CN")),
            ("ar", Some("arb")),
            ("arz", None),
            ("tlh", None),
        ] {
            assert_eq!(language(tag), spoken, "{tag}");
        }
    }

    #[test]
    fn markup_in_a_text_stays_text() {
        let spoken = spoken(&message("en", "A & B <Hangup/> \"'\n\u{0}\u{1b}]]>", ""));
        assert!(spoken.contains(">A &amp; B &lt;Hangup/&gt; \"' ]]&gt;</Say>"), "{spoken}");
    }
}
