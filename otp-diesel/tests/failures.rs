//! What happens when connections break, statements fail and servers die: no wrong state, no answer without a commit, and
//! an end to it.

#![cfg(any(feature = "postgres", feature = "mysql"))]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may stop, wait and tell")]

mod common;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use common::{Database, NOW, challenge_key, count, ledger_key, meter_key, proxy::Proxy};
use otp_core::{Meter, Namespace, Timestamp};
use otp_diesel::Options;
use otp_service::{Keys, Records, Retention, Store, StoreError, StoreExt};

common::on_every_server!(
    a_connection_that_breaks_at_any_request_leaves_no_wrong_state,
    a_network_that_swallows_everything_refuses_and_comes_back,
);

/// The database through a proxy.
fn through<D: Database>(database: &D) -> (Proxy, String) {
    let url = database.url();
    let place = url.split_once("://").unwrap().1.split_once('/').unwrap().0;
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let server: SocketAddr = place.parse().expect("a server on this machine, by address and port");
    let proxy = Proxy::start(server);
    (proxy.clone(), url.replacen(place, &proxy.address.to_string(), 1))
}

/// Two rows of different kinds, one more each time; returns the number before.
async fn step(store: &impl Store) -> Result<i64, StoreError> {
    let keys = Keys { meters: vec![meter_key(1)], ledgers: vec![ledger_key(1)], ..Keys::default() };
    let step = |records: &mut Records| {
        let known = records.meters.find(&meter_key(1)).map_or(0, |meter| meter.idle_at.as_millis());
        records.meters.put(Meter { key: meter_key(1), idle_at: Timestamp::from_millis(known + 1) });
        let mut ledger = records.ledgers.find(&ledger_key(1)).cloned().unwrap_or_else(|| common::ledger(1));
        assert_eq!(i64::from(ledger.failures_in_a_row), known, "both or neither were written");
        ledger.failures_in_a_row += 1;
        records.ledgers.put(ledger);
        known
    };
    store.run(keys, step).await
}

/// At each request of a call in turn, the connection is cut before the server has it, or before its answer arrives.
async fn a_connection_that_breaks_at_any_request_leaves_no_wrong_state<D: Database>(database: D) {
    let direct = database.open();
    let (proxy, url) = through(&database);
    let mut unknown = 0;
    for passes_last in [false, true] {
        for requests in 0.. {
            // A new store prepares every statement anew.
            let store = D::open_url(&url, Options::new().writers(1)).unwrap();
            let before = step(&direct).await.unwrap() + 1;
            proxy.cut_after(requests, passes_last);
            let first = step(&store).await;
            let is_over = !proxy.has_cut();
            proxy.cut_after(-1, false);
            let after = step(&direct).await.unwrap();
            match first {
                Ok(number) => {
                    assert_eq!((number, after), (before, before + 1), "request {requests}: done once")
                }
                // Nobody knows whether a commit was done whose answer is lost; it was not done twice.
                Err(StoreError::Unavailable(_)) => {
                    assert!((before..=before + 1).contains(&after), "request {requests}: {before} {after}");
                    unknown += 1;
                }
                Err(error) => panic!("request {requests}: {error:?}"),
            }
            let next = step(&store).await;
            assert!(next.is_ok(), "request {requests}: the next call has a new connection: {next:?}");
            if is_over {
                assert!(requests > 5, "some requests were cut: {requests}");
                break;
            }
        }
    }
    // Commits, and connections that were not made again in time on a machine with other things to do.
    assert!(unknown <= 10, "what was not committed is done again: {unknown}");

    // Claims and purges, by the same means.
    for (number, passes_last) in (0..24).map(|number| (number, number % 2 == 0)) {
        let store = D::open_url(&url, Options::new().writers(1)).unwrap();
        common::put_challenge(&direct, 100 + number).await;
        proxy.cut_after(number as i64 / 2, passes_last);
        let (namespace, lease) = (Namespace::default(), Duration::from_secs(60));
        let claimed = store.claim(&namespace, NOW, lease, 10).await;
        proxy.cut_after(-1, false);
        let rest = direct.claim(&namespace, NOW, lease, 10).await.unwrap();
        // A server that has not noticed the cut yet still holds the row: then it is left for the next claim.
        let claims = claimed.map_or(0, |claimed| claimed.len()) + rest.len();
        assert!(claims <= 1, "{number}: claimed once");
        proxy.cut_after(number as i64 / 2, passes_last);
        let forgotten = store.forget(vec![ledger_key(100 + number)]).await;
        proxy.cut_after(-1, false);
        let left = direct.forget(vec![ledger_key(100 + number)]).await.unwrap();
        match forgotten {
            Ok(forgotten) => assert_eq!((forgotten, left), (3, 0)),
            Err(_) => assert!(left == 0 || left == 3, "{number}: all or nothing, {left}"),
        }
    }
    let key = challenge_key(100);
    let gone = direct
        .run(Keys { challenges: vec![key], ..Keys::default() }, move |records| {
            records.challenges.find(&key).is_none()
        })
        .await;
    assert!(gone.unwrap());
}

async fn a_network_that_swallows_everything_refuses_and_comes_back<D: Database>(database: D) {
    let (proxy, url) = through(&database);
    drop(database.open());
    let store = D::open_url(&url, Options::new().deadline(Duration::from_millis(300))).unwrap();
    count(&store, 1).await.unwrap();
    proxy.swallow(true);
    let begun = Instant::now();
    let refused = count(&store, 1).await;
    assert!(refused.is_err() && begun.elapsed() < Duration::from_secs(2), "{refused:?}");
    proxy.swallow(false);
    // Old connections stay as they are: what was swallowed is missing for ever.
    let begun = Instant::now();
    while let Err(error) = count(&store, 1).await {
        assert!(begun.elapsed() < Duration::from_secs(5), "{error:?}");
    }
}

/// A server of its own that can be killed.
struct Server {
    directory: tempfile::TempDir,
    port: u16,
    process: Option<std::process::Child>,
    command: fn(&std::path::Path, u16) -> std::process::Command,
}

impl Server {
    fn start(
        directory: tempfile::TempDir,
        command: fn(&std::path::Path, u16) -> std::process::Command,
    ) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { directory, port, process: None, command };
        server.run();
        server
    }

    fn run(&mut self) {
        let null = std::process::Stdio::null;
        let mut command = (self.command)(self.directory.path(), self.port);
        self.process = Some(command.stdin(null()).stdout(null()).stderr(null()).spawn().unwrap());
    }

    /// As a power cut would.
    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The user a server runs as: it refuses to be the superuser.
fn run_as(user: &str, program: &str) -> std::process::Command {
    let mut command = std::process::Command::new("setpriv");
    command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups", program]);
    command
}

fn is_superuser() -> bool {
    std::process::Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_postgresql_server_that_is_killed_under_load() {
    let programs = std::path::Path::new("/usr/lib/postgresql/15/bin");
    if !programs.join("postgres").exists() || !is_superuser() {
        return common::skip("no server programs of PostgreSQL 15, or nobody who may run them as postgres");
    }
    let directory = tempfile::tempdir().unwrap();
    let owned = std::process::Command::new("chown").arg("postgres").arg(directory.path()).status().unwrap();
    assert!(owned.success());
    let made = run_as("postgres", "/usr/lib/postgresql/15/bin/initdb")
        .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
        .arg(directory.path().join("data"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let server = Server::start(directory, |directory, port| {
        let mut command = run_as("postgres", "/usr/lib/postgresql/15/bin/postgres");
        command.arg("-D").arg(directory.join("data")).args([
            "-p",
            &port.to_string(),
            "-h",
            "127.0.0.1",
            "-k",
            "",
        ]);
        command
    });
    let admin = format!("postgres://postgres@127.0.0.1:{}/postgres", server.port);
    killed_under_load(server, || common::Postgres::create_on(&admin).ok()).await;
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mariadb_server_that_is_killed_under_load() {
    if !std::path::Path::new("/usr/sbin/mariadbd").exists() || !is_superuser() {
        return common::skip("no server program of MariaDB, or nobody who may run it as mysql");
    }
    let directory = tempfile::tempdir().unwrap();
    let owned = std::process::Command::new("chown").arg("mysql").arg(directory.path()).status().unwrap();
    assert!(owned.success());
    let made = std::process::Command::new("mariadb-install-db")
        .args(["--no-defaults", "--user=mysql", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", directory.path().join("data").display()))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let server = Server::start(directory, |directory, port| {
        let mut command = run_as("mysql", "/usr/sbin/mariadbd");
        command.args(["--no-defaults", "--bind-address=127.0.0.1", &format!("--port={port}")]);
        command.arg(format!("--datadir={}", directory.join("data").display()));
        command.arg(format!("--socket={}", directory.join("socket").display()));
        command
    });
    let admin = format!("mysql://root@127.0.0.1:{}/", server.port);
    killed_under_load(server, || common::Mysql::create_on(&admin).ok()).await;
}

/// Callers count while the server is killed and started again. Whoever is answered was written; whoever is refused is
/// refused in time; and it works again soon.
async fn killed_under_load<D: Database>(mut server: Server, create: impl Fn() -> Option<D>) {
    const CALLERS: u64 = 32;
    let begun = Instant::now();
    let database = loop {
        let is_up = std::net::TcpStream::connect(("127.0.0.1", server.port)).is_ok();
        if let Some(database) = is_up.then(&create).flatten() {
            break database;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the server starts");
        std::thread::sleep(Duration::from_millis(100));
    };
    let store = database.open();
    let (stop, refused, slowest) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (store, stop) = (store.clone(), Arc::clone(&stop));
            let (refused, slowest) = (Arc::clone(&refused), Arc::clone(&slowest));
            tokio::spawn(async move {
                // How often the caller was told of success, and how often it was refused.
                let (mut told, mut unsure) = (0, 0);
                while !stop.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    match count(&store, caller).await {
                        Ok(before) => {
                            assert!((told..=told + unsure).contains(&before), "{told} {unsure} {before}");
                            (told, unsure) = (before + 1, 0);
                        }
                        Err(_) => {
                            unsure += 1;
                            refused.fetch_add(1, Ordering::Relaxed);
                            let millis = begun.elapsed().as_millis() as u64;
                            slowest.fetch_max(millis, Ordering::Relaxed);
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    }
                }
                (caller, told, unsure)
            })
        })
        .collect();
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        server.run();
        let begun = Instant::now();
        loop {
            if create().is_some() {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the server recovers");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let begun = Instant::now();
        // The bound aimed at is 5 s.
        while let Err(error) = count(&store, 1_000).await {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "it works again within 5 s of the server: {error:?}"
            );
        }
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        let (caller, told, unsure) = caller.await.unwrap();
        let stored = count(&store, caller).await.unwrap();
        assert!((told..=told + unsure).contains(&stored), "caller {caller}: {told} {unsure} {stored}");
        assert!(told > 0, "it was answered");
    }
    assert!(refused.load(Ordering::Relaxed) > 0, "the server was away");
    let slowest = slowest.load(Ordering::Relaxed);
    // The bound aimed at is 2 s; the rest is for a machine with other things to do.
    assert!(slowest <= 4_000, "{slowest} ms");
    let retention = Retention { before: NOW, now: Timestamp::from_millis(1) };
    store.purge(retention, 10).await.unwrap();
    drop(store);
    drop(database);
}
