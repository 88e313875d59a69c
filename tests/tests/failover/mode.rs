//! The ways to fail.

use std::{fmt, net::SocketAddr, time::Duration};

use otp_provider::testing::{Reply, Step};

use crate::providers::TAKEN;

/// What a sender is granted where another can take over.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(4);
const HUGE: usize = 10 * 1024 * 1024;

/// A way to fail.
pub(crate) struct Mode {
    name: &'static str,
    pub(crate) step: Step,
    /// How long it takes until a call has failed.
    pub(crate) takes: Duration,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All of them; the redirect points to `elsewhere`.
pub(crate) fn modes(elsewhere: SocketAddr) -> [Mode; 7] {
    let taken = || Reply::json(201, TAKEN);
    let location = format!("http://localhost:{}/elsewhere", elsewhere.port());
    let slow = Step::Drip(Duration::from_millis(100), taken());
    let redirect = Reply::status(307).header("location", &location);
    [
        ("503", Step::Reply(Reply::json(503, "{}")), Duration::ZERO),
        ("no answer", Step::Hang, GIVEN_UP_AFTER),
        ("reset", Step::Reset, Duration::ZERO),
        ("truncated answer", Step::Truncated(taken()), Duration::ZERO),
        ("a byte per 100 ms", slow, GIVEN_UP_AFTER),
        ("10 MiB", Step::Huge(201, HUGE), Duration::ZERO),
        ("307", Step::Reply(redirect), Duration::ZERO),
    ]
    .map(|(name, step, takes)| Mode { name, step, takes })
}
