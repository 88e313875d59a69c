//! `otp unlock` and `otp forget`, while a server runs on the same database.

use std::time::Duration;

use serde_json::json;

use crate::{
    json as json_of, listed, post, register, run,
    seed::{KEY, seed},
    support::{Connection, Server},
    verify, wrong,
};

const NUMBER: &str = "+14155550123";
const EMAIL: &str = "ada@example.com";

#[test]
fn a_lock_is_lifted() {
    let server = Server::start(&[
        ("OTP_RESEND_COOLDOWN_SECONDS", "0"),
        ("OTP_MAX_SENDS_PER_HOUR", "1000"),
        ("OTP_MAX_SENDS_PER_DAY", "1000"),
        ("OTP_MAX_FAILED_ATTEMPTS", "10"),
    ]);
    let folder = server.folder.path();
    let (status, stdout, _) = run(folder, &["unlock", NUMBER], &[]);
    assert_eq!(
        (status, stdout.as_str()),
        (
            0,
            "+1********23 was not locked; its count of wrong codes is zero now. A code whose guesses are used up stays so: register again.\n"
        )
    );

    // 50 wrong codes a day are the most, over all challenges.
    for round in 1..=5 {
        let token = register(&server, NUMBER);
        let code = server.code(NUMBER, round);
        for _ in 0..10 {
            assert_ne!(verify(&server, NUMBER, &token, wrong(&code)).0, 200);
        }
    }
    let body = json!({ "phone_number": NUMBER });
    let (status, answer) = post(&server, "/api/phone/register", &body);
    assert_eq!((status, &answer["code"]), (429, &json!("locked")), "{answer}");

    let (_, answer) = json_of(folder, &["unlock", "+1 415 555 0123", "--purpose", "login"], &[]);
    assert_eq!(answer, json!({ "recipient": "+1********23", "unlocked": [] }), "another purpose's");
    let (status, stdout, _) = run(folder, &["unlock", NUMBER], &[]);
    assert_eq!((status, stdout.as_str()), (0, "Unlocked +1********23 for verify.\n"));

    let token = register(&server, NUMBER);
    let code = server.code(NUMBER, 6);
    assert_eq!(verify(&server, NUMBER, &token, &code).0, 200);
}

#[test]
fn a_person_is_forgotten() {
    let server = Server::start(&[]);
    let folder = server.folder.path();
    let forget = |recipient: &str| {
        let (status, stdout, stderr) = run(folder, &["forget", recipient], &[]);
        assert_eq!((status, stderr.as_str()), (0, ""));
        stdout
    };
    assert_eq!(forget(NUMBER), "Nothing is known about +1********23: 0 records deleted.\n");

    register(&server, NUMBER);
    register(&server, "+14155550199");
    let person = json!({ "email": EMAIL, "phone": NUMBER, "first_name": "Ada", "last_name": "L" });
    let mut connection = Connection::new(server.address);
    assert_eq!(connection.post("users/register", &person).0, 200);
    assert_eq!(connection.post("auth/resend-verification", &json!({ "email": EMAIL })).0, 200);
    assert_eq!(connection.post("users/verify-phone", &json!({ "phone": NUMBER })).0, 200);
    assert_eq!(connection.post("users/register", &person).0, 409);
    assert_eq!(listed(&server, &[]).len(), 4);

    // The account stays while a purpose is named.
    let (_, answer) = json_of(folder, &["forget", NUMBER, "--purpose", "verify"], &[]);
    assert_eq!(answer["accounts"], 0);
    assert!(answer["records"].as_u64().unwrap() >= 2, "{answer}");

    let said = forget(EMAIL);
    assert!(
        said.starts_with("Deleted everything about a***@e***.com: ") && said.ends_with(" and 1 account.\n"),
        "{said}"
    );
    let said = forget(NUMBER);
    assert!(said.ends_with(" and 0 accounts.\n"), "{said}");
    for recipient in [NUMBER, EMAIL] {
        assert_eq!(listed(&server, &["--recipient", recipient]).len(), 0);
    }
    assert_eq!(listed(&server, &[]).len(), 1, "somebody else's stay");
    assert_eq!(connection.post("users/register", &person).0, 200, "as if never seen");
}

/// With another secret key a recipient's records cannot be found; "nothing is known" would be a lie.
#[test]
fn another_secret_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    seed(folder.path(), &[NUMBER.to_owned()], Duration::ZERO, "k1");
    for command in [&["list", "--recipient", NUMBER][..], &["unlock", NUMBER], &["forget", NUMBER]] {
        for variables in [&[][..], &[("OTP_SECRET_KEY", "k2:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHiA=")]] {
            let (status, stdout, stderr) = run(folder.path(), command, variables);
            assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
            assert!(
                stderr.contains("another secret key (k1)") && stderr.contains("OTP_SECRET_KEY"),
                "{stderr}"
            );
        }
        assert_eq!(run(folder.path(), command, &[("OTP_SECRET_KEY", KEY)]).0, 0);
    }
}
