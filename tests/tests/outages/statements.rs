//! Every statement of a flow fails in turn: before the database does it, and after.

use std::{
    thread,
    time::{Duration, Instant},
};

use otp_tests::{
    Answer, Client, Cut, Proxy, Server,
    databases::{Database, Kind},
    note, rounds, wrong,
};
use tempfile::TempDir;

use crate::PROGRAM;

/// The longest a caller waits for an answer, on a machine that has much else to do.
const LIMIT: Duration = Duration::from_secs(5);
/// Guesses that a challenge answers.
const CHECKS: usize = 5;
/// A message that a broken connection left under a lease is sent when that has run out.
const DELIVERY: Duration = Duration::from_secs(15);
/// How often a caller who is refused comes again, a while later each time: one connection broke, not the database.
const REFUSALS: u32 = 20;

/// A server whose database is at the other end of a wire that breaks.
struct Wired {
    proxy: Proxy,
    server: Server,
    client: Client,
    slowest: Duration,
    /// In a row.
    refusals: u32,
    numbers: usize,
    _folder: TempDir,
    _database: Database,
}

impl Wired {
    fn start(kind: Kind) -> Option<Self> {
        let database = Database::create(kind)?;
        let proxy = Proxy::start(&database);
        let folder = tempfile::tempdir().expect("a folder");
        let url = database.url_through(proxy.address());
        let server = Server::builder(PROGRAM, folder.path()).database_url(&url).start();
        let client = server.client();
        let slowest = Duration::ZERO;
        Some(Self {
            proxy,
            server,
            client,
            slowest,
            refusals: 0,
            numbers: 2_000_000,
            _folder: folder,
            _database: database,
        })
    }

    /// A registration that is accepted, perhaps not the first; its number, token and code.
    fn begin(&mut self) -> (String, String, String) {
        loop {
            self.numbers += 1;
            let number = format!("+1415{}", self.numbers);
            let answer = self.ask(|client| client.register(&number));
            if answer.status == 503 {
                continue;
            }
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            let code = self.server.outbox().wait_for(&number, 1, DELIVERY);
            let code = code.unwrap_or_else(|| panic!("{number} was accepted, and its message is lost"));
            return (number, answer.text("session_token"), code);
        }
    }

    /// An answer, in time: it refuses, or it is as it should be.
    fn ask(&mut self, ask: impl FnOnce(&mut Client) -> std::io::Result<Answer>) -> Answer {
        let asked = now();
        let answer = ask(&mut self.client).expect("an answer, whatever became of the connection");
        let took = asked.elapsed();
        self.slowest = self.slowest.max(took);
        assert!(took <= LIMIT, "an answer took {took:?}; {LIMIT:?} is the bar");
        if answer.status >= 500 {
            assert_eq!((answer.status, answer.text("code").as_str()), (503, "unavailable"));
            assert!(answer.header("retry-after").is_some(), "says when to come again");
            self.refusals += 1;
            assert!(
                self.refusals <= REFUSALS,
                "refused again and again: {:#?}",
                self.server.complaints().last()
            );
            thread::sleep(Duration::from_millis(50));
        } else {
            self.refusals = 0;
        }
        answer
    }

    /// A whole flow: the right code once, wrong codes until none is answered.
    fn flow(&mut self) {
        let (number, token, code) = self.begin();
        let mut is_unknown = false;
        loop {
            let answer = self.ask(|client| client.verify(&number, &token, &code));
            match (answer.status, answer.text("code").as_str()) {
                (200, _) => break,
                (503, _) => is_unknown = true,
                // By a check before, of which nobody heard.
                (_, "code_already_verified") if is_unknown => break,
                _ => panic!("the right code: {}", String::from_utf8_lossy(&answer.body)),
            }
        }
        let answer = self.ask(|client| client.verify(&number, &token, &code));
        assert!(answer.status == 503 || answer.text("code") == "code_already_verified", "a code counts once");

        let (number, token, code) = self.begin();
        let (mut answered, mut left, mut unknown) = (0, CHECKS, 0);
        loop {
            let answer = self.ask(|client| client.verify(&number, &token, wrong(&code)));
            match answer.text("code").as_str() {
                "code_invalid" => {
                    answered += 1;
                    let now =
                        answer.json()["checks_left"].as_u64().and_then(|left| usize::try_from(left).ok());
                    let now = now.expect("guesses left");
                    // One that was not answered may have been counted, or not.
                    assert!(
                        now + 1 == left || now + 2 == left && unknown > 0,
                        "{now} guesses left of {left}"
                    );
                    left = now;
                }
                "unavailable" => unknown += 1,
                code => {
                    assert_eq!(code, "too_many_checks");
                    break;
                }
            }
        }
        assert!(answered <= CHECKS && answered + unknown >= CHECKS, "{answered} answered, {unknown} unknown");
        let answer = self.ask(|client| client.verify(&number, &token, &code));
        assert!(matches!(answer.text("code").as_str(), "too_many_checks" | "unavailable"), "too late");
    }
}

fn every_statement(kind: Kind, cut: Cut, default: usize) {
    let Some(mut wired) = Wired::start(kind) else { return };
    wired.flow();
    wired.proxy.count();
    wired.flow();
    let statements = wired.proxy.statements();
    assert!(statements > 10, "a flow has statements");
    let rounds = rounds(default).min(statements);
    let shares = rounds.min(4);
    let slowest = thread::scope(|scope| {
        let shares = (0..shares).map(|share| {
            // On databases of their own, so that nobody else's worker does the work.
            scope.spawn(move || {
                let mut wired = Wired::start(kind).expect("a database, as before");
                for round in (share..rounds).step_by(shares) {
                    wired.proxy.cut(1 + round * statements / rounds, cut);
                    wired.flow();
                    // A quick flow has fewer statements than a slow one, whose worker asks for work meanwhile.
                    while !wired.proxy.is_cut() {
                        wired.flow();
                    }
                    wired.proxy.count();
                }
                wired.slowest
            })
        });
        let shares: Vec<_> = shares.collect();
        shares.into_iter().map(|share| share.join().expect("the share is done")).max()
    });
    let slowest = slowest.unwrap_or_default();
    note(&format!("{kind}: {rounds} of {statements} statements cut ({cut:?}), slowest answer {slowest:?}"));
}

#[expect(clippy::disallowed_methods, reason = "a test of time limits reads the clock")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn each_fails_in_turn_on_postgres() {
    every_statement(Kind::Postgres, Cut::Before, 200);
}

#[test]
fn each_answer_is_lost_in_turn_on_postgres() {
    every_statement(Kind::Postgres, Cut::After, 200);
}

#[test]
fn each_fails_in_turn_on_mysql() {
    every_statement(Kind::Mysql, Cut::Before, 200);
}

#[test]
fn each_answer_is_lost_in_turn_on_mysql() {
    every_statement(Kind::Mysql, Cut::After, 200);
}
