//! Bodies that are not what a call takes: each is told what is wrong, and nothing happens.

use std::time::{Duration, Instant};

use axum::http::Method;
use otp_http::BODY_LIMIT;
use serde_json::{Value, json};

use crate::support::{Call, FORM, Host, JSON, PHONE, UNKNOWN};

const REQUIRED: &str = "This field is required.";
const BLANK: &str = "This field may not be blank.";
const UNKNOWN_FIELD: &str = "Unknown field.";
const REPEATED: &str = "This field is given more than once.";
const STRING: &str = "This field takes a string.";
const CODE: &str = "This field takes a string or a whole number.";
const CONTROL: &str = "This field may not contain control characters.";
const NO_JSON: &str = "The body is not valid JSON.";
const NO_OBJECT: &str = "The body is not a JSON object.";
const EMPTY: &str = "The body is empty.";
const TOO_MANY: &str = "The body has too many fields.";
const NO_UTF8: &str = "The body is not a valid form: it is not UTF-8.";
const STRAY: &str = "The body is not a valid form: a \"%\" stands before two hexadecimal digits only.";

/// A call to verify with this body is `invalid_request` with exactly these `errors`.
#[tokio::test]
async fn invalid_requests() {
    let host = Host::new();
    let good = format!(r#""phone_number":"{PHONE}","session_token":"{UNKNOWN}","security_code":"123456""#);
    let with = |rest: &str| format!("{{{good},{rest}}}").into_bytes();
    let code = |value: &str| {
        format!(r#"{{"phone_number":"{PHONE}","session_token":"{UNKNOWN}","security_code":{value}}}"#)
            .into_bytes()
    };
    let form = |rest: &str| {
        format!("phone_number=%2B14155550123&session_token={UNKNOWN}&security_code=123456{rest}").into_bytes()
    };
    let body = |text: &str| json!({ "body": [text] });
    let of_code = |text: &str| json!({ "security_code": [text] });
    let deep =
        |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    let many = (0..40).map(|n| format!(r#""f{n}":1"#)).collect::<Vec<_>>().join(",");
    let rows: Vec<(&str, Vec<u8>, Value)> = vec![
        // No JSON.
        (JSON, b"".to_vec(), body(EMPTY)),
        (JSON, b" \n".to_vec(), body(NO_JSON)),
        (JSON, b"{".to_vec(), body(NO_JSON)),
        (JSON, b"{\"phone_number\"".to_vec(), body(NO_JSON)),
        (JSON, b"{\"phone_number\":}".to_vec(), body(NO_JSON)),
        (JSON, b"{'phone_number':'x'}".to_vec(), body(NO_JSON)),
        (JSON, b"{\"phone_number\":\"x\",}".to_vec(), body(NO_JSON)),
        (JSON, b"{phone_number:1}".to_vec(), body(NO_JSON)),
        (JSON, b"{} {}".to_vec(), body(NO_JSON)),
        (JSON, b"{}x".to_vec(), body(NO_JSON)),
        (JSON, b"{1:2}".to_vec(), body(NO_JSON)),
        (JSON, b"{/**/}".to_vec(), body(NO_JSON)),
        (JSON, b"phone_number=%2B14155550123".to_vec(), body(NO_JSON)),
        (JSON, b"\xef\xbb\xbf{}".to_vec(), body(NO_JSON)),
        (JSON, b"\xff\xfe{\0}\0".to_vec(), body(NO_JSON)),
        (JSON, b"{\"a\":\"\xff\"}".to_vec(), body(NO_JSON)),
        (JSON, b"{\"a\":\"\xc0\x80\"}".to_vec(), body(NO_JSON)),
        (JSON, b"{\"a\xff\":1}".to_vec(), body(NO_JSON)),
        (JSON, b"{\"a\":\"\xed\xa0\x80\"}".to_vec(), body(NO_JSON)),
        (JSON, br#"{"a":"\ud800"}"#.to_vec(), body(NO_JSON)),
        (JSON, b"{\"a\":\"line\nend\"}".to_vec(), body(NO_JSON)),
        (JSON, b"{\"a\":\"\0\"}".to_vec(), body(NO_JSON)),
        (JSON, code("0123456"), body(NO_JSON)),
        (JSON, code("+123456"), body(NO_JSON)),
        (JSON, code("NaN"), body(NO_JSON)),
        (JSON, code("0x1F"), body(NO_JSON)),
        (JSON, code("[[1]"), body(NO_JSON)),
        (JSON, "[".repeat(10_000).into_bytes(), body(NO_OBJECT)),
        (JSON, code(&"[".repeat(10_000)), body(NO_JSON)),
        (JSON, code(&"{\"a\":".repeat(3_000)), body(NO_JSON)),
        // No object.
        (JSON, b"null".to_vec(), body(NO_OBJECT)),
        (JSON, b"true".to_vec(), body(NO_OBJECT)),
        (JSON, b"123456".to_vec(), body(NO_OBJECT)),
        (JSON, b"\"text\"".to_vec(), body(NO_OBJECT)),
        (JSON, b"[{}]".to_vec(), body(NO_OBJECT)),
        (JSON, b"[]".to_vec(), body(NO_OBJECT)),
        (JSON, deep("[", "]", 5_000).into_bytes(), body(NO_OBJECT)),
        // Missing, unknown, repeated: all at once.
        (
            JSON,
            b"{}".to_vec(),
            json!({ "phone_number": [REQUIRED], "session_token": [REQUIRED], "security_code": [REQUIRED] }),
        ),
        (JSON, with(r#""channel":"sms""#), json!({ "channel": [UNKNOWN_FIELD] })),
        (
            JSON,
            with(r#""Phone_Number":"x","":1"#),
            json!({ "Phone_Number": [UNKNOWN_FIELD], "": [UNKNOWN_FIELD] }),
        ),
        (
            JSON,
            with(r#""status":200,"code":"ok""#),
            json!({ "status": [UNKNOWN_FIELD], "code": [UNKNOWN_FIELD] }),
        ),
        (JSON, with(r#""__proto__":{}"#), json!({ "__proto__": [UNKNOWN_FIELD] })),
        (JSON, with(r#""a\u0000\u0007b":1"#), json!({ "ab": [UNKNOWN_FIELD] })),
        (JSON, with(&format!(r#""{}":1"#, "n".repeat(99))), json!({ "n".repeat(64): [UNKNOWN_FIELD] })),
        (JSON, with(&many), body(TOO_MANY)),
        (JSON, with(r#""security_code":"123456""#), json!({ "security_code": [REPEATED] })),
        (JSON, with(r#""security\u005fcode":"654321""#), json!({ "security_code": [REPEATED] })),
        (JSON, with(r#""x":1,"x":2,"x":3"#), json!({ "x": [UNKNOWN_FIELD, REPEATED] })),
        (
            JSON,
            br#"{"phone_number":7,"session_token":"","extra":1,"extra":2}"#.to_vec(),
            json!({
                "phone_number": [STRING], "session_token": [BLANK], "security_code": [REQUIRED],
                "extra": [UNKNOWN_FIELD, REPEATED],
            }),
        ),
        (
            JSON,
            br#"{"phone_number":"212 555 0187","security_code":null}"#.to_vec(),
            json!({
                "phone_number": ["A phone number is written with its country code, like \"+14155550123\"."],
                "session_token": [REQUIRED], "security_code": [CODE],
            }),
        ),
        // Wrong types.
        (JSON, code("null"), of_code(CODE)),
        (JSON, code("true"), of_code(CODE)),
        (JSON, code("1.5"), of_code(CODE)),
        (JSON, code("1e3"), of_code(CODE)),
        (JSON, code("123456.0"), of_code(CODE)),
        (JSON, code("-123456"), of_code(CODE)),
        (JSON, code("-0"), of_code(CODE)),
        (JSON, code("99999999999999999999999"), of_code(CODE)),
        (JSON, code("[\"123456\"]"), of_code(CODE)),
        (JSON, code("{\"$ne\":null}"), of_code(CODE)),
        (JSON, code(&deep("[", "]", 5_000)), of_code(CODE)),
        (JSON, code(&format!("{}0{}", "{\"a\":".repeat(2_000), "}".repeat(2_000))), of_code(CODE)),
        // Blank, and what people do not type.
        (JSON, code("\"\""), of_code(BLANK)),
        (JSON, code("\" \\t\\r\\n\\u00a0\""), of_code(BLANK)),
        (JSON, code("\"123\\u0000456\""), of_code(CONTROL)),
        (JSON, code("\"\\u0000\""), of_code(CONTROL)),
        (JSON, code("\"123\\u001b[2J456\""), of_code(CONTROL)),
        (JSON, code("\"123456\\u0085\\u0000\""), of_code(CONTROL)),
        (JSON, code("\"123456\\u007f\""), of_code(CONTROL)),
        // Forms.
        (FORM, b"".to_vec(), body(EMPTY)),
        (
            FORM,
            b"&&".to_vec(),
            json!({ "phone_number": [REQUIRED], "session_token": [REQUIRED], "security_code": [REQUIRED] }),
        ),
        (FORM, form("&security_code=123456"), json!({ "security_code": [REPEATED] })),
        (FORM, form("&security%5fcode=123456"), json!({ "security_code": [REPEATED] })),
        (FORM, form("&a&b=&=c"), json!({ "a": [UNKNOWN_FIELD], "b": [UNKNOWN_FIELD], "": [UNKNOWN_FIELD] })),
        (FORM, form("&security_code[]=1"), json!({ "security_code[]": [UNKNOWN_FIELD] })),
        (FORM, form("%"), body(STRAY)),
        (FORM, form("%4"), body(STRAY)),
        (FORM, form("%zz"), body(STRAY)),
        (FORM, form("&%=1"), body(STRAY)),
        (FORM, form("&x=%ff"), body(NO_UTF8)),
        (FORM, form("&x=%c0%80"), body(NO_UTF8)),
        (FORM, [form("&x="), vec![0xff]].concat(), body(NO_UTF8)),
        (FORM, form("%00"), of_code(CONTROL)),
        (FORM, form(&"&a=1".repeat(3_000)), json!({ "a": [UNKNOWN_FIELD, REPEATED] })),
        (FORM, form(&(0..2_000).fold(String::new(), |all, n| format!("{all}&{n}"))), body(TOO_MANY)),
        (
            FORM,
            format!("{{{good}}}").into_bytes(),
            json!({
                "phone_number": [REQUIRED], "session_token": [REQUIRED], "security_code": [REQUIRED],
                format!("{{{good}}}").replace('+', " ").chars().take(64).collect::<String>(): [UNKNOWN_FIELD],
            }),
        ),
    ];
    assert!(rows.len() >= 40);
    for (content_type, bytes, errors) in rows {
        let shown = String::from_utf8_lossy(&bytes).chars().take(120).collect::<String>();
        let call = Call::post("/api/phone/verify", content_type, bytes);
        let answer = host.call(call).await;
        assert_eq!(answer.body["code"], "invalid_request", "{shown}: {answer:?}");
        assert_eq!((answer.status, &answer.body["errors"]), (400, &errors), "{shown}");
        answer.assert_is_problem();
        // The reference system's members: of fields the call has, else of none; a client cannot name others.
        let known = ["phone_number", "session_token", "security_code"];
        for name in known {
            assert_eq!(answer.body.get(name), errors.get(name), "{shown}");
        }
        let of_none = known.iter().all(|name| errors.get(*name).is_none());
        assert_eq!(answer.body.get("non_field_errors").is_some(), of_none, "{shown}");
        assert_eq!(answer.body["status"], 400, "{shown}");
    }
}

/// The same values, in every legal wrapping: nobody knows the token, so that is the answer.
#[tokio::test]
async fn legal_spellings() {
    let host = Host::new();
    let body =
        json!({ "phone_number": PHONE, "session_token": UNKNOWN, "security_code": "123456" }).to_string();
    let escaped = body.replace("phone_number", "phone\\u005fnumber").replace('+', "\\u002b");
    let exact = format!("{body}{}", " ".repeat(BODY_LIMIT - body.len()));
    let number = body.replace("\"123456\"", "123456");
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/Json;Charset=\"UTF-8\"",
        "application/json; profile=\"x\"",
    ] {
        for body in [&body, &escaped, &exact, &number, &format!(" \r\n\t{body}\n")] {
            let answer = host.call(Call::post("/api/phone/verify/", content_type, body.as_bytes())).await;
            assert_eq!(answer.body["code"], "session_mismatch", "{content_type}: {answer:?}");
        }
    }
    for number in
        ["%2B14155550123", "+14155550123", "%2B1+415+555-0123", "%2b1%20(415)%20555.0123", "+1+415+555+0123"]
    {
        for content_type in [FORM, "application/x-www-form-urlencoded; charset=UTF-8"] {
            let form = format!("&session_token={UNKNOWN}&&phone_number={number}&security_code=+123+456+&");
            let answer = host.call(Call::post("/api/phone/verify", content_type, form)).await;
            assert_eq!(answer.body["code"], "session_mismatch", "{number}: {answer:?}");
        }
    }
    // What a form's decoding did not eat is not put back.
    let answer = host.post("/api/phone/register", json!({ "phone_number": " 14155550123" })).await;
    assert_eq!(answer.body["code"], "invalid_phone_number");
    let answer = host.call(Call::post("/api/phone/register", FORM, "phone_number=++14155550123")).await;
    assert_eq!(answer.body["code"], "invalid_phone_number");
}

#[tokio::test]
async fn media_types() {
    let host = Host::new();
    let body = json!({ "phone_number": PHONE }).to_string();
    for content_type in [
        "",
        "text/plain",
        "text/json",
        "application/problem+json",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
        "application/json; charset",
        "application/json, application/json",
        "application/x-www-form-urlencoded; charset=windows-1252",
        "multipart/form-data; boundary=x",
        "application/xml",
    ] {
        let answer = host.call(Call::post("/api/phone/register", content_type, body.clone())).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (415, &"unsupported_media_type".into()),
            "{content_type}"
        );
        answer.assert_is_problem();
    }
    let register = || Call::post("/api/phone/register", JSON, body.clone());
    let bare = Call { headers: Vec::new(), ..register() };
    for call in [
        bare,
        Call::bare(Method::POST, "/api/phone/register"),
        register().header("content-type", JSON),
        register().header("content-encoding", "gzip"),
        Call { headers: vec![("content-type", b"application/json\xff".to_vec())], ..register() },
    ] {
        assert_eq!(host.call(call).await.status, 415);
    }
    assert_eq!(host.call(register().header("content-encoding", "identity")).await.status, 200);
}

#[tokio::test]
async fn lengths() {
    let host = Host::new();
    let long = |length: usize| {
        let mut body = json!({ "phone_number": PHONE, "session_token": "" }).to_string();
        let filler = "x".repeat(length - body.len());
        body.insert_str(body.len() - 2, &filler);
        assert_eq!(body.len(), length);
        body
    };
    let status = async |body: String| {
        let answer = host.call(Call::post("/api/phone/status", JSON, body)).await;
        answer.assert_is_problem();
        (answer.status, answer.body["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(status(long(BODY_LIMIT)).await, (400, "session_mismatch".to_owned()));
    for length in [BODY_LIMIT + 1, 1_000_000] {
        assert_eq!(status(long(length)).await, (413, "payload_too_large".to_owned()));
    }
    let announced = Call::post("/api/phone/status", JSON, "{}").header("content-length", "16385");
    assert_eq!(host.call(announced).await.status, 413, "not read at all");
    let other = Call::post("/api/phone/status", "text/plain", long(BODY_LIMIT + 1));
    assert_eq!(host.call(other).await.status, 415, "the media type comes first");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it is the time that is tested")]
async fn the_worst_bodies_cost_little() {
    let host = Host::new();
    let keys = |n: usize| (0..n).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(",");
    for body in [
        format!("{{{}}}", keys(1_800)),
        format!("{{\"a\":{}", "[".repeat(16_000)),
        format!("{{\"phone_number\":\"{}\"}}", "1".repeat(16_000)),
        format!("{{\"phone_number\":\"+{}\"}}", " ".repeat(16_000)),
        format!("{{\"phone_number\":\"{}\"}}", "\\u0000".repeat(2_600)),
        format!("{{{}\"b\":1}}", "\"a\":1,".repeat(2_600)),
    ] {
        let start = Instant::now();
        let answer = host.call(Call::post("/api/phone/register", JSON, body)).await;
        assert_eq!(answer.status, 400);
        let limit = Duration::from_millis(if cfg!(debug_assertions) { 100 } else { 5 });
        assert!(start.elapsed() < limit, "{:?}", start.elapsed());
    }
}
