//! A server between a caller and two providers.

use std::{
    collections::HashSet,
    fs, thread,
    time::{Duration, Instant},
};

use otp_provider::testing::{Reply, Step};
use otp_tests::{Client, Server};
use tempfile::TempDir;

use crate::{
    mode::Mode,
    providers::{Arrival, Providers, TAKEN, news},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_otp-under-test");
/// Codes of ten digits: nothing else in a log looks like one by chance.
const CODE_LENGTH: usize = 10;
/// How exactly an arrival is timed.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// How long messages may take after the last start until they count as lost, and a line of the log.
const PATIENCE: Duration = Duration::from_secs(20);

/// A start that was accepted.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) at: Instant,
    /// As digits.
    pub(crate) number: String,
    pub(crate) token: String,
}

/// Steady starts, and what became of them.
pub(crate) struct Phase {
    pub(crate) begun: Instant,
    /// When the last start was over.
    pub(crate) ended: Instant,
    pub(crate) accepted: Vec<Accepted>,
    pub(crate) preferred: Vec<Arrival>,
    pub(crate) other: Vec<Arrival>,
    /// The most resident memory that the server ever had until now.
    pub(crate) peak_kib: u64,
}

pub(crate) struct World {
    server: Server,
    client: Client,
    providers: Providers,
    is_failing: bool,
    next: u32,
    _folder: TempDir,
}

impl World {
    pub(crate) fn start() -> Self {
        let (folder, providers) = (tempfile::tempdir().expect("a folder"), Providers::start());
        let builder = Server::builder(PROGRAM, folder.path())
            .set("OTP_LOG", "trace")
            .set("OTP_TOKEN_LENGTH", CODE_LENGTH);
        let settings = providers.settings();
        let server = settings.into_iter().fold(builder, |builder, (name, value)| builder.set(name, value));
        let server = server.start();
        let client = server.client();
        Self { server, client, providers, is_failing: false, next: 2_000_000, _folder: folder }
    }

    /// The preferred provider fails from now on.
    pub(crate) fn fails(&mut self, mode: &Mode) {
        self.is_failing = true;
        self.providers.preferred.always(mode.step.clone());
    }

    /// It works from now on.
    pub(crate) fn works(&mut self) {
        self.is_failing = false;
        self.providers.preferred.always(Step::Reply(Reply::json(201, TAKEN)));
    }

    /// Starts so many a second until `is_over`, then waits until a provider that works has each message.
    pub(crate) fn starts(&mut self, per_second: u32, is_over: impl Fn(&Phase) -> bool) -> Phase {
        let begun = now();
        let (accepted, preferred, other) = Default::default();
        let mut phase = Phase { begun, ended: begun, accepted, preferred, other, peak_kib: 0 };
        while !is_over(&phase) {
            let due = begun + phase.accepted.len() as u32 * (Duration::from_secs(1) / per_second);
            if now() >= due {
                phase.accepted.push(self.accepted());
            }
            self.look(&mut phase);
            phase.ended = now();
            thread::sleep(LOOK_EVERY);
        }
        while phase.has_missing(self.is_failing) && phase.ended.elapsed() < PATIENCE {
            self.look(&mut phase);
            thread::sleep(LOOK_EVERY);
        }
        phase.peak_kib = peak_kib(self.server.id());
        phase
    }

    /// The last code that the other provider got opens its session.
    pub(crate) fn last_code_is_valid(&mut self, phase: &Phase) {
        let Arrival { to, code, .. } = phase.other.last().expect("a message");
        let accepted =
            phase.accepted.iter().find(|accepted| accepted.number == *to).expect("it was asked for");
        let answer = self.client.verify(&format!("+{to}"), &accepted.token, code).expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    pub(crate) fn log(&self) -> String {
        self.server.log()
    }

    /// Waits until the server has logged this.
    pub(crate) fn says(&self, text: &str) {
        let begun = now();
        while !self.log().contains(text) {
            assert!(begun.elapsed() < PATIENCE, "not logged: {text}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn accepted(&mut self) -> Accepted {
        let number = format!("1415{}", self.next);
        self.next += 1;
        let answer = self.client.register(&format!("+{number}")).expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        Accepted { at: now(), number, token: answer.text("session_token") }
    }

    fn look(&self, phase: &mut Phase) {
        phase.preferred.extend(news(&self.providers.preferred));
        phase.other.extend(news(&self.providers.other));
    }
}

impl Phase {
    pub(crate) fn lasts(&self) -> Duration {
        self.ended - self.begun
    }

    /// Each message comes to a provider once, and to both with the same code.
    pub(crate) fn has_one_code_a_message(&self) {
        for arrivals in [&self.preferred, &self.other] {
            let numbers: HashSet<_> = arrivals.iter().map(|arrival| &arrival.to).collect();
            assert_eq!(numbers.len(), arrivals.len(), "no message comes twice");
        }
        for first in &self.preferred {
            let second = self.other.iter().find(|second| second.to == first.to).expect("it was taken over");
            assert!(first.code == second.code && first.code.len() == CODE_LENGTH, "the same code");
        }
    }

    fn has_missing(&self, is_failing: bool) -> bool {
        let working = if is_failing { 0 } else { self.preferred.len() };
        working + self.other.len() < self.accepted.len()
    }
}

/// The most resident memory that a process ever had.
fn peak_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[expect(clippy::disallowed_methods, reason = "a test of time limits reads the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
