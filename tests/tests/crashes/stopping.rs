//! SIGTERM under load: no accepted request is dropped.

use std::{thread, time::Duration};

use otp_tests::{
    Client, Server,
    databases::{Database, Kind},
    rounds,
};

use crate::PROGRAM;

const LIMIT: Duration = Duration::from_secs(10);

fn stops(kind: Kind, default: usize) {
    let Some(database) = Database::create(kind) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let start = || Server::builder(PROGRAM, folder.path()).database(&database).start();
    for round in 0..rounds(default) {
        let server = start();
        let address = server.address();
        let callers: Vec<_> = (0..8)
            .map(|caller| {
                thread::spawn(move || {
                    let mut accepted = Vec::new();
                    for place in 0..200 {
                        let number = format!("+1415{}", 2_000_000 + 10_000 * round + 1_000 * caller + place);
                        match Client::connect(address).and_then(|mut client| client.register(&number)) {
                            Ok(answer) if answer.status == 200 => accepted.push(number),
                            Ok(answer) => {
                                assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body));
                            }
                            Err(_) => break,
                        }
                    }
                    accepted
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(100));
        let outbox = server.outbox();
        assert_eq!(server.stop(LIMIT), Some(0), "round {round}");
        let accepted: Vec<_> =
            callers.into_iter().flat_map(|caller| caller.join().expect("the caller ends")).collect();
        assert!(!accepted.is_empty());
        let unsent: Vec<_> = accepted.into_iter().filter(|number| outbox.codes(number).is_empty()).collect();
        if !unsent.is_empty() {
            let server = start();
            unsent.iter().for_each(|number| drop(outbox.wait(number, 1)));
            assert_eq!(server.stop(LIMIT), Some(0));
        }
    }
}

#[test]
fn what_was_begun_is_finished_on_sqlite() {
    stops(Kind::Sqlite, 10);
}

#[test]
fn what_was_begun_is_finished_on_postgres() {
    stops(Kind::Postgres, 5);
}

#[test]
fn what_was_begun_is_finished_on_mysql() {
    stops(Kind::Mysql, 5);
}
