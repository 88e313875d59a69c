//! The same program on PostgreSQL and MariaDB: a server without a worker, a worker, and what operators ask.
//!
//! `OTP_TEST_POSTGRES_URL` and `OTP_TEST_MYSQL_URL` name the servers. Without one its story is skipped, aloud; with
//! `OTP_TEST_REQUIRE_SERVERS=1` that is a failure.

use std::{
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use diesel::connection::SimpleConnection;
use serde_json::Value;

use crate::{
    json, register, run,
    support::{Server, otp},
    verify,
};

const NUMBER: &str = "+14155550123";

/// A database of its own, dropped at the end.
struct Database<C: SimpleConnection> {
    server: C,
    name: String,
    url: String,
}

impl<C: SimpleConnection + diesel::Connection> Database<C> {
    /// `None` where no server answers at `variable` or `usual`, which are URLs with the path of a database.
    fn create(variable: &str, usual: &str) -> Option<Self> {
        let setting = |name: &str| {
            #[expect(
                clippy::disallowed_methods,
                reason = "where the servers of a test are is its caller's to say"
            )]
            std::env::var(name).ok()
        };
        let url = setting(variable).unwrap_or_else(|| usual.to_owned());
        let Ok(mut server) = C::establish(&url) else {
            assert_ne!(
                setting("OTP_TEST_REQUIRE_SERVERS").as_deref(),
                Some("1"),
                "no server (set {variable})"
            );
            #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
            {
                eprintln!("SKIPPED: no server for the program's databases (set {variable})");
            }
            return None;
        };
        let name = format!("otp_cli_{}", std::process::id());
        server.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let (place, _) = url.rsplit_once('/').unwrap();
        let url = format!("{place}/{name}");
        Some(Self { server, name, url })
    }
}

impl<C: SimpleConnection> Drop for Database<C> {
    fn drop(&mut self) {
        // A server that went away took the database with it.
        let _ = self.server.batch_execute(&format!("DROP DATABASE {}", self.name));
    }
}

struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn story(url: &str, product: &str) {
    let folder = tempfile::tempdir().unwrap();
    let unmigrated = [("OTP_DATABASE_URL", url)];
    let (status, _, stderr) = run(folder.path(), &["list"], &unmigrated);
    assert_eq!(status, 1);
    assert!(stderr.contains("otp migrate"), "{stderr}");
    let database = |variables: &[(&str, &str)]| -> Value {
        let (_, report) = json(folder.path(), &["doctor"], variables);
        let found = report.as_array().unwrap().iter().filter(|found| found["name"] == "database");
        found.cloned().collect::<Vec<_>>().remove(0)
    };
    let found = database(&unmigrated);
    assert!(found["status"] == "warn" && found["finding"].as_str().unwrap().starts_with(product), "{found}");
    let (status, stdout, stderr) = run(folder.path(), &["migrate"], &unmigrated);
    assert!(status == 0 && stdout.starts_with("applied "), "{stdout}{stderr}");
    assert_eq!(run(folder.path(), &["migrate"], &unmigrated).1, "up to date\n");
    assert_eq!(database(&unmigrated)["status"], "ok");

    let variables = [("OTP_DATABASE_URL", url), ("OTP_SMS", "file"), ("OTP_FILE_PATH", "outbox")];
    let server = Server::start_with(&["--no-worker"], &variables);
    let folder = server.folder.path().to_owned();
    let token = register(&server, NUMBER);
    let mut worker = otp(&folder);
    worker.arg("worker").envs(variables).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _worker = Worker(worker.spawn().unwrap());
    let outbox = || std::fs::read_to_string(folder.join("outbox")).unwrap_or_default();
    for _ in 0..2_000 {
        if !outbox().is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let message: Value = serde_json::from_str(outbox().trim()).unwrap();
    let code: String =
        message["body"].as_str().unwrap().chars().filter(char::is_ascii_digit).take(6).collect();
    assert_eq!(verify(&server, NUMBER, &token, &code).0, 200);

    let (_, listed) = json(&folder, &["list", "--recipient", NUMBER], &variables);
    assert_eq!((listed[0]["state"].as_str(), listed.as_array().unwrap().len()), (Some("verified"), 1));
    let (_, answer) = json(&folder, &["cleanup", "--dry-run"], &variables);
    assert_eq!(answer["challenges"], 0);
    assert!(run(&folder, &["unlock", NUMBER], &variables).1.contains("was not locked"));
    let (status, stdout, stderr) = server.client(&["register", "ada@example.com", NUMBER, "Ada", "L"]);
    assert_eq!(status, 0, "{stdout}{stderr}");
    let (_, answer) = json(&folder, &["forget", NUMBER], &variables);
    assert!(answer["records"].as_u64().unwrap() >= 3 && answer["accounts"] == 1, "{answer}");
    assert_eq!(json(&folder, &["list", "--recipient", NUMBER], &variables).1.as_array().unwrap().len(), 0);
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgresql() {
    let usual = "postgres://postgres@127.0.0.1:5432/postgres";
    if let Some(database) = Database::<diesel::PgConnection>::create("OTP_TEST_POSTGRES_URL", usual) {
        story(&database.url, "PostgreSQL ");
    }
}

#[cfg(feature = "mysql")]
#[test]
fn on_mariadb() {
    let usual = "mysql://root@127.0.0.1:3306/mysql";
    if let Some(database) = Database::<diesel::MysqlConnection>::create("OTP_TEST_MYSQL_URL", usual) {
        story(&database.url, "M");
    }
}
