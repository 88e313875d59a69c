//! Codes in every spelling, and codes that an operator prescribes.

use otp_core::{Code, PhoneNumber, Policy, Recipient, Timestamp};
use otp_service::PrescribedCodes;
use serde_json::json;

use crate::support::{Host, PHONE};

#[tokio::test]
async fn codes_as_people_and_clients_write_them() {
    let policy = || Policy::builder().once_only(false).build().unwrap();
    let host = Host::limited(policy());
    let (token, code) = host.registered().await;
    let (front, back) = code.split_at(3);
    for spelling in [
        code.clone(),
        format!(" {code}\n"),
        format!("{front} {back}"),
        format!("{front}-{back}"),
        format!("\u{a0}{front}\u{2003}{back}\u{3000}"),
    ] {
        assert_eq!(host.verify(&token, spelling.clone()).await.status, 200, "{spelling:?}");
    }
    // As a number, a code keeps its digits but not its leading zeros.
    let number: u64 = code.parse().unwrap();
    let expected = if code.starts_with('0') { 400 } else { 200 };
    assert_eq!(host.verify(&token, number).await.status, expected);
    let fullwidth: String = code.chars().map(|c| char::from_u32(c as u32 - 0x30 + 0xff10).unwrap()).collect();
    assert_eq!(host.verify(&token, fullwidth).await.body["code"], "code_invalid", "only ASCII digits count");
}

#[tokio::test]
async fn leading_zeros_matter() {
    let number = Recipient::parse(PHONE).unwrap();
    let until = Timestamp::from_millis(i64::MAX);
    let prescribed = PrescribedCodes::default().recipient(number, Code::prescribed("012345").unwrap(), until);
    let host = Host::with(|verifier| verifier.prescribed(prescribed), |app| app);
    let answer = host.post("/api/phone/register", json!({ "phone_number": PHONE })).await;
    assert_eq!(answer.body["delivery"], "sent", "nothing is left to send");
    let token = answer.body["session_token"].as_str().unwrap().to_owned();
    assert_eq!(host.about("status", &token).await.body["delivery"], "sent");
    assert_eq!(host.verify(&token, 12345).await.body["code"], "code_invalid");
    assert_eq!(host.verify(&token, "12345").await.body["code"], "code_invalid");
    assert_eq!(host.verify(&token, "012345").await.status, 200);
}

#[tokio::test]
async fn codes_that_succeed_more_than_once() {
    let host = Host::limited(Policy::builder().once_only(false).build().unwrap());
    let (token, code) = host.registered().await;
    for _ in 0..3 {
        assert_eq!(host.verify(&token, code.clone()).await.status, 200);
    }
}

#[tokio::test]
async fn test_numbers_of_no_country() {
    let number = PhoneNumber::prescribed("+15555550100").unwrap();
    let until = Timestamp::from_millis(i64::MAX);
    let prescribed =
        PrescribedCodes::default().recipient(number.into(), Code::prescribed("123456").unwrap(), until);
    let host = Host::with(|verifier| verifier.prescribed(prescribed), |app| app);
    let status =
        async |number: &str| host.post("/api/phone/register", json!({ "phone_number": number })).await.status;
    assert_eq!(status("+1 555 555 0100").await, 200);
    assert_eq!(status("+1 555 555 0101").await, 400);
}
