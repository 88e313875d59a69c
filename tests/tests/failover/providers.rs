//! Stand-ins of two providers: Twilio, which is preferred, and Vonage.

use std::{sync::LazyLock, time::Instant};

use otp_provider::testing::{Recorded, Reply, Server, Step};
use tokio::runtime::{Builder, Runtime};

use crate::world::now;

/// Made-up accounts and their secrets, which must not be shown anywhere.
pub(crate) const SID: &str = "AC0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN: &str = "hunter2hunter2hunter2hunter2hunt";
pub(crate) const KEY: &str = "abcd1234";
pub(crate) const SECRET: &str = "correct0horse1battery";

/// How Twilio accepts a message. Long enough that slow bytes take longer than a sender is granted.
pub(crate) const TAKEN: &str =
    r#"{"sid": "SM00000000000000000000000000000001", "status": "queued", "error_code": null}"#;
const VONAGE_TAKEN: &str =
    r#"{"message-count": "1", "messages": [{"status": "0", "message-id": "0A0000001234567B"}]}"#;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime"));

/// A message at a provider.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    /// As digits, whatever the provider wants before them.
    pub(crate) to: String,
    pub(crate) code: String,
}

/// Both providers, which work.
pub(crate) struct Providers {
    pub(crate) preferred: Server,
    pub(crate) other: Server,
}

impl Providers {
    pub(crate) fn start() -> Self {
        let both = Self { preferred: stand_in(), other: stand_in() };
        both.preferred.always(Step::Reply(Reply::json(201, TAKEN)));
        both.other.always(Step::Reply(Reply::json(200, VONAGE_TAKEN)));
        both
    }

    /// What a server is told about them.
    pub(crate) fn settings(&self) -> [(&'static str, String); 9] {
        let url = |server: &Server| format!("http://{}", server.address());
        [
            ("OTP_SMS", "twilio,vonage".to_owned()),
            ("OTP_TWILIO_SID", SID.to_owned()),
            ("OTP_TWILIO_SECRET", TOKEN.to_owned()),
            ("OTP_TWILIO_FROM", "+14155550100".to_owned()),
            ("OTP_TWILIO_BASE_URL", url(&self.preferred)),
            ("OTP_VONAGE_KEY", KEY.to_owned()),
            ("OTP_VONAGE_SECRET", SECRET.to_owned()),
            ("OTP_VONAGE_FROM", "Acme".to_owned()),
            ("OTP_VONAGE_SMS_BASE_URL", url(&self.other)),
        ]
    }
}

/// A stand-in that answers 404.
pub(crate) fn stand_in() -> Server {
    RUNTIME.block_on(Server::start())
}

/// The messages that came since the last look, with the time of this look.
pub(crate) fn news(server: &Server) -> Vec<Arrival> {
    let (at, requests) = (now(), server.take_requests());
    requests.iter().map(|request| Arrival { at, to: to(request), code: code(request) }).collect()
}

fn to(request: &Recorded) -> String {
    let to = request.field("To").or_else(|| request.field("to")).expect("a message has a recipient");
    to.trim_start_matches('+').to_owned()
}

fn code(request: &Recorded) -> String {
    let text = request.field("Body").or_else(|| request.field("text")).expect("a message has a text");
    text.chars().filter(char::is_ascii_digit).collect()
}
