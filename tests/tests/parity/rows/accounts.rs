//! The account app: every call, every outcome, and its own fields' problems. What it shares with the verification app,
//! media types, lengths and framing, is in those tables.

use crate::{
    request::{FORM, JSON, Request},
    row::Row,
};

const REGISTER: &str = "/api/v1/users/register";
const RESEND: &str = "/api/v1/auth/resend-verification";
const VERIFY_ACCOUNT: &str = "/api/v1/auth/verify-account";
const VERIFY_PHONE: &str = "/api/v1/users/verify-phone";
const VERIFY_OTP: &str = "/api/v1/users/verify-otp";

const PERSON: &str =
    r#"{"email":"ada@example.com","phone":"+14155550123","first_name":"Ada","last_name":"Lovelace"}"#;
const BY_EMAIL: &str = r#"{"email":"ada@example.com"}"#;
const BY_PHONE: &str = r#"{"phone":"+14155550123"}"#;
const EMAIL_CODE: &str = r#"{"email":"ada@example.com","otp":"$CODE"}"#;
const EMAIL_WRONG: &str = r#"{"email":"ada@example.com","otp":"$WRONG"}"#;
const PHONE_CODE: &str = r#"{"phone":"+14155550123","otp_code":"$CODE"}"#;
const PHONE_WRONG: &str = r#"{"phone":"+14155550123","otp_code":"$WRONG"}"#;

/// Every call with a good body; no code was ever sent.
const CALLS: [(&str, &str); 5] = [
    (REGISTER, PERSON),
    (RESEND, BY_EMAIL),
    (VERIFY_ACCOUNT, r#"{"email":"ada@example.com","otp":"123456"}"#),
    (VERIFY_PHONE, BY_PHONE),
    (VERIFY_OTP, r#"{"phone":"+14155550123","otp_code":"123456"}"#),
];

pub(crate) fn rows() -> Vec<Row> {
    [registrations(), by_email(), by_phone(), strangers(), strict(), callers(), bodies(), paths()].concat()
}

fn registered(name: &str) -> Row {
    Row::new(name).post(REGISTER, PERSON)
}

fn registrations() -> Vec<Row> {
    let form = "email=Ada%40Example.COM&phone=+1+415+555-0123&first_name=+Ada&last_name=Lovelace";
    vec![
        registered("register"),
        Row::new("register as a form").send(Request::post(REGISTER, FORM, form)),
        registered("register twice").post(REGISTER, PERSON),
        registered("register: the address is known").post(REGISTER, &PERSON.replace("0123", "0124")),
        registered("register: the number is known").post(REGISTER, &PERSON.replace("ada@", "bob@")),
        registered("register somebody else")
            .post(REGISTER, &PERSON.replace("ada@", "bob@").replace("0123", "0124")),
        Row::new("register: a number of no country")
            .post(REGISTER, &PERSON.replace("+14155550123", "+15555550155")),
        Row::new("register: names of other scripts")
            .post(REGISTER, &PERSON.replace("Ada", "\u{963f}\u{9054}").replace("Lovelace", "\\u6d1b")),
        Row::new("register where people are registered elsewhere")
            .post("/other-accounts/users/register", PERSON),
    ]
}

fn by_email() -> Vec<Row> {
    let asked = |name: &str| registered(name).post(RESEND, BY_EMAIL).work();
    vec![
        asked("e-mail: right, then again")
            .post(VERIFY_ACCOUNT, EMAIL_CODE)
            .post(VERIFY_ACCOUNT, EMAIL_CODE)
            .pass(60)
            .post(RESEND, BY_EMAIL)
            .work(),
        asked("e-mail: wrong").post(VERIFY_ACCOUNT, EMAIL_WRONG).post(VERIFY_ACCOUNT, EMAIL_CODE),
        asked("e-mail: wrong, until no guess is left")
            .times(6, |row| row.post(VERIFY_ACCOUNT, EMAIL_WRONG))
            .post(VERIFY_ACCOUNT, EMAIL_CODE),
        asked("e-mail: expired").pass(600).post(VERIFY_ACCOUNT, EMAIL_CODE),
        asked("e-mail: too early").post(RESEND, BY_EMAIL),
        asked("e-mail: the same code again")
            .pass(60)
            .post(RESEND, BY_EMAIL)
            .work()
            .post(VERIFY_ACCOUNT, EMAIL_CODE),
        asked("e-mail: in other spellings").post(
            VERIFY_ACCOUNT,
            &EMAIL_CODE.replace("ada@example.com", " ADA@Example.com ").replace("$CODE", " $CODE "),
        ),
        asked("e-mail: the store goes down").down().post(VERIFY_ACCOUNT, EMAIL_CODE),
        asked("e-mail: the accounts go down").no_accounts().post(VERIFY_ACCOUNT, EMAIL_CODE),
        asked("e-mail: the code is no phone number's").post(VERIFY_OTP, PHONE_CODE),
        registered("e-mail: in the caller's language")
            .send(Request::post(RESEND, JSON, BY_EMAIL).header("accept-language", "de-AT, en;q=0.5"))
            .work(),
    ]
}

fn by_phone() -> Vec<Row> {
    let asked = |name: &str| registered(name).post(VERIFY_PHONE, BY_PHONE).work();
    vec![
        asked("phone: right, then again").post(VERIFY_OTP, PHONE_CODE).post(VERIFY_OTP, PHONE_CODE),
        asked("phone: wrong").post(VERIFY_OTP, PHONE_WRONG).post(VERIFY_OTP, PHONE_CODE),
        asked("phone: wrong, until no guess is left").times(6, |row| row.post(VERIFY_OTP, PHONE_WRONG)),
        asked("phone: expired").pass(600).post(VERIFY_OTP, PHONE_CODE),
        asked("phone: too early").post(VERIFY_PHONE, BY_PHONE),
        registered("phone: as forms")
            .send(Request::post(VERIFY_PHONE, FORM, "phone=%2B1+415+555+0123"))
            .work()
            .send(Request::post(VERIFY_OTP, FORM, "phone=+14155550123&otp_code=+$CODE+")),
    ]
}

fn strangers() -> Vec<Row> {
    CALLS[1..]
        .iter()
        .map(|(call, body)| {
            let row = Row::new(format!("unknown, again and again: {call}"));
            row.times(7, |row| row.post(call, body)).work().pass(60).post(call, body)
        })
        .chain(
            CALLS.map(|(call, body)| Row::new(format!("the store is down: {call}")).down().post(call, body)),
        )
        .chain(CALLS.map(|(call, body)| {
            Row::new(format!("the accounts are down: {call}")).no_accounts().post(call, body)
        }))
        .collect()
}

fn strict() -> Vec<Row> {
    let at = |call: &str| call.replace("/api/v1", "/strict-accounts");
    vec![
        registered("strict: wrong, until no guess is left")
            .post(&at(RESEND), BY_EMAIL)
            .work()
            .times(6, |row| row.post(&at(VERIFY_ACCOUNT), EMAIL_WRONG))
            .post(&at(VERIFY_ACCOUNT), EMAIL_CODE),
        registered("strict: by phone")
            .post(&at(VERIFY_PHONE), BY_PHONE)
            .work()
            .times(6, |row| row.post(&at(VERIFY_OTP), PHONE_WRONG)),
    ]
}

fn callers() -> Vec<Row> {
    let resend = "/other-accounts/auth/resend-verification";
    let start = |row: Row, number: usize| {
        let body = format!(r#"{{"email":"a{number}@example.com"}}"#);
        row.send(Request::post(resend, JSON, body).header("x-forwarded-for", format!("192.0.2.{number}")))
    };
    vec![
        (0..3).fold(Row::new("the caller's budget"), start),
        Row::new("locked for a day")
            .times(2, |row| {
                row.times(5, |row| row.post("/other-accounts/users/verify-otp", CALLS[4].1)).pass(3_600)
            })
            .post("/other-accounts/users/verify-phone", BY_PHONE),
    ]
}

fn bodies() -> Vec<Row> {
    let mut rows = Vec::new();
    for (call, body) in CALLS {
        let row = |name: &str| Row::new(format!("{name}: {call}"));
        rows.extend([
            row("no fields").post(call, "{}"),
            row("an unknown field").post(call, &body.replace('}', r#","is_verified":true}"#)),
            row("a field twice")
                .post(call, &body.replacen('{', r#"{"email":"x","phone":"y","email":"z","#, 1)),
            row("null").post(
                call,
                &body.replacen(r#""ada@example.com""#, "null", 1).replacen(r#""+14155550123""#, "null", 1),
            ),
            row("no recipient")
                .post(call, &body.replace("ada@example.com", "ada").replace("+14155550123", "415")),
            row("no JSON").post(call, "{"),
            row("no type").send(Request::new("POST", call).body(body)),
            row("a text").send(Request::post(call, "text/plain", body)),
            row("too long").send(Request::post(call, JSON, " ".repeat(16_385))),
            row("too long, in chunks")
                .send(Request::new("POST", call).header("content-type", JSON).chunked(" ".repeat(16_385))),
        ]);
    }
    for (name, text) in [
        ("empty", String::new()),
        ("blank", " ".to_owned()),
        ("100 characters", "\u{e9}".repeat(100)),
        ("101 characters", "\u{e9}".repeat(101)),
        ("a line end", "Ada\\nLovelace".to_owned()),
        ("a zero character", "Ada\\u0000".to_owned()),
        ("an escape sequence", "\\u001b[2J".to_owned()),
        ("a tab", "A\\tda".to_owned()),
    ] {
        rows.push(Row::new(format!("a name: {name}")).post(REGISTER, &PERSON.replace("Ada", &text)));
    }
    for code in ["123456", "\"\"", "null", "[1]", "\"\u{ff11}\u{ff12}\"", "1.5", "\"123 456\""] {
        let body = format!(r#"{{"email":"ada@example.com","otp":{code}}}"#);
        rows.push(Row::new(format!("a code: {code}")).post(VERIFY_ACCOUNT, &body));
    }
    rows
}

fn paths() -> Vec<Row> {
    let mut rows = Vec::new();
    for target in [
        "/api/v1/users/register/",
        "/api/v1//users/register",
        "/api/v1/users//register",
        "/api/v1/users/Register",
        "/api/v1/users%2Fregister",
        "/api/v1/%75sers/register",
        "/api/v1/users/register?x=1",
        "/api/%761/users/register",
        "/api/v1/users",
        "/api/v1/users/",
        "/api/v1",
        "/api/v1/",
        "/api/v10/users/register",
        "/api/v1/register",
    ] {
        rows.push(Row::new(format!("POST {target}")).post(target, PERSON));
    }
    for (call, _) in CALLS {
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            rows.push(Row::new(format!("{method} {call}")).send(Request::new(method, call)));
        }
    }
    rows
}
