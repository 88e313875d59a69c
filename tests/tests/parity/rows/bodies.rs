//! Bodies that are not what a call takes.

use otp_http::BODY_LIMIT;

use crate::{
    request::{FORM, JSON, Request},
    row::Row,
    service::{PHONE, UNKNOWN},
};

const VERIFY: &str = "/api/phone/verify";

pub(crate) fn rows() -> Vec<Row> {
    [json(), fields(), forms(), media_types(), lengths()].concat()
}

fn row(name: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Row {
    Row::new(name).send(Request::post(VERIFY, content_type, body))
}

/// A body in which only the code is odd.
fn code(value: &str) -> String {
    format!(r#"{{"phone_number":"{PHONE}","session_token":"{UNKNOWN}","security_code":{value}}}"#)
}

/// A body with more than it should have.
fn with(rest: &str) -> String {
    code(&format!("\"123456\",{rest}"))
}

fn nested(open: &str, close: &str, times: usize) -> String {
    format!("{}0{}", open.repeat(times), close.repeat(times))
}

fn json() -> Vec<Row> {
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("white space", b" \n".to_vec()),
        ("an open brace", b"{".to_vec()),
        ("no value", b"{\"phone_number\":}".to_vec()),
        ("single quotes", b"{'phone_number':'x'}".to_vec()),
        ("a comma at the end", b"{\"phone_number\":\"x\",}".to_vec()),
        ("two objects", b"{} {}".to_vec()),
        ("a comment", b"{/**/}".to_vec()),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("no UTF-8 in a value", b"{\"a\":\"\xff\"}".to_vec()),
        ("no UTF-8 in a name", b"{\"a\xff\":1}".to_vec()),
        ("half a surrogate pair", br#"{"a":"\ud800"}"#.to_vec()),
        ("a line end in a text", b"{\"a\":\"line\nend\"}".to_vec()),
        ("a zero byte", b"{\"a\":\"\0\"}".to_vec()),
        ("a form", b"phone_number=%2B14155550123".to_vec()),
        ("null", b"null".to_vec()),
        ("a number", b"123456".to_vec()),
        ("a list", b"[{}]".to_vec()),
        ("lists, 10,000 deep and open", "[".repeat(10_000).into()),
        ("lists, 7,000 deep", nested("[", "]", 7_000).into()),
        ("objects, 2,000 deep", nested("{\"a\":", "}", 2_000).into()),
        ("a deep value", code(&nested("[", "]", 7_000)).into()),
        ("a number with a leading zero", code("0123456").into()),
        ("no number", code("NaN").into()),
    ];
    bodies.into_iter().map(|(name, body)| row(&format!("JSON: {name}"), JSON, body)).collect()
}

fn fields() -> Vec<Row> {
    let many = (0..40).map(|n| format!(r#""f{n}":1"#)).collect::<Vec<_>>().join(",");
    let bodies = [
        ("none", "{}".to_owned()),
        ("unknown", with(r#""channel":"sms""#)),
        ("of the other app", with(r#""email":"alice@example.com""#)),
        ("that shadow a problem's", with(r#""status":200,"code":"ok""#)),
        ("in other letters", with(r#""Phone_Number":"x","":1"#)),
        ("with control characters", with(r#""a\u0000\u0007b":1"#)),
        ("with a long name", with(&format!(r#""{}":1"#, "n".repeat(99)))),
        ("too many", with(&many)),
        ("twice", with(r#""security_code":"123456""#)),
        ("twice, spelled differently", with(r#""security\u005fcode":"654321""#)),
        ("unknown, three times", with(r#""x":1,"x":2,"x":3"#)),
        ("everything at once", r#"{"phone_number":7,"session_token":"","extra":1,"extra":2}"#.to_owned()),
        ("null", code("null")),
        ("a truth", code("true")),
        ("a fraction", code("1.5")),
        ("a negative number", code("-123456")),
        ("a huge number", code("99999999999999999999999")),
        ("a list", code("[\"123456\"]")),
        ("an object", code("{\"$ne\":null}")),
        ("an empty text", code("\"\"")),
        ("blanks", code("\" \\t\\r\\n\\u00a0\"")),
        ("a zero character", code("\"123\\u0000456\"")),
        ("an escape sequence", code("\"123\\u001b[2J456\"")),
    ];
    bodies.into_iter().map(|(name, body)| row(&format!("fields: {name}"), JSON, body)).collect()
}

fn forms() -> Vec<Row> {
    let form = |rest: &str| {
        format!("phone_number=%2B14155550123&session_token={UNKNOWN}&security_code=123456{rest}").into_bytes()
    };
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("good", form("")),
        ("good, encoded further", form("").iter().flat_map(|byte| encoded(*byte)).collect()),
        ("empty", Vec::new()),
        ("separators alone", b"&&".to_vec()),
        ("twice", form("&security_code=123456")),
        ("twice, encoded differently", form("&security%5fcode=123456")),
        ("names alone", form("&a&b=&=c")),
        ("an array", form("&security_code[]=1")),
        ("a stray percent", form("%")),
        ("no hexadecimal digits", form("%zz")),
        ("encoded bytes that are no UTF-8", form("&x=%ff")),
        ("bytes that are no UTF-8", [form("&x="), vec![0xff]].concat()),
        ("a zero character", form("%00")),
        ("many", form(&"&a=1".repeat(3_000))),
        ("JSON", code("\"123456\"").into()),
    ];
    bodies.into_iter().map(|(name, body)| row(&format!("form: {name}"), FORM, body)).collect()
}

/// Letters percent-encoded, the rest as it is.
fn encoded(byte: u8) -> Vec<u8> {
    if byte.is_ascii_lowercase() { format!("%{byte:02X}").into() } else { vec![byte] }
}

fn media_types() -> Vec<Row> {
    let good = code("\"123456\"");
    let mut rows = Vec::new();
    for content_type in [
        "application/json; charset=utf-8",
        "Application/JSON;Charset=\"UTF-8\"",
        "application/json; profile=x",
        "application/json; charset=utf-16",
        "application/json; charset",
        "application/json, text/plain",
        "application/problem+json",
        "text/plain",
        "text/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=windows-1252",
        "nonsense",
        "",
    ] {
        rows.push(row(&format!("type: {content_type:?}"), content_type, good.clone()));
    }
    let bare = || Request::new("POST", VERIFY);
    for (name, request) in [
        ("none", bare().body(good.clone())),
        ("none, and no body", bare()),
        ("none, and an empty body", bare().body("")),
        ("JSON, and no body", bare().header("content-type", JSON)),
        ("two", bare().header("content-type", JSON).header("content-type", JSON).body(good.clone())),
        ("no text", bare().header("content-type", b"application/json\xff").body(good.clone())),
        ("gzip", bare().header("content-type", JSON).header("content-encoding", "gzip").body(GZIP)),
        (
            "identity",
            bare().header("content-type", JSON).header("content-encoding", "identity").body(good.clone()),
        ),
        ("a long text", bare().header("content-type", "text/plain").body("x".repeat(BODY_LIMIT + 1))),
    ] {
        rows.push(Row::new(format!("type: {name}")).send(request));
    }
    let gzip = bare().header("content-type", JSON).header("accept-encoding", "gzip, br").body(good);
    rows.push(Row::new("no answer is compressed").send(gzip));
    rows
}

/// An empty object, compressed.
const GZIP: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00";

fn lengths() -> Vec<Row> {
    let long = |length: usize| {
        let short = code("\"\"");
        code(&format!("\"{}\"", "1".repeat(length - short.len())))
    };
    let mut rows = Vec::new();
    for (name, length) in
        [("the limit", BODY_LIMIT), ("one more", BODY_LIMIT + 1), ("100 KB", 100_000), ("1 MB", 1_000_000)]
    {
        let request = Request::new("POST", VERIFY).header("content-type", JSON);
        rows.push(row(&format!("length: {name}"), JSON, long(length)));
        rows.push(Row::new(format!("length, in chunks: {name}")).send(request.chunked(long(length))));
    }
    let request = || Request::new("POST", VERIFY).header("content-type", JSON);
    rows.push(Row::new("in chunks: a good body").send(request().chunked(code("\"123456\""))));
    rows.push(Row::new("in chunks: empty").send(request().chunked("")));
    let announced = request().header("content-length", "16385").bare("{}");
    rows.push(Row::new("length: announced alone").send(announced));
    let huge = request().header("content-length", "999999999999").bare("{}");
    rows.push(Row::new("length: announced alone, huge").send(huge));
    let expecting = request().header("expect", "100-continue").body(code("\"123456\""));
    rows.push(Row::new("length: asked first").send(expecting));
    let expecting = request().header("expect", "100-continue").body(long(BODY_LIMIT + 1));
    rows.push(Row::new("length: asked first, too long").send(expecting));
    rows
}
