//! Races over HTTP, against one server process and against two on one database.

use std::{sync::Barrier, thread};

use otp_tests::{Answer, Server, rounds};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_otp-under-test");
const CALLERS: usize = 64;

fn number(round: usize) -> String {
    format!("+1415{}", 5_550_100 + round)
}

/// Every caller sends its code at the same moment, spread over the servers; answers in the callers' order.
fn at_once(servers: &[Server], number: &str, token: &str, codes: &[String]) -> Vec<Answer> {
    let start = Barrier::new(codes.len());
    thread::scope(|scope| {
        let callers: Vec<_> = codes
            .iter()
            .enumerate()
            .map(|(place, code)| {
                let (server, start) = (&servers[place % servers.len()], &start);
                let body = json!({ "phone_number": number, "session_token": token, "security_code": code });
                scope.spawn(move || {
                    let mut client = server.client();
                    start.wait();
                    client.post("/api/phone/verify", &body).expect("an answer")
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().expect("the caller ends")).collect()
    })
}

fn count(answers: &[Answer], code: &str) -> usize {
    answers.iter().filter(|answer| answer.text("code") == code).count()
}

fn wrong(code: &str) -> String {
    if code == "000000" { "111111" } else { "000000" }.to_owned()
}

fn race(processes: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let servers: Vec<_> = (0..processes).map(|_| Server::builder(PROGRAM, folder.path()).start()).collect();
    let outbox = servers[0].outbox();
    for round in 0..rounds(200) {
        let number = number(round);
        let begin = |count| {
            let token = servers[0].register(&number);
            (token, outbox.wait(&number, count))
        };

        let (token, right) = begin(1);
        let answers = at_once(&servers, &number, &token, &vec![wrong(&right); CALLERS]);
        let answered = (count(&answers, "code_invalid"), count(&answers, "too_many_checks"));
        assert_eq!(answered, (5, CALLERS - 5), "round {round}: five guesses are answered");

        let (token, right) = begin(2);
        let answers = at_once(&servers, &number, &token, &vec![right; CALLERS]);
        let verified = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(verified, 1, "round {round}: a code succeeds once");
        assert_eq!(count(&answers, "code_already_verified"), CALLERS - 1, "round {round}");

        let (token, right) = begin(3);
        let mut guesses = vec![wrong(&right); 5];
        guesses[2] = right;
        let answers = at_once(&servers, &number, &token, &guesses);
        assert_eq!(answers[2].status, 200, "round {round}: the right code is never lost");
    }
}

#[test]
fn one_process() {
    race(1);
}

#[test]
fn two_processes_on_one_database() {
    race(2);
}
