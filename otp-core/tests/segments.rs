//! `segments` against the golden texts: two independent calculators agree on each of them.

use otp_core::message::segments;
use serde_json::Value;

#[test]
fn golden_texts() {
    let golden: Value =
        serde_json::from_str(include_str!("data/sms-segments.json")).expect("the committed file is JSON");
    let cases = golden["cases"].as_array().expect("the committed file has cases");
    assert_eq!(cases.len(), 66);

    for case in cases {
        let text = case["text"].as_str().expect("every case has a text");
        let found = segments(text);
        let found = (
            found.encoding.to_string(),
            found.segments as u64,
            found.utf16_units as u64,
            found.septets.map(|septets| septets as u64),
        );
        let expected = (
            case["encoding"].as_str().expect("every case has an encoding").to_owned(),
            case["segments"].as_u64().expect("every case has segments"),
            case["utf16_units"].as_u64().expect("every case has utf16_units"),
            case["septets"].as_u64(),
        );
        assert_eq!(found, expected, "{}", case["name"]);
    }
}
