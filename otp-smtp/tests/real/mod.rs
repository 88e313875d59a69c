//! What the suites against real mail servers share.

use std::{fs, net::TcpListener, os::unix::fs::MetadataExt as _, path::Path, time::Duration};

use otp_service::Sender as _;
use otp_smtp::{SmtpBuilder, SmtpSender, Tls};
use tokio::time::{Instant, sleep};

use crate::common::{
    CODE, PASSWORD, USER,
    certificates::Authority,
    from,
    mail::{Part, decoded},
    message,
};

const LANGUAGES: [&str; 8] = ["en", "es", "fr", "de", "pt", "zh-Hant", "ja", "ar"];

/// Says that a server's tests do nothing, and why.
#[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "a test is told so by its environment")]
pub(crate) fn skip(server: &str, why: &str) {
    let required = std::env::var("OTP_TEST_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    assert!(!required, "{server} is required: {why}");
    eprintln!("SKIPPED: {server}: {why}");
}

pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

pub(crate) fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners = [(); COUNT].map(|()| TcpListener::bind(("127.0.0.1", 0)).expect("a port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}

/// A sender for such a server.
pub(crate) fn builder(port: u16, tls: Tls, authority: &Authority) -> SmtpBuilder {
    SmtpSender::builder("localhost", from())
        .port(port)
        .tls(tls)
        .authorities(authority.pem())
        .credentials(USER, PASSWORD)
        .from_name("Example")
}

/// Waits for `what` until `look` finds it; `said` is what the server has to say where it does not come.
pub(crate) async fn wait<T>(what: &str, said: impl Fn() -> String, look: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited for {what}\n{}", said());
        sleep(Duration::from_millis(10)).await;
    }
}

/// The mails in a directory, once there are so many.
pub(crate) fn mails(directory: &Path, count: usize) -> Option<Vec<String>> {
    let files = fs::read_dir(directory).ok()?;
    let mails: Vec<_> = files.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok()).collect();
    (mails.len() >= count).then_some(mails)
}

/// Sends a code in each language; returns how many.
pub(crate) async fn send_in_every_language(sender: &SmtpSender) -> usize {
    for language in LANGUAGES {
        sender.send(&message(language)).await.expect("accepted");
    }
    LANGUAGES.len()
}

/// Reads a mail that [`send_in_every_language`] sent, as the server delivered it: all of it has arrived.
pub(crate) fn arrived(mail: &str) -> Part {
    let mail = Part::parse(&mail.replace('\n', "\r\n"));
    assert_eq!(mail.header("auto-submitted"), "auto-generated");
    assert!(!mail.names().contains(&"bcc"), "{mail:?}");
    let [text, html] = mail.parts().try_into().expect("two parts");
    let came = (Some(decoded(mail.header("subject"))), text.text());
    let sent = LANGUAGES
        .map(message)
        .map(|sent| (sent.subject.map(|subject| subject.expose().to_owned()), sent.body.expose().to_owned()));
    assert!(sent.contains(&came), "{came:?}");
    assert!(html.text().contains(&format!(">{CODE}</h1>")), "{}", html.text());
    mail
}
