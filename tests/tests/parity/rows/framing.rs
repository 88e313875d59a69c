//! HTTP itself: what the libraries below the frameworks let through, and what they answer.

use crate::{
    request::{JSON, Request},
    row::{Agreement, Row},
    service::UNKNOWN,
};

const STATUS: &str = "/api/phone/status";

const HOSTS: Agreement =
    Agreement::Refusal("actix wants one Host, as RFC 9112 says; axum leaves it to the app");

pub(crate) fn rows() -> Vec<Row> {
    [heads(), bodies(), broken_bodies(), refused_heads(), request_lines()].concat()
}

fn body() -> String {
    format!(r#"{{"phone_number":"+14155550123","session_token":"{UNKNOWN}"}}"#)
}

fn good() -> Request {
    Request::post(STATUS, JSON, body())
}

/// Without a body yet.
fn open() -> Request {
    Request::new("POST", STATUS).header("content-type", JSON)
}

fn heads() -> Vec<Row> {
    let old = Request::line(&format!("POST {STATUS} HTTP/1.0")).header("content-type", JSON).body(body());
    let upgrade = |request: Request, to: &'static str| {
        request.without("connection").header("connection", "close, upgrade").header("upgrade", to)
    };
    vec![
        Row::new("as it should be").send(good()),
        Row::new("HTTP/1.0").send(old),
        Row::new("an unknown header").send(good().header("x-anything", "\"at all\"")),
        Row::new("a header that is no text").send(good().header("x-anything", b"\xff\xfe")),
        Row::new("an empty header").send(good().header("x-anything", "")),
        Row::new("a cookie").send(good().header("cookie", "a=b; c")),
        Row::new("90 headers").send((0..86).fold(good(), |request, _| request.header("x-more", "1"))),
        Row::new("a long header").send(good().header("x-long", "x".repeat(16_000))),
        Row::new("a long query").send(Request::post(
            &format!("{STATUS}?{}", "q".repeat(8_000)),
            JSON,
            body(),
        )),
        Row::new("an upgrade to WebSocket").send(upgrade(good(), "WebSocket")),
        Row::new("an upgrade to WebSocket, without a body").send(upgrade(open(), "websocket")),
        Row::new("an upgrade to WebSocket, in chunks").send(upgrade(open(), "websocket").chunked(body())),
        Row::new("an upgrade to WebSocket, cut short")
            .send(upgrade(open(), "websocket").header("content-length", "90").bare("{\"phone").cut()),
        Row::new("an upgrade to WebSocket, too long")
            .send(upgrade(open(), "websocket").body("x".repeat(20_000))),
        Row::new("an upgrade to HTTP/2").send(upgrade(good(), "h2c").header("http2-settings", "AAMAAABk")),
    ]
}

fn bodies() -> Vec<Row> {
    let kept = |request: Request| request.without("connection").bytes(<[u8]>::to_vec);
    let last = good().bytes(<[u8]>::to_vec);
    let unread = Request::post(STATUS, "text/plain", "x");
    let extended = format!("{:x};a=b\r\n{}\r\n0\r\nx-trailer: 1\r\n\r\n", body().len(), body());
    vec![
        Row::new("two requests on a connection").bytes([kept(good()), last.clone()].concat()),
        Row::new("a request behind a refused body").bytes([kept(unread), last.clone()].concat()),
        Row::new("a request behind an unknown path")
            .bytes([kept(Request::post("/api/phone/none", JSON, body())), last].concat()),
        Row::new("chunks with extensions and trailers")
            .send(open().header("transfer-encoding", "chunked").bare(extended)),
    ]
}

fn broken_bodies() -> Vec<Row> {
    let chunked = || open().header("transfer-encoding", "chunked");
    vec![
        Row::new("a body cut short").send(open().header("content-length", "90").bare("{\"phone").cut()),
        Row::new("chunks cut short").send(chunked().bare("50\r\n{\"phone").cut()),
        Row::new("no chunks").send(chunked().bare("zz\r\n{}\r\n").cut()),
    ]
}

fn refused_heads() -> Vec<Row> {
    let lengths = |first, second| open().header("content-length", first).header("content-length", second);
    vec![
        Row::new("lengths that differ").send(lengths("2", "3").bare("{}")),
        Row::new("no length").send(open().header("content-length", "two").bare("{}")),
        Row::new("a negative length").send(open().header("content-length", "-1").bare("{}")),
        Row::new("an unknown transfer encoding")
            .send(open().header("transfer-encoding", "gzip").bare("{}").cut()),
        Row::new("length and chunks")
            .send(
                open().header("content-length", "2").header("transfer-encoding", "chunked").bare("0\r\n\r\n"),
            )
            .agreeing(Agreement::Refusal("actix takes one of the two alone; for axum the chunks count")),
        Row::new("a zero byte in a header").send(good().header("x-anything", "a\0b")),
        Row::new("a space in a header's name").send(good().header("x anything", "1")),
        Row::new("a folded header").send(good().header("x-anything", "a\r\n b")),
        Row::new("no host").send(good().without("host")).agreeing(HOSTS),
        Row::new("two hosts").send(good().header("host", "elsewhere.test")).agreeing(HOSTS),
        Row::new("120 headers").send((0..120).fold(good(), |request, _| request.header("x-more", "1"))),
        Row::new("a head of 1 MB").send(good().header("x-long", "x".repeat(1_000_000))),
        Row::new("a target of 100 KB")
            .send(Request::post(&format!("{STATUS}?{}", "q".repeat(100_000)), JSON, body()))
            .agreeing(Agreement::Refusal("the libraries' own answer: axum calls it 414, actix 400")),
    ]
}

fn request_lines() -> Vec<Row> {
    let row = |line: &str| {
        let request = Request::line(line).header("content-type", JSON).body(body());
        Row::new(format!("line: {line:?}")).send(request)
    };
    vec![
        row("POST /api/phone/status HTTP/1.2"),
        row("POST /api/phone/status HTTP/3.0"),
        row("POST /api/phone/status"),
        row("POST  /api/phone/status  HTTP/1.1"),
        row("POST api/phone/status HTTP/1.1"),
        row("POST /api/phone/status#part HTTP/1.1"),
        row("POST * HTTP/1.1"),
        row("OPTIONS * HTTP/1.1"),
        row("CONNECT parity.test:80 HTTP/1.1")
            .agreeing(Agreement::Status("no path, so it is the host's; axum leaves out the body")),
        row("P@ST /api/phone/status HTTP/1.1"),
        row("POST /api/ph one/status HTTP/1.1"),
        Row::new("no HTTP").bytes("hello\r\n\r\n"),
    ]
}
