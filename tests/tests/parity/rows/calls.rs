//! Every call, every outcome.

use otp_core::FailureClass;
use serde_json::json;

use crate::{
    request::{FORM, JSON, Request},
    row::Row,
    service::{EMAIL, PHONE, TEST_CODE, TEST_NUMBER, UNKNOWN},
};

const REGISTER: &str = "/api/phone/register";
const VERIFY: &str = "/api/phone/verify";
const RESEND: &str = "/api/phone/resend";
const STATUS: &str = "/api/phone/status";
const CANCEL: &str = "/api/phone/cancel";

const PERSON: &str = r#"{"phone_number":"+14155550123"}"#;
const SESSION: &str = r#"{"phone_number":"+14155550123","session_token":"$TOKEN"}"#;
const RIGHT: &str = r#"{"phone_number":"+14155550123","session_token":"$TOKEN","security_code":"$CODE"}"#;
const WRONG: &str = r#"{"phone_number":"+14155550123","session_token":"$TOKEN","security_code":"$WRONG"}"#;

pub(crate) fn rows() -> Vec<Row> {
    [registrations(), checks(), sends(), refusals(), strict(), idempotency(), languages(), callers()].concat()
}

fn registered(name: &str) -> Row {
    Row::new(name).post(REGISTER, PERSON).work()
}

fn registrations() -> Vec<Row> {
    let register = |name: &str, body: serde_json::Value| Row::new(name).post(REGISTER, &body.to_string());
    vec![
        register("register", json!({ "phone_number": PHONE })),
        register("register: a number as people write it", json!({ "phone_number": " +1 (415) 555-0123 " })),
        register("register by voice", json!({ "phone_number": PHONE, "channel": "voice" })),
        register("register by WhatsApp", json!({ "phone_number": PHONE, "channel": "whatsapp" })),
        register("register in French", json!({ "phone_number": PHONE, "language": "fr" })).work(),
        register("register for an Android app", json!({ "phone_number": PHONE, "ending": "android" })).work(),
        register("register for a browser", json!({ "phone_number": PHONE, "ending": " web " })).work(),
        register("register for nobody", json!({ "phone_number": PHONE, "ending": "ios" })),
        register("register: a prescribed code", json!({ "phone_number": TEST_NUMBER })).work(),
        Row::new("register as a form").send(Request::post(REGISTER, FORM, "phone_number=%2B14155550123")),
        Row::new("register as a form, the plus eaten").send(Request::post(
            REGISTER,
            FORM,
            "phone_number=+1+415+555+0123",
        )),
        Row::new("register by e-mail")
            .post("/api/email/register", r#"{"email":" Alice@Example.COM "}"#)
            .work()
            .post("/api/email/status", r#"{"email":"alice@example.com","session_token":"$TOKEN"}"#)
            .pass(60)
            .post("/api/email/resend", r#"{"email":"alice@example.com","session_token":"$TOKEN"}"#)
            .post(
                "/api/email/verify",
                r#"{"email":"alice@example.com","session_token":"$TOKEN","security_code":"$CODE"}"#,
            )
            .post("/api/email/cancel", r#"{"email":"alice@example.com","session_token":"$TOKEN"}"#),
    ]
}

fn checks() -> Vec<Row> {
    let code = format!(r#"{{"phone_number":"{TEST_NUMBER}","session_token":"$TOKEN","security_code":{{}}}}"#);
    let prescribed = |name: &str, spelling: &str| {
        let register = json!({ "phone_number": TEST_NUMBER }).to_string();
        Row::new(name).post(REGISTER, &register).post(VERIFY, &code.replace("{}", spelling))
    };
    let (front, back) = TEST_CODE.split_at(3);
    vec![
        registered("verify").post(VERIFY, RIGHT),
        registered("verify: wrong").post(VERIFY, WRONG),
        registered("verify: used").post(VERIFY, RIGHT).post(VERIFY, RIGHT).post(VERIFY, WRONG),
        registered("verify: five wrong, then right")
            .times(6, |row| row.post(VERIFY, WRONG))
            .post(VERIFY, RIGHT),
        registered("verify: the last moment").pass(599).post(VERIFY, RIGHT),
        registered("verify: expired").pass(600).post(VERIFY, RIGHT).post(STATUS, SESSION),
        registered("verify: another number")
            .post(VERIFY, &RIGHT.replace(PHONE, "+14155550124"))
            .post(VERIFY, RIGHT),
        registered("verify: a superseded session")
            .pass(60)
            .post(REGISTER, PERSON)
            .work()
            .post(VERIFY, &RIGHT.replace("$TOKEN", "$FIRST"))
            .post(VERIFY, RIGHT),
        registered("verify: an unknown session").post(VERIFY, &RIGHT.replace("$TOKEN", UNKNOWN)),
        registered("verify: no session token at all").post(VERIFY, &RIGHT.replace("$TOKEN", "~")),
        registered("verify: a session of the other app")
            .post("/api/email/verify", &RIGHT.replace("phone_number", "email").replace(PHONE, EMAIL)),
        registered("verify: a session token between spaces")
            .post(VERIFY, &WRONG.replace("$TOKEN", " $TOKEN ")),
        prescribed("verify: a number", TEST_CODE),
        prescribed("verify: a number of other digits", "23456"),
        prescribed("verify: spaces", &format!("\" {front} {back} \"")),
        prescribed("verify: a hyphen", &format!("\"{front}-{back}\"")),
        prescribed("verify: escapes", "\"\\u0031\\u0032\\u0033456\""),
        prescribed("verify: no-break and ideographic spaces", &format!("\"\u{a0}{front}\u{3000}{back}\"")),
        prescribed("verify: digits of another script", "\"\u{ff11}\u{ff12}\u{ff13}456\""),
        prescribed("verify: too short", "\"1\""),
        prescribed("verify: too long", &format!("\"{}\"", "1".repeat(500))),
        prescribed("verify: letters", "\"abcdef\""),
        Row::new("verify: locked for a day")
            .times(2, |row| {
                row.post("/limited/register", PERSON)
                    .work()
                    .times(5, |row| row.post("/limited/verify", WRONG))
                    .pass(3_600)
            })
            .post("/limited/register", PERSON)
            .post("/limited/status", SESSION),
    ]
}

fn sends() -> Vec<Row> {
    let voice = SESSION.replace('}', r#","channel":"voice"}"#);
    vec![
        registered("status")
            .post(STATUS, SESSION)
            .pass(541)
            .post(STATUS, SESSION)
            .pass(59)
            .post(STATUS, SESSION),
        Row::new("status: queued").post(REGISTER, PERSON).post(STATUS, SESSION),
        registered("status: verified").post(VERIFY, RIGHT).post(STATUS, SESSION),
        registered("status: no guesses left").times(5, |row| row.post(VERIFY, WRONG)).post(STATUS, SESSION),
        registered("status: an unknown session").post(STATUS, &SESSION.replace("$TOKEN", UNKNOWN)),
        registered("resend: too early").pass(59).post(RESEND, SESSION),
        registered("resend").pass(60).post(RESEND, SESSION).work().post(VERIFY, RIGHT),
        registered("resend by voice").pass(60).post(RESEND, &voice).work().post(VERIFY, RIGHT),
        registered("resend: verified").post(VERIFY, RIGHT).pass(60).post(RESEND, SESSION),
        registered("resend: no guesses left")
            .times(5, |row| row.post(VERIFY, WRONG))
            .pass(60)
            .post(RESEND, SESSION),
        registered("resend: an unknown session").post(RESEND, &SESSION.replace("$TOKEN", UNKNOWN)),
        registered("cancel")
            .post(CANCEL, SESSION)
            .post(VERIFY, RIGHT)
            .post(STATUS, SESSION)
            .post(CANCEL, SESSION),
        registered("cancel: verified").post(VERIFY, RIGHT).post(CANCEL, SESSION),
        registered("throttled: the pause").post(REGISTER, PERSON),
        registered("throttled: the hour").times(5, |row| row.pass(60).post(REGISTER, PERSON)),
        Row::new("inline: sent").post("/inline/register", PERSON),
        Row::new("inline: refused").fail(FailureClass::Recipient).post("/inline/register", PERSON),
        Row::new("inline: tried again").fail(FailureClass::Transient).post("/inline/register", PERSON),
        Row::new("delivery failed for good")
            .post(REGISTER, PERSON)
            .fail(FailureClass::Recipient)
            .work()
            .post(STATUS, SESSION),
    ]
}

fn refusals() -> Vec<Row> {
    let narrow =
        |name: &str, body: serde_json::Value| Row::new(name).post("/narrow/register", &body.to_string());
    let mut rows = vec![
        narrow("a region that is not served", json!({ "phone_number": "+442079460018" })),
        narrow("a prefix that is denied", json!({ "phone_number": "+19005550123" })),
        narrow("a channel without a sender", json!({ "phone_number": PHONE, "channel": "voice" })),
        narrow("a channel that does not reach numbers", json!({ "phone_number": PHONE, "channel": "email" })),
        narrow("no channel at all", json!({ "phone_number": PHONE, "channel": "pigeon" })),
        Row::new("an app without a sender")
            .post("/narrow-email/register", r#"{"email":"alice@example.com"}"#),
        Row::new("resend by a channel without a sender")
            .post("/narrow/register", PERSON)
            .post("/narrow/resend", &SESSION.replace('}', r#","channel":"voice"}"#)),
    ];
    for text in
        ["2125550187", "+1 212 555 0187 ext 4", "+19", "alice@example.com", "+1\n212", "+1\u{200b}4155550123"]
    {
        let body = json!({ "phone_number": text });
        rows.push(Row::new(format!("no number: {}", text.escape_debug())).post(REGISTER, &body.to_string()));
    }
    for text in
        ["alice.example.com", "+14155550123", "a@b", "jos\u{e9}@example.com", "a@example.com\r\nBcc: b@c.de"]
    {
        let body = json!({ "email": text });
        let row = Row::new(format!("no address: {}", text.escape_debug()));
        rows.push(row.post("/api/email/register", &body.to_string()));
    }
    for (call, body) in
        [(REGISTER, PERSON), (VERIFY, RIGHT), (RESEND, SESSION), (STATUS, SESSION), (CANCEL, SESSION)]
    {
        let body = body.replace("$TOKEN", UNKNOWN).replace("$CODE", TEST_CODE);
        rows.push(Row::new(format!("the store is down: {call}")).down().post(call, &body));
    }
    rows
}

fn strict() -> Vec<Row> {
    let registered = |name: &str| Row::new(name).post("/strict/register", PERSON).work();
    let verify = "/strict/verify";
    vec![
        registered("strict: right").post(verify, RIGHT).post(verify, RIGHT),
        registered("strict: wrong, until no guess is left").times(6, |row| row.post(verify, WRONG)),
        registered("strict: expired").pass(600).post(verify, RIGHT),
        registered("strict: an unknown session").post(verify, &RIGHT.replace("$TOKEN", UNKNOWN)),
        registered("strict: no number").post(verify, &RIGHT.replace(PHONE, "415")),
        registered("strict: the store is down").down().post(verify, RIGHT),
    ]
}

fn idempotency() -> Vec<Row> {
    let keyed = |target: &str, body: &str, key: &[u8]| {
        Request::post(target, JSON, body).header("idempotency-key", key)
    };
    let mut rows = vec![
        Row::new("the same key and body")
            .send(keyed(REGISTER, PERSON, b"k-1"))
            .work()
            .pass(3_600)
            .send(keyed(REGISTER, PERSON, b"k-1"))
            .send(
                Request::post(REGISTER, FORM, "phone_number=%2B14155550123").header("Idempotency-Key", "k-1"),
            )
            .work(),
        Row::new("the same key a day later")
            .send(keyed(REGISTER, PERSON, b"k-1"))
            .pass(86_400)
            .send(keyed(REGISTER, PERSON, b"k-1")),
        Row::new("the same key, another body").send(keyed(REGISTER, PERSON, b"k-1")).send(keyed(
            REGISTER,
            &PERSON.replace('}', r#","language":"fr"}"#),
            b"k-1",
        )),
        Row::new("the same key, another number").send(keyed(REGISTER, PERSON, b"k-1")).send(keyed(
            REGISTER,
            r#"{"phone_number":"+14155550199"}"#,
            b"k-1",
        )),
        Row::new("a key on resend")
            .send(keyed(REGISTER, PERSON, b"k-1"))
            .pass(60)
            .send(keyed(RESEND, SESSION, b"k-1"))
            .send(keyed(RESEND, SESSION, b"k-1"))
            .send(keyed(RESEND, &SESSION.replace("$TOKEN", UNKNOWN), b"k-1")),
        Row::new("a key where none is asked for").send(keyed(
            STATUS,
            &SESSION.replace("$TOKEN", UNKNOWN),
            b"",
        )),
        Row::new("two keys").send(keyed(REGISTER, PERSON, b"a").header("idempotency-key", "b")),
        Row::new("the longest key").send(keyed(REGISTER, PERSON, "k".repeat(255).as_bytes())),
    ];
    let long = "k".repeat(256);
    for (name, key) in [
        ("empty", b"".as_slice()),
        ("with a space", b"a b"),
        ("with a tab", b"a\tb"),
        ("in UTF-8", "cl\u{e9}".as_bytes()),
        ("in no text", b"k\xff"),
        ("too long", long.as_bytes()),
    ] {
        rows.push(Row::new(format!("a bad key: {name}")).send(keyed(REGISTER, PERSON, key)));
    }
    rows
}

fn languages() -> Vec<Row> {
    let accepting = |lines: &[&'static [u8]], body: &str| {
        let request = Request::post(REGISTER, JSON, body);
        lines.iter().fold(request, |request, line| request.header("accept-language", *line))
    };
    let mut rows = vec![
        Row::new("Accept-Language: the body wins")
            .send(accepting(&[b"fr"], &PERSON.replace('}', r#","language":"es-MX"}"#)))
            .work(),
        Row::new("Accept-Language on resend is not asked")
            .send(accepting(&[b"de"], PERSON))
            .pass(60)
            .send(Request::post(RESEND, JSON, SESSION).header("accept-language", "ja"))
            .work(),
    ];
    for (name, lines) in [
        ("q-values", &[b"fr-CA;q=0.8,de;q=0.9".as_slice()][..]),
        ("a refused language", &[b"de;q=0,fr"]),
        ("none that is spoken", &[b"xx, *;q=0.1"]),
        ("a region's script", &[b"zh-TW"]),
        ("two lines", &[b"xx", b"ar"]),
        ("nonsense", &[b";;;q=,,"]),
        ("no text", &[b"\xff\xfe", b"pt"]),
    ] {
        rows.push(Row::new(format!("Accept-Language: {name}")).send(accepting(lines, PERSON)).work());
    }
    rows
}

fn callers() -> Vec<Row> {
    let start = |mount: &str, number: u8, headers: &[(&'static str, &[u8])]| {
        let body = json!({ "phone_number": format!("+1415555010{number}") }).to_string();
        let request = Request::post(&format!("{mount}/register"), JSON, body);
        headers.iter().fold(request, |request, (name, value)| request.header(name, *value))
    };
    let forwarded = |number: u8| {
        [
            ("x-forwarded-for", format!("198.51.100.{number}").into_bytes()),
            ("forwarded", format!("for=198.51.100.{number}").into_bytes()),
            ("x-real-ip", format!("198.51.100.{number}").into_bytes()),
        ]
    };
    let story = |name: &str, mount: &str| {
        (0..4).fold(Row::new(name), |row, number| {
            let headers = forwarded(number);
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
            row.send(start(mount, number, &headers))
        })
    };
    vec![
        story("forwarded headers of nobody trusted", "/limited"),
        story("forwarded headers of a trusted proxy", "/proxied"),
        (0..3).fold(
            Row::new("forwarded headers: the caller's own word before the proxy's"),
            |row, number| {
                let line = format!("198.51.100.{number}, 192.0.2.1");
                row.send(start("/proxied", number, &[("x-forwarded-for", line.as_bytes())]))
            },
        ),
        (0..3).fold(Row::new("forwarded headers on two lines"), |row, number| {
            let line = format!("198.51.100.{number}");
            let lines = [("x-forwarded-for", line.as_bytes()), ("x-forwarded-for", b"192.0.2.1")];
            row.send(start("/proxied", number, &lines))
        }),
        (0..3).fold(Row::new("forwarded headers that are no text"), |row, number| {
            row.send(start("/proxied", number, &[("x-forwarded-for", b"\xff\xff")]))
        }),
    ]
}
