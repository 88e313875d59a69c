//! Templates: what is refused, and what a value cannot do.

use std::collections::BTreeMap;

use otp_core::message::{MAX_VALUE_CHARACTERS, Template, Values};
use proptest::prelude::*;

fn parameters(value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("name".to_owned(), value.to_owned())])
}

fn render(text: &str, name: &str) -> String {
    let template = Template::parse(text, &["name"]).expect("the text is good");
    let parameters = parameters(name);
    let values = Values { app: "Acme", security_code: "012345", minutes: 10, parameters: &parameters };
    template.render(&values).expose().to_owned()
}

#[test]
fn placeholders_are_filled_in_once() {
    for (text, rendered) in [
        ("{security_code}", "012345"),
        ("{security_code}{security_code}", "012345012345"),
        ("{name}: {app} {security_code} {minutes} min", "Ann: Acme 012345 10 min"),
        ("{{security_code}} {security_code}", "{security_code} 012345"),
        ("{{{security_code}}}", "{012345}"),
        ("}}{{ {security_code} {{}}", "}{ 012345 {}"),
        ("é{security_code}ü", "é012345ü"),
        ("Code {security_code}\n\n@example.com #{security_code}", "Code 012345\n\n@example.com #012345"),
    ] {
        assert_eq!(render(text, "Ann"), rendered, "{text}");
    }
}

#[test]
fn errors_say_what_and_what_is_allowed() {
    let allowed = "allowed are {app}, {security_code}, {minutes}, {name}";
    for (text, message) in [
        ("{foo} {security_code}", format!("unknown placeholder {{foo}}; {allowed}")),
        ("{code}", format!("unknown placeholder {{code}} (did you mean {{security_code}}?); {allowed}")),
        (
            "{Name}{security_code}",
            format!("unknown placeholder {{Name}} (did you mean {{name}}?); {allowed}"),
        ),
        (
            "{ app }{security_code}",
            format!("unknown placeholder {{ app }} (did you mean {{app}}?); {allowed}"),
        ),
        ("{a\nb}{security_code}", format!("unknown placeholder {{a\\nb}}; {allowed}")),
        ("né {}{security_code}", format!("empty placeholder at character 4; {allowed}")),
        ("Hello", format!("{{security_code}} is missing; {allowed}")),
        ("", format!("{{security_code}} is missing; {allowed}")),
        ("{{security_code}}", format!("{{security_code}} is missing; {allowed}")),
        (
            "é {security_code",
            "the brace at character 3 is not closed; a brace itself is written {{".to_owned(),
        ),
        (
            "{security_code} {app {name}",
            "the brace at character 17 is not closed; a brace itself is written {{".to_owned(),
        ),
        (
            "{security_code}}",
            "the brace at character 16 closes nothing; a brace itself is written }}".to_owned(),
        ),
        ("{security_code}\0", "control character '\\0' at character 16".to_owned()),
    ] {
        let error = Template::parse(text, &["name"]).expect_err(text);
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}

#[test]
fn a_subject_is_one_line_and_needs_no_code() {
    assert!(Template::parse_subject("Your {app} code", &[]).is_ok());
    assert!(Template::parse_subject("{security_code}: your {app} code", &[]).is_ok());
    for bad in ["Your\nBcc: x@example.com", "Your\rcode", "Your\tcode", "{nonsense}"] {
        assert!(Template::parse_subject(bad, &[]).is_err(), "{bad:?}");
    }
}

#[test]
fn values_are_made_harmless() {
    for (value, shown) in [
        ("Ann", "Ann"),
        ("Ann\r\nBcc: x", "Ann  Bcc: x"),
        ("a\0b\tc\u{1b}[0m\u{85}", "a b c [0m "),
        ("a\u{2028}b\u{2029}c", "a b c"),
        ("\u{202e}543210\u{202c}\u{2067}x\u{200f}", " 543210  x "),
        ("{security_code}{{}}", "{security_code}{{}}"),
        ("", ""),
    ] {
        assert_eq!(render("{name}|{security_code}", value), format!("{shown}|012345"), "{value:?}");
    }
    assert_eq!(
        render("{name}|{security_code}", &"é".repeat(100_000)),
        format!("{}|012345", "é".repeat(MAX_VALUE_CHARACTERS))
    );
}

#[test]
fn a_parameter_without_value_renders_as_nothing() {
    let template = Template::parse("{name}{security_code}", &["name"]).expect("the text is good");
    let values = Values { app: "", security_code: "1", minutes: 1, parameters: &BTreeMap::new() };
    assert_eq!(template.render(&values).expose(), "1");
}

#[test]
fn debug_shows_no_code() {
    let template = Template::parse("{name}{security_code}", &["name"]).expect("the text is good");
    let parameters = parameters("Ann");
    let values = Values { app: "Acme", security_code: "987654", minutes: 1, parameters: &parameters };
    let shown = format!("{values:?} {:?} {template:?}", template.render(&values));
    assert!(!shown.contains("987654") && !shown.contains("Ann"), "{shown}");
}

proptest! {
    #[test]
    fn arbitrary_text_is_read_or_refused(text in any::<String>()) {
        let _ = Template::parse(&text, &["name"]);
    }

    #[test]
    fn braces_everywhere(text in "([{}]|\\{security_code\\}|\\{name\\}|code|é){0,30}") {
        if let Ok(template) = Template::parse(&text, &["name"]) {
            let values = Values { app: "A", security_code: "1", minutes: 1, parameters: &BTreeMap::new() };
            let rendered = template.render(&values);
            if !text.contains("{{") {
                prop_assert!(!rendered.expose().contains('{'), "{:?}", rendered.expose());
            }
        }
    }

    #[test]
    fn a_value_stays_a_value(value in any::<String>()) {
        let rendered = render("{name}\n{security_code}", &value);
        prop_assert_eq!(rendered.lines().count(), 2);
        prop_assert_eq!(rendered.lines().next_back(), Some("012345"));
        prop_assert!(rendered.chars().count() <= MAX_VALUE_CHARACTERS + 7);
        prop_assert!(!rendered.chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn a_value_is_not_a_template(value in "([{}]|security_code|app|name|minutes|\r|\n){0,20}") {
        let rendered = render("{name}\n{security_code}", &value);
        let shown: String = value.chars().take(MAX_VALUE_CHARACTERS).map(|c| if c < ' ' { ' ' } else { c }).collect();
        prop_assert_eq!(rendered, format!("{shown}\n012345"));
    }
}
