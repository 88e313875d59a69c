//! Bodies, paths and methods that are refused, and spellings that are taken.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use crate::support::{
    EMAIL, Host, PHONE, REGISTER, RESEND, VERIFY_ACCOUNT, VERIFY_OTP, VERIFY_PHONE, request,
};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const CALLS: [&str; 5] = [REGISTER, RESEND, VERIFY_ACCOUNT, VERIFY_PHONE, VERIFY_OTP];

#[tokio::test]
async fn paths_methods_and_bodies() {
    let host = Host::new();
    for call in CALLS {
        for spelling in [format!("{call}/"), format!("/{call}//"), format!("{call}?x=1")] {
            let answer = host.send(request(&spelling, JSON, "{}")).await;
            assert_eq!((answer.status, &answer.body["code"]), (400, &json!("invalid_request")), "{spelling}");
        }
        for method in [Method::GET, Method::PUT, Method::OPTIONS] {
            let mut get = request(call, JSON, "");
            *get.method_mut() = method;
            let answer = host.send(get).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{call}");
        }
        assert_eq!(host.send(request(call, "text/plain", "{}")).await.status, 415);
        assert_eq!(host.send(request(call, JSON, vec![b' '; 16 * 1024 + 1])).await.status, 413);
        for body in ["", "{", "[]", "null", "\"x\""] {
            assert_eq!(host.send(request(call, JSON, body)).await.body["code"], "invalid_request", "{body}");
        }
        let answer = host.post(call, json!({ "is_verified": true })).await;
        assert_eq!(answer.body["errors"]["is_verified"], json!(["Unknown field."]), "{call}");
    }
    for path in ["", "users", "auth", "users/Register", "auth/verify", "users/register/x", "users%2fregister"]
    {
        assert_eq!(host.send(request(path, JSON, "{}")).await.body["code"], "not_found", "{path}");
    }
}

#[tokio::test]
async fn every_problem_of_a_registration_at_once() {
    let host = Host::new();
    let answer = host.post(REGISTER, json!({ "email": "x", "phone": "12", "last_name": " " })).await;
    let expected = json!({
        "email": ["An e-mail address is written like \"name@example.com\"."],
        "phone": answer.body["phone"],
        "first_name": ["This field is required."],
        "last_name": ["This field may not be blank."],
    });
    assert!(answer.body["phone"][0].as_str().is_some_and(|text| text.contains("+14155550123")), "{answer:?}");
    assert_eq!((answer.status, &answer.body["errors"]), (400, &expected));

    let names =
        |first: &str| json!({ "email": EMAIL, "phone": PHONE, "first_name": first, "last_name": "L" });
    for (first, problem) in [
        ("x".repeat(101), "This field takes at most 100 characters."),
        ("a\nb".to_owned(), "This field may not contain control characters."),
        ("a\u{0}b".to_owned(), "This field may not contain control characters."),
    ] {
        let answer = host.post(REGISTER, names(&first)).await;
        assert_eq!(answer.body["first_name"], json!([problem]), "{first:?}");
    }
    assert_eq!(host.post(REGISTER, names(&"é".repeat(100))).await.status, 200);
}

/// A problem of a recipient is told under the name of its field here.
#[tokio::test]
async fn recipients_of_the_wrong_kind() {
    let host = Host::new();
    for (call, field, value, code) in [
        (RESEND, "email", PHONE, "invalid_email"),
        (RESEND, "email", "a@b", "invalid_email"),
        (VERIFY_PHONE, "phone", EMAIL, "invalid_phone_number"),
        (VERIFY_PHONE, "phone", "4155550123", "invalid_phone_number"),
        (VERIFY_PHONE, "phone", "+1234567890", "invalid_phone_number"),
        (VERIFY_ACCOUNT, "email", "", "invalid_request"),
        (VERIFY_OTP, "phone", "+", "invalid_phone_number"),
    ] {
        let mut body = json!({ field: value });
        match call {
            VERIFY_ACCOUNT => body["otp"] = "123456".into(),
            VERIFY_OTP => body["otp_code"] = 123_456.into(),
            _ => {}
        }
        let answer = host.post(call, body).await;
        assert_eq!((answer.status, &answer.body["code"]), (400, &json!(code)), "{call} {value}");
        assert!(answer.body[field][0].is_string(), "{answer:?}");
        assert_eq!(answer.body["phone_number"], Value::Null, "{answer:?}");
    }
}

/// The account system's guide registers with such a number.
#[tokio::test]
async fn a_number_that_no_plan_knows_can_be_registered_and_never_gets_a_message() {
    let host = Host::new();
    let answer = host.register("user@example.com", "+1234567890").await;
    assert_eq!((answer.status, &answer.body["phone"]), (200, &json!("+1234567890")));
    for phone in ["1234567890", "+12345", "+1234567890123456", "+12345abcde", "nobody@example.com"] {
        let answer = host.register("other@example.com", phone).await;
        assert_eq!(answer.body["code"], "invalid_phone_number", "{phone}");
    }
    host.verify_phone("+1234567890").await;
    host.work().await;
    assert!(host.sender.messages().is_empty());
}

#[tokio::test]
async fn forms_and_numbers() {
    let host = Host::new();
    let form = |call, body: &'static str| host.send(request(call, FORM, Body::from(body)));
    let body = "email=ada%40example.com&phone=+14155550123&first_name=Ada&last_name=L%C3%B6w";
    assert_eq!(form(REGISTER, body).await.body["last_name"], "Löw");
    assert_eq!(form(VERIFY_PHONE, "phone=%2B1+415+555+0123").await.status, 200);
    host.work().await;
    let code = host.code(PHONE);
    let body = match code.strip_prefix('0') {
        Some(_) => json!({ "phone": PHONE, "otp_code": code }),
        None => json!({ "phone": PHONE, "otp_code": code.parse::<u64>().unwrap() }),
    };
    assert_eq!(host.post(VERIFY_OTP, body).await.status, 200);
}
