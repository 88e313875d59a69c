//! kill -9: what was accepted is kept and delivered, what was used stays used.

use std::time::Duration;

use otp_tests::{Client, Server, rounds};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_otp-under-test");

fn verify(client: &mut Client, number: &str, token: &str, code: &str) -> otp_tests::Answer {
    let body = json!({ "phone_number": number, "session_token": token, "security_code": code });
    client.post("/api/phone/verify", &body).expect("an answer")
}

#[test]
fn a_killed_server_loses_no_accepted_registration() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..rounds(20) {
        let number = format!("+1415{}", 5_550_100 + round);
        let server = Server::builder(PROGRAM, folder.path()).start();
        let token = server.register(&number);
        server.kill();

        let server = Server::builder(PROGRAM, folder.path()).start();
        let code = server.outbox().wait(&number, 1);
        let answer = verify(&mut server.client(), &number, &token, &code);
        assert_eq!(answer.status, 200, "round {round}: {}", String::from_utf8_lossy(&answer.body));
        server.kill();

        let server = Server::builder(PROGRAM, folder.path()).start();
        let answer = verify(&mut server.client(), &number, &token, &code);
        assert_eq!(answer.text("code"), "code_already_verified", "round {round}: used stays used");
        let sent = server.outbox().codes(&number);
        assert!(
            sent.len() <= 2 && sent.iter().all(|sent| *sent == code),
            "round {round}: repeated, never changed"
        );
    }
}

#[test]
fn wrong_guesses_are_remembered_over_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let number = "+14155550123";
    let mut server = Server::builder(PROGRAM, folder.path()).start();
    let token = server.register(number);
    let right = server.outbox().wait(number, 1);
    let wrong = if right == "000000" { "111111" } else { "000000" };
    for left in (0..5).rev() {
        let answer = verify(&mut server.client(), number, &token, wrong);
        assert_eq!((answer.status, answer.json()["checks_left"].as_u64()), (400, Some(left)));
        server.kill();
        server = Server::builder(PROGRAM, folder.path()).start();
    }
    assert_eq!(verify(&mut server.client(), number, &token, &right).text("code"), "too_many_checks");
}

#[test]
fn a_stopping_server_finishes_what_it_began() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..rounds(10) {
        let server = Server::builder(PROGRAM, folder.path()).start();
        let address = server.address();
        let callers: Vec<_> = (0..8)
            .map(|caller| {
                std::thread::spawn(move || {
                    let mut accepted = Vec::new();
                    for place in 0..200 {
                        let number = format!("+1415{}", 2_000_000 + 10_000 * round + 1_000 * caller + place);
                        let body = json!({ "phone_number": number });
                        let answer = Client::connect(address)
                            .and_then(|mut client| client.post("/api/phone/register", &body));
                        match answer {
                            Ok(answer) if answer.status == 200 => accepted.push(number),
                            Ok(answer) => {
                                assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body))
                            }
                            Err(_) => break,
                        }
                    }
                    accepted
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(100));
        let outbox = server.outbox();
        assert_eq!(server.stop(Duration::from_secs(10)), Some(0), "round {round}");
        let accepted: Vec<_> =
            callers.into_iter().flat_map(|caller| caller.join().expect("the caller ends")).collect();
        assert!(!accepted.is_empty());
        let unsent: Vec<_> = accepted.into_iter().filter(|number| outbox.codes(number).is_empty()).collect();
        if !unsent.is_empty() {
            let server = Server::builder(PROGRAM, folder.path()).start();
            unsent.iter().for_each(|number| drop(outbox.wait(number, 1)));
            assert_eq!(server.stop(Duration::from_secs(10)), Some(0));
        }
    }
}
