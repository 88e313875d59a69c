//! kill -9 of the server: what was accepted is kept and delivered, what was used stays used.

mod load;
mod stopping;

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    thread,
    time::Duration,
};

use load::{Books, Callers};
use otp_tests::{
    Server,
    databases::{Database, Kind},
    rounds, wrong,
};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_otp-under-test");

/// Kills a server under load at a random moment, again and again on one database; the next one has to know it all.
fn crashes(kind: Kind, default: usize) {
    let Some(database) = Database::create(kind) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let start = || Server::builder(PROGRAM, folder.path()).database(&database).start();
    let mut books = Books::new();
    let mut server = start();
    for round in 0..rounds(default) {
        let callers = Callers::start(&server, round);
        thread::sleep(moment());
        server.kill();
        books.enter(callers.finish());
        server = start();
        books.audit(&server);
    }
    books.close(&server);
    assert_eq!(server.stop(Duration::from_secs(10)), Some(0));
}

/// Between 10 ms and 300 ms.
fn moment() -> Duration {
    Duration::from_millis(10 + RandomState::new().build_hasher().finish() % 290)
}

fn guesses(kind: Kind) {
    let Some(database) = Database::create(kind) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let start = || Server::builder(PROGRAM, folder.path()).database(&database).start();
    let (number, mut server) = ("+14155550123", start());
    let token = server.register(number);
    let right = server.outbox().wait(number, 1);
    for left in (0..5).rev() {
        let answer = server.client().verify(number, &token, wrong(&right)).expect("an answer");
        assert_eq!((answer.status, answer.json()["checks_left"].as_u64()), (400, Some(left)));
        server.kill();
        server = start();
    }
    let answer = server.client().verify(number, &token, &right).expect("an answer");
    assert_eq!(answer.text("code"), "too_many_checks");
}

#[test]
fn nothing_accepted_is_lost_on_sqlite() {
    crashes(Kind::Sqlite, 20);
}

#[test]
fn nothing_accepted_is_lost_on_postgres() {
    crashes(Kind::Postgres, 15);
}

#[test]
fn nothing_accepted_is_lost_on_mysql() {
    crashes(Kind::Mysql, 15);
}

#[test]
fn wrong_guesses_are_remembered_on_sqlite() {
    guesses(Kind::Sqlite);
}

#[test]
fn wrong_guesses_are_remembered_on_postgres() {
    guesses(Kind::Postgres);
}

#[test]
fn wrong_guesses_are_remembered_on_mysql() {
    guesses(Kind::Mysql);
}
