//! kill -9 of the database server under load, and its return.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use otp_tests::{Client, Instance, Outbox, Server, databases::Kind, note};

use crate::PROGRAM;

const CALLERS: usize = 8;
/// The longest a caller waits for a refusal.
const REFUSAL: Duration = Duration::from_secs(2);
/// The longest it takes until everything is as before.
const RECOVERY: Duration = Duration::from_secs(5);
/// How long the database is up, and down.
const PHASE: Duration = Duration::from_secs(3);

/// One request and its answer.
#[derive(Debug)]
struct Asked {
    at: Instant,
    took: Duration,
    status: u16,
    has_retry_after: bool,
    code: String,
}

/// A registration that was accepted.
#[derive(Debug)]
struct Accepted {
    number: String,
    token: String,
    /// Whether the code was accepted; absent where the answer was 503.
    is_used: Option<bool>,
}

#[derive(Default)]
struct Seen {
    asked: Vec<Asked>,
    accepted: Vec<Accepted>,
}

fn outage(kind: Kind) {
    let Some(mut instance) = Instance::start(kind) else { return };
    let database = instance.create();
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::builder(PROGRAM, folder.path()).database(&database).start();
    let (outbox, stop) = (server.outbox(), Arc::new(AtomicBool::new(false)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|place| {
            let (client, outbox, stop) = (server.client(), outbox.clone(), Arc::clone(&stop));
            thread::spawn(move || call(client, &outbox, &stop, 2_000_000 + place * 100_000))
        })
        .collect();

    thread::sleep(PHASE);
    let killed = now();
    instance.kill();
    let down = now();
    thread::sleep(PHASE);
    let waits = server.client().get("/readyz").expect("an answer");
    assert_eq!(waits.status, 503, "not ready without a database");
    // What was taken from the queue before may have been sent until now; from here on nothing can be.
    let sent = outbox.len();
    thread::sleep(PHASE / 3);
    let restarted = now();
    assert_eq!(outbox.len(), sent, "{kind}: nothing is sent while nothing can be recorded");
    instance.restart();
    let up = now();
    thread::sleep(RECOVERY + PHASE);
    stop.store(true, Ordering::Relaxed);
    let mut seen = Seen::default();
    for caller in callers {
        let one = caller.join().expect("the caller ends");
        seen.asked.extend(one.asked);
        seen.accepted.extend(one.accepted);
    }

    let before = seen.asked.iter().filter(|asked| asked.at + asked.took < killed);
    assert!(before.clone().count() > 0 && before.clone().all(Asked::is_normal), "{kind}: normal before");
    let refused: Vec<_> =
        seen.asked.iter().filter(|asked| asked.at > down && asked.at + asked.took < restarted).collect();
    assert!(refused.len() >= CALLERS, "{kind}: callers asked while it was down");
    for asked in refused {
        assert!(
            asked.status == 503 && asked.has_retry_after && asked.code == "unavailable",
            "{kind}: down, yet {asked:?}"
        );
    }
    let slowest = seen.asked.iter().filter(|asked| asked.status == 503).map(|asked| asked.took).max();
    let slowest = slowest.unwrap_or_default();
    assert!(slowest <= REFUSAL, "{kind}: a refusal took {slowest:?}; {REFUSAL:?} is the bar");
    let odd = seen.asked.iter().filter(|asked| asked.at > up + RECOVERY && !asked.is_normal());
    let odd: Vec<_> = odd.collect();
    assert!(odd.is_empty(), "{kind}: not normal again after {RECOVERY:?}: {odd:?}");
    let last = seen.asked.iter().filter(|asked| asked.status == 503).map(|asked| asked.at).max();
    let recovery = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(up));
    note(&format!(
        "{kind}: slowest refusal {slowest:?}, last one {recovery:?} after the database took connections"
    ));

    seen.accepted.iter().for_each(|accepted| accepted.settle(&mut server.client(), &outbox));
    let committed: HashSet<_> = database
        .texts("SELECT recipient AS text FROM otp_challenges")
        .expect("the database answers")
        .into_iter()
        .collect();
    let strangers: Vec<_> = outbox.recipients().into_iter().filter(|to| !committed.contains(to)).collect();
    assert!(strangers.is_empty(), "{kind}: sent without a committed challenge: {strangers:?}");
    assert_eq!(server.stop(Duration::from_secs(10)), Some(0));
}

/// Registers and verifies until told to stop, whatever the answers.
fn call(mut client: Client, outbox: &Outbox, stop: &AtomicBool, first: usize) -> Seen {
    let mut seen = Seen::default();
    for place in first.. {
        if stop.load(Ordering::Relaxed) {
            return seen;
        }
        let number = format!("+1415{place}");
        let answer = seen.ask(|| client.register(&number));
        if answer.status != 200 {
            // As callers do who are told to come again; a refusal costs the server next to nothing.
            thread::sleep(Duration::from_millis(10));
            continue;
        }
        let token = answer.text("session_token");
        let mut is_used = Some(false);
        if let Some(code) = outbox.wait_for(&number, 1, Duration::from_millis(100)) {
            let answer = seen.ask(|| client.verify(&number, &token, &code));
            is_used = (answer.status == 200).then_some(true);
        }
        seen.accepted.push(Accepted { number, token, is_used });
    }
    seen
}

impl Seen {
    fn ask(&mut self, ask: impl FnOnce() -> std::io::Result<otp_tests::Answer>) -> otp_tests::Answer {
        let at = now();
        let answer = ask().expect("an answer, whatever became of the database");
        self.asked.push(Asked {
            at,
            took: at.elapsed(),
            status: answer.status,
            has_retry_after: answer.header("retry-after").is_some_and(|pause| pause.parse::<u32>().is_ok()),
            code: answer.text("code"),
        });
        answer
    }
}

impl Asked {
    fn is_normal(&self) -> bool {
        self.status == 200
    }
}

impl Accepted {
    fn settle(&self, client: &mut Client, outbox: &Outbox) {
        let code = outbox.wait(&self.number, 1);
        let answer = client.verify(&self.number, &self.token, &code).expect("an answer");
        let was_used = answer.text("code") == "code_already_verified";
        let expected = match self.is_used {
            Some(true) => was_used,
            Some(false) => answer.status == 200,
            None => answer.status == 200 || was_used,
        };
        assert!(expected, "{self:?}: {}", String::from_utf8_lossy(&answer.body));
    }
}

#[expect(clippy::disallowed_methods, reason = "a test of time limits reads the clock")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn postgres_is_killed_and_comes_back() {
    outage(Kind::Postgres);
}

#[test]
fn mysql_is_killed_and_comes_back() {
    outage(Kind::Mysql);
}
