//! Nothing of a call but its provider's host is ever shown: not in errors, not in `Debug`, not in logs at `TRACE`.

use std::{error::Error as StdError, time::Duration};

use otp_provider::{
    Client, Limits, Request, Secret,
    testing::{Log, Reply, Server, Step},
};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const NUMBER: &str = "447700900000";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const CODE: &str = "918273";
/// `user:password` in base 64 starts so.
const BASIC: &str = "QUMwMDAw";

fn assert_clean(text: &str, what: &str) {
    for secret in [ACCOUNT, NUMBER, TOKEN, CODE, BASIC] {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

#[tokio::test]
async fn no_secret_is_shown() {
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        // A time could hold any digits.
        .without_time()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || written.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let echo = format!("{{\"message\": \"{ACCOUNT} {NUMBER} {TOKEN} {CODE}\"}}");
    let server = Server::start().await;
    let target = Server::start().await;
    let location = format!("http://{}/{ACCOUNT}/{NUMBER}", target.address());
    let client = Client::with_limits(Limits::default().call(Duration::from_millis(300))).unwrap();
    assert_clean(&format!("{client:?}"), "a client");

    for step in [
        Step::Reply(Reply::json(201, &echo)),
        Step::Reply(Reply::json(400, &echo)),
        Step::Reply(Reply::status(307).header("location", &location)),
        Step::Hang,
        Step::Close,
        Step::Reset,
        Step::Truncated(Reply::json(200, &echo)),
        Step::Huge(200, 1024 * 1024),
        Step::Reply(Reply::status(503).header("retry-after", NUMBER)),
    ] {
        server.then(step);
        let request = Request::post(server.base().at([ACCOUNT, NUMBER]).query("to", NUMBER))
            .basic(ACCOUNT, &Secret::from(TOKEN))
            .header("x-code", CODE)
            .form([("To", NUMBER), ("Body", CODE)]);
        assert_clean(&format!("{request:?}"), "a request");
        let error = match client.call("example", request).await {
            Ok(answer) => {
                assert_clean(&format!("{answer:?}"), "an answer");
                answer.failure("example")
            }
            Err(error) => error,
        };
        assert_clean(&format!("{error} {error:?}"), "an error");
        let mut cause = StdError::source(&error);
        while let Some(error) = cause {
            assert_clean(&format!("{error} {error:?}"), "a cause");
            cause = error.source();
        }
    }
    // A header that cannot be sent, an address that does not resolve.
    let bad = Request::get(server.base().at([ACCOUNT])).header("x\n", CODE);
    let error = client.call("example", bad).await.unwrap_err();
    assert_clean(&format!("{error} {error:?}"), "an error");
    let nowhere: otp_provider::BaseUrl = "https://provider.invalid".parse().unwrap();
    let error = client.call("example", Request::get(nowhere.at([ACCOUNT]))).await.unwrap_err();
    assert_clean(&format!("{error} {error:?}"), "an error");

    let logged = log.text();
    assert!(logged.contains("provider answered") && logged.contains("no answer of the provider"), "{logged}");
    assert_clean(&logged, "the log");
}
