//! Text messages against the golden files: segments by two calculators, last lines by the browsers' parsing rules and by
//! Android's. Every row of each file is read; a file that gains a row fails until its number here is raised.

use otp_core::message::{AppHash, Ending, EndingError, OriginHost, parse_origin_bound, segments};
use serde_json::Value;

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/", $name))
    };
}

fn cases(file: &str, count: usize) -> Vec<Value> {
    let golden: Value = serde_json::from_str(file).expect("the committed file is JSON");
    let cases = golden["cases"].as_array().expect("the committed file has cases").clone();
    assert_eq!(cases.len(), count, "the file gained or lost cases");
    cases
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("{name} is a text in {case}"))
}

fn number(case: &Value, name: &str) -> usize {
    case[name].as_u64().unwrap_or_else(|| panic!("{name} is a number in {case}")) as usize
}

#[test]
fn sms_segments() {
    for case in cases(golden!("sms-segments.json"), 66) {
        let found = segments(text(&case, "text"));
        assert_eq!(found.encoding.to_string(), text(&case, "encoding"), "{}", case["name"]);
        assert_eq!(found.segments, number(&case, "segments"), "{}", case["name"]);
        assert_eq!(found.utf16_units, number(&case, "utf16_units"), "{}", case["name"]);
        assert_eq!(found.septets.map(|count| count as u64), case["septets"].as_u64(), "{}", case["name"]);
    }
}

#[test]
fn origin_bound_messages() {
    let mut written = Vec::new();
    for case in cases(golden!("sms-origin-bound.json"), 22) {
        let message = text(&case, "message");
        let parsed = &case["parsed"];
        let expected = parsed
            .is_object()
            .then(|| (text(parsed, "host"), text(parsed, "code"), parsed["embedded"].as_str()));
        assert!(parsed.is_object() || parsed.is_null());
        let found = parse_origin_bound(message).map(|found| (found.host, found.code, found.embedded));
        assert_eq!(found, expected, "{}", case["name"]);

        // What the builder writes for the same parts, from the text before the last line.
        let Some((host, code, embedded)) = expected else { continue };
        let Ok(host) = OriginHost::new(host) else {
            assert_eq!(text(&case, "name"), "host with port is taken literally");
            continue;
        };
        let embedded = embedded.map(|host| OriginHost::new(host).expect("a host name"));
        let ending = Ending::OriginBound { host, embedded };
        let (before, _) = message.rsplit_once("\n\n").unwrap_or_default();
        if before.contains(code) {
            let ended = ending.append(before, code).expect("the code is in the text");
            assert_eq!(ended.expose(), message, "{}", case["name"]);
            written.push(text(&case, "name").to_owned());
        }
    }
    assert_eq!(written, ["spec example", "spec example, embedded"]);
}

#[test]
fn sms_retriever_messages() {
    let app_hash = AppHash::new("FA+9qCX9VSu").expect("11 characters");
    let ending = Ending::Retriever { app_hash: app_hash.clone() };
    let mut refused = Vec::new();
    for case in cases(golden!("sms-retriever.json"), 10) {
        let (name, message) = (text(&case, "name"), text(&case, "message"));
        let valid = case["valid"].as_bool().expect("every case says whether it is valid");
        assert_eq!(message.len(), number(&case, "bytes"), "{name}");

        assert_eq!(app_hash.retrieves(message), valid || name == "no code", "{name}");
        // A message is good where Android hands it over and it holds a code.
        let code = "123456";
        let before = message.strip_suffix("\nFA+9qCX9VSu");
        let appended = before.map(|before| ending.append(before, code));
        let held = appended.as_ref().is_some_and(|appended| appended.is_ok());
        assert_eq!(app_hash.retrieves(message) && held, valid, "{name}");
        match appended {
            Some(Ok(appended)) => assert_eq!(appended.expose(), message, "{name}"),
            Some(Err(error)) => refused.push((name.to_owned(), error)),
            None => assert!(!app_hash.retrieves(message), "{name}"),
        }
    }
    let expected = [
        ("141 bytes", EndingError::TooLong { bytes: 141 }),
        ("bytes, not characters", EndingError::TooLong { bytes: 141 }),
        ("no code", EndingError::CodeMissing),
    ];
    assert_eq!(refused, expected.map(|(name, error)| (name.to_owned(), error)));
}
