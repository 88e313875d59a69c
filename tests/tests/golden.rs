//! Every file of `tests/golden` is somebody's, and every row of `errors.json` is a provider's that is tested.

use std::fs;

use otp_core::FailureClass;
use serde_json::Value;

/// Who reads which files; each of these suites counts its own.
const READERS: [(&str, &str); 7] = [
    ("twilio-", "otp-twilio/tests"),
    ("vonage-", "otp-vonage/tests"),
    ("test-only-rsa-", "otp-vonage/tests"),
    ("sms-segments.json", "otp-core/tests"),
    ("sms-origin-bound.json", "otp-core/tests"),
    ("sms-retriever.json", "otp-core/tests"),
    ("errors.json", "otp-twilio/tests and otp-vonage/tests"),
];

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");

fn rows() -> Vec<Value> {
    let text = fs::read_to_string(format!("{GOLDEN}/errors.json")).expect("the file is there");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    document["rows"].as_array().expect("rows").clone()
}

#[test]
fn every_file_has_a_reader() {
    let mut files = 0;
    for file in fs::read_dir(GOLDEN).expect("the folder is there") {
        let name = file.expect("readable").file_name().into_string().expect("a plain name");
        let readers = READERS.iter().filter(|(prefix, _)| name.starts_with(prefix)).count();
        assert_eq!(readers, 1, "{name} is read by no test");
        files += 1;
    }
    assert_eq!(files, 44, "a file came or went");
}

#[test]
fn every_row_of_errors_is_tested_by_its_provider() {
    let of = |provider: &str| rows().iter().filter(|row| row["provider"] == provider).count();
    assert_eq!((of("twilio"), of("vonage"), rows().len()), (64, 104, 168), "a row came or went");
}

/// What a class makes the service do is what the rows of that class ask for.
#[test]
fn classes_do_what_their_rows_say() {
    // The service repeats a message of unknown fate once, with the same code.
    let repeated = ["twilio.messages.2xx-garbage", "vonage.sms.empty"];
    let mut compared = 0;
    for row in rows() {
        let class = FailureClass::ALL.into_iter().find(|class| class.as_str() == row["class"]);
        let (Some(class), id) = (class, row["id"].as_str().expect("an id")) else { continue };
        let retry = row["retry"] == true || repeated.contains(&id);
        assert_eq!((class.may_retry(), class.may_fail_over()), (retry, row["failover"] == true), "{id}");
        compared += 1;
    }
    assert_eq!(compared, 145);
}
