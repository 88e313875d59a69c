//! `otp list`.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use crate::{
    listed, post, register, run,
    seed::{KEY, numbers, seed},
    support::{Connection, Server},
    verify, wrong,
};

const MEMBERS: [&str; 16] = [
    "channel",
    "checks",
    "checks_left",
    "created_at",
    "delivery",
    "expires_at",
    "expires_in",
    "issued_at",
    "language",
    "namespace",
    "purpose",
    "recipient",
    "sends",
    "state",
    "validity",
    "verified_at",
];

fn state_of<'a>(listed: &'a [Value], masked: &str) -> Vec<&'a str> {
    let of = listed.iter().filter(|challenge| challenge["recipient"] == masked);
    of.map(|challenge| challenge["state"].as_str().unwrap()).collect()
}

#[test]
fn every_state_is_told_and_nobody_named() {
    let server = Server::start(&[("OTP_RESEND_COOLDOWN_SECONDS", "0")]);
    let [pending, verified, locked, canceled, replaced] =
        ["+14155550111", "+14155550122", "+14155550133", "+14155550144", "+14155550155"];
    register(&server, pending);

    let token = register(&server, verified);
    let code = server.code(verified, 1);
    assert_eq!(verify(&server, verified, &token, &code).0, 200);

    let token = register(&server, locked);
    let code = server.code(locked, 1);
    for _ in 0..5 {
        assert_ne!(verify(&server, locked, &token, wrong(&code)).0, 200);
    }

    let token = register(&server, canceled);
    let body = json!({ "phone_number": canceled, "session_token": token });
    assert_eq!(post(&server, "/api/phone/cancel", &body).0, 200);

    register(&server, replaced);
    register(&server, replaced);

    let email = json!({ "email": "ada@example.com" });
    assert_eq!(Connection::new(server.address).post("auth/resend-verification", &email).0, 200);

    let all = listed(&server, &[]);
    for (masked, expected) in [
        ("+1********11", vec!["pending"]),
        ("+1********22", vec!["verified"]),
        ("+1********33", vec!["locked"]),
        ("+1********44", vec!["canceled"]),
        ("+1********55", vec!["pending", "replaced"]),
        ("a***@e***.com", vec!["pending"]),
    ] {
        assert_eq!(state_of(&all, masked), expected, "{masked}: {all:#?}");
    }
    let members: BTreeSet<_> = MEMBERS.into_iter().collect();
    for challenge in &all {
        let found: BTreeSet<_> = challenge.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, members);
    }
    let newest = &all[0];
    assert_eq!(newest["purpose"], "email-verification", "newest first");
    assert!((1..=600).contains(&newest["expires_in"].as_u64().unwrap()), "{newest}");

    let (status, table, stderr) = run(server.folder.path(), &["list"], &[]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(table.starts_with("RECIPIENT "), "{table}");
    assert_eq!(table.lines().count(), 8);
    for line in table.lines() {
        assert!(line.len() <= 120, "{line}");
    }
    let line = table.lines().find(|line| line.contains("+1********11")).unwrap();
    assert!(line.contains("pending") && line.contains("console") && line.contains("expires in "), "{line}");
    for whole in [pending, verified, locked, canceled, replaced, "ada@example.com"] {
        assert!(!table.contains(whole) && !Value::from(all.clone()).to_string().contains(whole), "{whole}");
    }
}

#[test]
fn one_recipient_and_a_limit() {
    let server = Server::start(&[]);
    for number in ["+14155550111", "+14155550122"] {
        register(&server, number);
    }
    let one = listed(&server, &["--recipient", "+1 (415) 555-0122"]);
    assert_eq!(one.len(), 1);
    assert_eq!(one[0]["recipient"], "+1********22");
    assert_eq!(listed(&server, &["--limit", "1"]).len(), 1);
    let (_, nothing, _) = run(server.folder.path(), &["list", "--recipient", "nobody@example.com"], &[]);
    assert_eq!(nothing, "No challenges.\n");
    for bad in [["--recipient", "4155550111"], ["--limit", "0"]] {
        let (status, stdout, stderr) = run(server.folder.path(), &["list", bad[0], bad[1]], &[]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
        assert!(!stderr.contains("4155550111"), "{stderr}");
    }
}

#[test]
fn the_past_is_expired() {
    let folder = tempfile::tempdir().unwrap();
    seed(folder.path(), &numbers(1), Duration::from_secs(1_500), "k1");
    let (_, table, _) = run(folder.path(), &["list"], &[("OTP_SECRET_KEY", KEY)]);
    let line = table.lines().nth(1).unwrap();
    assert!(line.contains("expired") && line.contains("queued"), "{line}");
    assert!(line.ends_with("25 min ago  expired 15 min ago"), "{line}");
}

#[test]
fn without_a_database_it_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let (status, stdout, stderr) = run(folder.path(), &["list"], &[]);
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert_eq!(stderr, "otp: there is no database at otp.db; `otp serve` or `otp migrate` makes it\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking makes no file");
}
