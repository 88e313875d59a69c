//! Callers that keep a server busy until it dies, and books of what it promised them.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use otp_tests::{Client, Outbox, Server, note};

const CALLERS: usize = 8;

/// What a caller knows of a registration that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    number: String,
    token: String,
    used: Used,
}

/// Whether its code was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    No,
    /// The server died before it answered.
    Perhaps,
    Yes,
}

/// Callers that register, wait for their code, and bring it.
pub(crate) struct Callers {
    stop: Arc<AtomicBool>,
    callers: Vec<JoinHandle<Vec<Accepted>>>,
}

impl Callers {
    pub(crate) fn start(server: &Server, round: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let callers = (0..CALLERS).map(|place| {
            let (client, outbox, stop) = (server.client(), server.outbox(), Arc::clone(&stop));
            let first = 2_000_000 + (round * CALLERS + place) * 1_000;
            thread::spawn(move || call(client, &outbox, &stop, first))
        });
        Self { callers: callers.collect(), stop }
    }

    /// What they were promised until the server died.
    pub(crate) fn finish(self) -> Vec<Accepted> {
        self.stop.store(true, Ordering::Relaxed);
        self.callers.into_iter().flat_map(|caller| caller.join().expect("the caller ends")).collect()
    }
}

fn call(mut client: Client, outbox: &Outbox, stop: &AtomicBool, first: usize) -> Vec<Accepted> {
    let mut accepted = Vec::new();
    for place in 0..1_000 {
        let number = format!("+1415{}", first + place);
        let Ok(answer) = client.register(&number) else { break };
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let mut this = Accepted { token: answer.text("session_token"), number, used: Used::No };
        if place % 4 == 3 {
            // Left for the next server.
            accepted.push(this);
            continue;
        }
        let code = loop {
            match outbox.wait_for(&this.number, 1, Duration::from_millis(20)) {
                None if !stop.load(Ordering::Relaxed) => {}
                code => break code,
            }
        };
        let Some(code) = code else {
            accepted.push(this);
            break;
        };
        let answer = client.verify(&this.number, &this.token, &code);
        this.used = if answer.is_ok() { Used::Yes } else { Used::Perhaps };
        accepted.push(this);
        match answer {
            Ok(answer) => assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body)),
            Err(_) => break,
        }
    }
    accepted
}

/// What servers promised that are dead by now.
pub(crate) struct Books {
    open: Vec<Accepted>,
    settled: usize,
    /// Of these, checks that a dying server left without an answer.
    unanswered: usize,
    numbers: HashSet<String>,
}

impl Books {
    pub(crate) fn new() -> Self {
        Self { open: Vec::new(), settled: 0, unanswered: 0, numbers: HashSet::new() }
    }

    pub(crate) fn enter(&mut self, accepted: Vec<Accepted>) {
        self.numbers.extend(accepted.iter().map(|accepted| accepted.number.clone()));
        self.open.extend(accepted);
    }

    /// Holds a server to the promises of those before it whose messages have come.
    pub(crate) fn audit(&mut self, server: &Server) {
        let outbox = server.outbox();
        let due = |accepted: &Accepted| !outbox.codes(&accepted.number).is_empty();
        let (due, open) = std::mem::take(&mut self.open).into_iter().partition(due);
        self.open = open;
        self.settle(server, &due);
    }

    /// Holds a server to every promise: all messages come, with one code each.
    pub(crate) fn close(mut self, server: &Server) {
        let outbox = server.outbox();
        self.open.iter().for_each(|accepted| drop(outbox.wait(&accepted.number, 1)));
        let open = std::mem::take(&mut self.open);
        self.settle(server, &open);
        assert_eq!(self.settled, self.numbers.len());
        let mut repeats = BTreeMap::<usize, usize>::new();
        for number in &self.numbers {
            let codes = outbox.codes(number);
            assert!(codes.iter().all(|code| *code == codes[0]), "{number}: repeated, never changed");
            *repeats.entry(codes.len()).or_default() += 1;
        }
        assert!(repeats.keys().all(|times| *times <= 3), "messages by how often they were sent: {repeats:?}");
        note(&format!(
            "{} registrations, {} checks without an answer; by how often a message was sent: {repeats:?}",
            self.settled, self.unanswered
        ));
    }

    fn settle(&mut self, server: &Server, due: &[Accepted]) {
        self.settled += due.len();
        self.unanswered += due.iter().filter(|accepted| accepted.used == Used::Perhaps).count();
        let share = due.len().div_ceil(CALLERS).max(1);
        thread::scope(|scope| {
            for share in due.chunks(share) {
                scope.spawn(|| {
                    let (mut client, outbox) = (server.client(), server.outbox());
                    share.iter().for_each(|accepted| accepted.settle(&mut client, &outbox));
                });
            }
        });
    }
}

impl Accepted {
    /// The code succeeds unless it did before, and never again.
    fn settle(&self, client: &mut Client, outbox: &Outbox) {
        let code = outbox.wait(&self.number, 1);
        let first = client.verify(&self.number, &self.token, &code).expect("an answer");
        let is_used = first.text("code") == "code_already_verified";
        let expected = match self.used {
            Used::No => first.status == 200,
            Used::Yes => is_used,
            Used::Perhaps => first.status == 200 || is_used,
        };
        assert!(expected, "{self:?}: {}", String::from_utf8_lossy(&first.body));
        let again = client.verify(&self.number, &self.token, &code).expect("an answer");
        assert_eq!(again.text("code"), "code_already_verified", "{self:?}: used stays used");
    }
}
