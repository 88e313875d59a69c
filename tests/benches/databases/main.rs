//! Flows on PostgreSQL, MariaDB and SQLite, beside the least that PostgreSQL can be asked to do for one: pgbench with one
//! insert and one update by key. Callers use the library in this process, or `otp serve` over HTTP. Servers of their own on
//! this machine, all durable; everything in turns.
//!
//! `cargo bench --package otp-tests --features postgres,mysql --bench databases`; `OTP_BENCH_SECONDS` is the time of one
//! measurement (3), `OTP_BENCH_ONLY=PostgreSQL` leaves the others out.

mod library;
mod pgbench;
mod processor;

use std::{fs, path::Path, time::Duration};

use library::Library;
use otp_tests::{
    Instance, Server,
    databases::{Database, Kind},
    load::{self, Load},
};
use pgbench::Pgbench;
use tokio::runtime::Runtime;

const CALLERS: [usize; 2] = [64, 16];
const ROUNDS: usize = 3;

/// What a flow is.
struct What {
    name: &'static str,
    /// Whether messages are queued, and sent by a worker.
    is_sent: bool,
    /// What callers bring.
    code: &'static str,
}

const WHATS: [What; 2] = [
    What { name: "nothing to send, right code", is_sent: false, code: "123456" },
    What { name: "queued and sent, wrong code", is_sent: true, code: "12345x" },
];

/// Somebody whose flows are counted.
struct Row {
    name: String,
    code: &'static str,
    kind: Kind,
    subject: Subject,
}

enum Subject {
    Library(Library),
    Server(Server),
}

impl Row {
    async fn flows(&self, callers: usize) -> Load {
        match &self.subject {
            Subject::Library(library) => load::flows_of(library.callers(callers), load::time()).await,
            Subject::Server(server) => load::flows(server.address(), callers, self.code, load::time()).await,
        }
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let instance = |kind| if is_wanted(kind) { Instance::start(kind) } else { None };
    let (postgres, mysql) = (instance(Kind::Postgres), instance(Kind::Mysql));
    // The library's, and the servers', whose secret keys differ.
    let own = |instance: &Option<Instance>| instance.as_ref().map(|own| [own.create(), own.create()]);
    let files = || Database::create(Kind::Sqlite).zip(Database::create(Kind::Sqlite));
    let sqlite = if is_wanted(Kind::Sqlite) { files().map(<[Database; 2]>::from) } else { None };
    let databases: Vec<[Database; 2]> = [own(&postgres), own(&mysql), sqlite].into_iter().flatten().collect();
    let rows: Vec<Row> =
        databases.iter().flat_map(|databases| rows(databases, folder.path(), &runtime)).collect();
    let yardstick = postgres.as_ref().and_then(|instance| Pgbench::of(instance, folder.path()));

    println!(
        "{:<48} {:>8} {:>10} {:>9} {:>9} {:>8}",
        "flows per second", "callers", "median", "p50 ms", "p99 ms", "pgbench"
    );
    for callers in CALLERS {
        let (mut least, mut runs) = (Vec::new(), vec![Vec::new(); rows.len()]);
        for _ in 0..ROUNDS {
            least.extend(yardstick.as_ref().map(|pgbench| pgbench.flows_per_second(callers, load::time())));
            for (row, runs) in rows.iter().zip(&mut runs) {
                runs.push(runtime.block_on(row.flows(callers)));
            }
        }
        least.sort_by(f64::total_cmp);
        let least = least.get(least.len() / 2).copied();
        if let Some(least) = least {
            println!("{:<48} {callers:>8} {least:>10.0}", "pgbench: one insert, one update");
        }
        for (row, runs) in rows.iter().zip(runs) {
            let load = Load::median(runs);
            println!(
                "{:<48} {callers:>8} {:>10.0} {:>9.2} {:>9.2} {:>8.2}",
                row.name,
                load.flows_per_second,
                load.p50,
                load.p99,
                load.flows_per_second / least.unwrap_or(f64::NAN)
            );
        }
    }
    if let Some(pgbench) = &yardstick {
        let commit = Duration::from_secs_f64(0.5 / pgbench.flows_per_second(1, load::time()));
        println!("one commit of PostgreSQL, alone: {:.2} ms", commit.as_secs_f64() * 1_000.0);
    }
    for row in rows {
        match (row.subject, &postgres) {
            (Subject::Library(library), _) => library.close(&runtime),
            (Subject::Server(server), Some(instance)) if row.kind == Kind::Postgres => {
                processor::print(&row.name, &server, row.code, instance, &runtime);
            }
            (Subject::Server(_), _) => {}
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what a benchmark measures is the caller's wish")]
fn is_wanted(kind: Kind) -> bool {
    std::env::var("OTP_BENCH_ONLY").map_or(true, |only| only == kind.to_string())
}

/// The library and servers, each on one of the databases, with nothing to send and with messages.
fn rows([librarys, servers]: &[Database; 2], folder: &Path, runtime: &Runtime) -> Vec<Row> {
    let kind = servers.kind();
    let mut rows = Vec::new();
    for (number, what) in WHATS.iter().enumerate() {
        let place = folder.join(format!("{kind}-{number}"));
        fs::create_dir(&place).expect("a folder");
        let server = Server::builder(env!("CARGO_BIN_EXE_otp-under-test"), place)
            .database(servers)
            .set("OTP_SMS", if what.is_sent { "discard" } else { "sandbox" })
            .set("OTP_SANDBOX_CODE", "123456")
            .set("OTP_LOG", "error");
        let subjects = [
            ("library", Subject::Library(Library::open(librarys, what, runtime))),
            ("HTTP", Subject::Server(server.start())),
        ];
        for (how, subject) in subjects {
            rows.push(Row { name: format!("{kind}, {how}, {}", what.name), code: what.code, kind, subject });
        }
    }
    rows
}
