//! Servers on one database, and callers that all ask at the same moment.

use std::{fmt, sync::Barrier, thread, time::Duration};

use otp_tests::{
    Answer, Client, Outbox, Server,
    databases::{Database, Kind},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_otp-under-test");
pub(crate) const CALLERS: usize = 64;
/// Messages to a recipient in an hour.
pub(crate) const SENDS: usize = 3;

/// Something to ask.
#[derive(Clone)]
pub(crate) struct Request {
    path: &'static str,
    body: Value,
}

impl Request {
    pub(crate) fn register(number: &str) -> Self {
        Self { path: "/api/phone/register", body: json!({ "phone_number": number }) }
    }

    pub(crate) fn verify(number: &str, token: &str, code: &str) -> Self {
        let body = json!({ "phone_number": number, "session_token": token, "security_code": code });
        Self { path: "/api/phone/verify", body }
    }

    pub(crate) fn resend(number: &str, token: &str, channel: &str) -> Self {
        let body = json!({ "phone_number": number, "session_token": token, "channel": channel });
        Self { path: "/api/phone/resend", body }
    }
}

pub(crate) struct World {
    round: usize,
    numbers: u32,
    servers: Vec<Server>,
    outbox: Outbox,
    callers: Vec<Client>,
    /// Who is to get how many messages in all.
    expected: Vec<(String, usize)>,
    database: Database,
    _folder: TempDir,
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} processes, round {}", self.database.kind(), self.servers.len(), self.round)
    }
}

impl World {
    /// Servers on one empty database; none where there is no such database.
    pub(crate) fn start(kind: Kind, processes: usize) -> Option<Self> {
        let database = Database::create(kind)?;
        let folder = tempfile::tempdir().expect("a folder");
        let server = |_| {
            Server::builder(PROGRAM, folder.path())
                .database(&database)
                .set("OTP_WHATSAPP", "file")
                .set("OTP_MAX_SENDS_PER_HOUR", SENDS)
                // All of a recipient's challenges stay live, so that every admitted message is wanted.
                .set("OTP_LIVE_CHALLENGES", SENDS)
                .start()
        };
        let servers: Vec<_> = (0..processes).map(server).collect();
        let outbox = servers[0].outbox();
        let (callers, expected) = (Vec::new(), Vec::new());
        Some(Self {
            round: 0,
            numbers: 2_000_000,
            servers,
            outbox,
            callers,
            expected,
            database,
            _folder: folder,
        })
    }

    /// Connects every caller, spread over the servers.
    pub(crate) fn next_round(&mut self) {
        self.round += 1;
        self.callers = (0..CALLERS).map(|place| self.servers[place % self.servers.len()].client()).collect();
    }

    /// A number that nobody used.
    pub(crate) fn number(&mut self) -> String {
        self.numbers += 1;
        format!("+1415{}", self.numbers)
    }

    /// A new number with a session, on any of the servers, and its code.
    pub(crate) fn begin(&mut self) -> (String, String, String) {
        let number = self.number();
        let caller = self.round % self.callers.len();
        let answer = self.callers[caller].register(&number).expect("an answer");
        assert_eq!(answer.status, 200, "{self}: {}", String::from_utf8_lossy(&answer.body));
        let code = self.code(&number, 1);
        (number, answer.text("session_token"), code)
    }

    /// The code of message number `count` to this number.
    pub(crate) fn code(&self, number: &str, count: usize) -> String {
        self.outbox.wait(number, count)
    }

    /// All callers ask at the same moment; answers in the order of the requests.
    pub(crate) fn at_once(&mut self, requests: &[Request]) -> Vec<Answer> {
        let start = Barrier::new(requests.len());
        let answers: Vec<Answer> = thread::scope(|scope| {
            let asked: Vec<_> = self
                .callers
                .iter_mut()
                .zip(requests)
                .map(|(caller, request)| {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        caller.post(request.path, &request.body).expect("an answer")
                    })
                })
                .collect();
            asked.into_iter().map(|caller| caller.join().expect("the caller ends")).collect()
        });
        for answer in &answers {
            assert!(
                answer.status < 500,
                "{self}: {}: {:#?}",
                String::from_utf8_lossy(&answer.body),
                self.servers.iter().map(Server::complaints).collect::<Vec<_>>()
            );
        }
        answers
    }

    pub(crate) fn expect_messages(&mut self, number: String, count: usize) {
        self.expected.push((number, count));
    }

    /// Everything that was admitted is sent, once, and nobody complained.
    pub(crate) fn finish(mut self) {
        for (number, count) in &self.expected {
            let _ = self.outbox.wait(number, *count);
        }
        self.callers.clear();
        for server in std::mem::take(&mut self.servers) {
            let complaints = server.complaints();
            assert!(complaints.is_empty(), "{}: {complaints:#?}", self.database.kind());
            assert_eq!(server.stop(Duration::from_secs(10)), Some(0));
        }
        for (number, count) in &self.expected {
            assert_eq!(self.outbox.codes(number).len(), *count, "{number}: sent as often as admitted");
        }
    }
}

pub(crate) fn count(answers: &[Answer], code: &str) -> usize {
    answers.iter().filter(|answer| answer.text("code") == code).count()
}
