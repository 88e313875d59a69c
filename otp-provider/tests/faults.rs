//! What a call becomes when the provider misbehaves, over real connections.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "a test that looks at limits of time reads a clock")]

use std::{
    fs,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use otp_core::FailureClass;
use otp_provider::{
    BaseUrl, Client, Limits, Request, Secret,
    testing::{Reply, Server, Step},
};
use otp_service::SendError;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const NUMBER: &str = "+447700900000";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const CODE: &str = "918273";

fn client() -> Client {
    Client::with_limits(Limits::default().call(Duration::from_secs(1))).unwrap()
}

fn request(base: &BaseUrl) -> Request {
    Request::post(base.at([ACCOUNT, NUMBER]).query("to", NUMBER))
        .basic(ACCOUNT, &Secret::from(TOKEN))
        .form([("To", NUMBER), ("Body", CODE)])
}

/// How a call fails: the class and the code.
fn failure(error: &SendError) -> (FailureClass, &str) {
    (error.class, error.code.as_deref().unwrap_or_default())
}

#[tokio::test]
async fn each_fault_has_its_class() {
    use FailureClass::{Provider, Unknown};
    let slow = Duration::from_secs(5);
    let json = |status| Reply::json(status, r#"{"sid": "SM1"}"#);
    let mib = 10 * 1024 * 1024;
    let cases = [
        (Step::Hang, Unknown, "timeout"),
        (Step::Late(slow, json(201)), Unknown, "timeout"),
        (Step::Drip(slow, json(201)), Unknown, "timeout"),
        (Step::Close, Unknown, "broken"),
        (Step::Reset, Unknown, "broken"),
        (Step::RefuseBody, Unknown, "broken"),
        (Step::Truncated(json(201)), Unknown, "truncated"),
        (Step::Huge(200, mib), Unknown, "too_large"),
        (Step::Reply(Reply::status(301)), Provider, "redirect"),
        (Step::Reply(Reply::status(304)), Provider, "redirect"),
    ];
    let server = Server::start().await;
    for (step, class, code) in cases {
        server.then(step.clone());
        let error = client().call("example", request(&server.base())).await.unwrap_err();
        assert_eq!(failure(&error), (class, code), "{step:?}");
    }
    assert_eq!(server.requests().len(), 10, "nothing is repeated behind the caller's back");
}

#[tokio::test]
async fn an_error_keeps_its_status_when_its_body_is_bad() {
    let server = Server::start().await;
    let steps = [
        (Step::Truncated(Reply::json(503, "{")), 503, FailureClass::Transient),
        (Step::Huge(401, 1024 * 1024), 401, FailureClass::Provider),
        (Step::Drip(Duration::from_secs(5), Reply::json(500, "{}")), 500, FailureClass::Unknown),
    ];
    for (step, status, class) in steps {
        server.then(step.clone());
        let answer = client().call("example", request(&server.base())).await.unwrap();
        assert_eq!((answer.status(), answer.body()), (status, &[] as &[u8]), "{step:?}");
        let code = format!("http_{status}");
        assert_eq!(failure(&answer.failure("example")), (class, code.as_str()), "{step:?}");
    }
}

#[tokio::test]
async fn classes_by_status() {
    use FailureClass::{Provider, Transient, Unknown};
    let server = Server::start().await;
    let client = client();
    for (status, class) in [
        (400, Provider),
        (401, Provider),
        (402, Provider),
        (403, Provider),
        (404, Provider),
        (408, Transient),
        (409, Provider),
        (425, Transient),
        (429, Transient),
        (500, Unknown),
        (501, Transient),
        (502, Unknown),
        (503, Transient),
        (504, Unknown),
        (599, Transient),
    ] {
        server.then(Step::Reply(Reply::status(status).header("retry-after", "7")));
        let failure = client.call("example", request(&server.base())).await.unwrap().failure("example");
        assert_eq!((failure.class, failure.retry_after), (class, Some(Duration::from_secs(7))), "{status}");
    }
    assert_eq!(server.connections(), 1, "one connection serves them all");
}

#[tokio::test]
async fn nothing_goes_where_a_redirect_points() {
    let target = Server::start().await;
    let server = Server::start().await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://localhost:{}/elsewhere", target.address().port());
        server.then(Step::Reply(Reply::status(status).header("location", &location)));
        let error = client().call("example", request(&server.base())).await.unwrap_err();
        assert_eq!(failure(&error), (FailureClass::Provider, "redirect"), "{status}");
    }
    assert_eq!((target.connections(), target.requests().len()), (0, 0));
}

#[tokio::test]
async fn no_connection_means_that_nothing_has_left() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    for (base, code) in [
        (format!("http://{closed}"), "connect"),
        // RFC 6761, section 6.4: this name never resolves.
        ("https://provider.invalid".to_owned(), "dns"),
    ] {
        let error = client().call("example", request(&base.parse().unwrap())).await.unwrap_err();
        assert_eq!(failure(&error), (FailureClass::Transient, code), "{base}");
    }
}

#[tokio::test]
async fn no_handshake_means_that_nothing_has_left() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base: BaseUrl = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut limits = Limits::default();
    limits.connect = Duration::from_millis(300);
    let client = Client::with_limits(limits).unwrap();
    // One that does not speak TLS, then one that says nothing.
    for (says, code) in [("HTTP/1.1 400 Bad Request\r\n\r\n", "tls"), ("", "connect")] {
        let stranger = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(says.as_bytes()).await.unwrap();
            let mut read = Vec::new();
            let _ = stream.read_to_end(&mut read).await;
            String::from_utf8_lossy(&read).into_owned()
        };
        let (called, read) = tokio::join!(client.call("example", request(&base)), stranger);
        assert_eq!(failure(&called.unwrap_err()), (FailureClass::Transient, code));
        assert!(!read.contains(CODE) && !read.contains("POST"));
    }
}

#[tokio::test]
async fn the_limits_of_a_call_hold() {
    let server = Server::start().await;
    server.always(Step::Hang);
    let begun = Instant::now();
    let _ = client().call("example", request(&server.base())).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5), "the client's limit");
    let begun = Instant::now();
    let patient = Client::new().unwrap();
    let hurried = request(&server.base()).within(Duration::from_millis(200));
    let error = patient.call("example", hurried).await.unwrap_err();
    assert_eq!(failure(&error), (FailureClass::Unknown, "timeout"));
    assert!(begun.elapsed() < Duration::from_secs(5), "the request's own limit");
}

#[tokio::test]
async fn an_answer_may_have_64_kib() {
    let server = Server::start().await;
    let client = Client::new().unwrap();
    server.then(Step::Huge(200, 64 * 1024));
    let answer = client.call("example", request(&server.base())).await.unwrap();
    assert_eq!(answer.body().len(), 64 * 1024);
    server.then(Step::Huge(200, 64 * 1024 + 1));
    let error = client.call("example", request(&server.base())).await.unwrap_err();
    assert_eq!(failure(&error), (FailureClass::Unknown, "too_large"));
}

#[tokio::test]
async fn memory_stays_flat_under_huge_answers() {
    const ROUNDS: usize = 20;
    const LENGTH: usize = 64 * 1024 * 1024;
    let server = Server::start().await;
    server.always(Step::Huge(200, LENGTH));
    let client = Client::new().unwrap();
    let _ = client.call("example", request(&server.base())).await.unwrap_err();
    let before = peak_kib();
    for _ in 0..ROUNDS {
        let error = client.call("example", request(&server.base())).await.unwrap_err();
        assert_eq!(failure(&error), (FailureClass::Unknown, "too_large"));
    }
    // The kernel buffers some of it; what matters is that nobody reads it.
    let each = server.written() / (ROUNDS + 1);
    assert!(each < LENGTH / 4, "{each} bytes of an answer were taken");
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        assert!(after - before < 4 * 1024, "{before} KiB grew to {after} KiB");
    }
}

/// The most memory this process ever held, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}
