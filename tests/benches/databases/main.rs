//! `otp serve` on PostgreSQL, MariaDB and SQLite, beside the least that PostgreSQL can be asked to do for a flow: pgbench
//! with one insert and one update by key. Servers of their own on this machine, all durable; everything in turns.
//!
//! `cargo bench --package otp-tests --features postgres,mysql --bench databases`; `OTP_BENCH_SECONDS` is the time of one
//! measurement (3), `OTP_BENCH_ONLY=PostgreSQL` leaves the others out.

mod pgbench;
mod processor;

use std::{fs, path::Path, time::Duration};

use otp_tests::{
    Instance, Server,
    databases::{Database, Kind},
    load::{self, Load},
};
use pgbench::Pgbench;
use tokio::runtime::Runtime;

const CALLERS: [usize; 2] = [64, 16];
const ROUNDS: usize = 3;

/// A server, and the code its callers bring.
struct Row {
    name: String,
    code: &'static str,
    server: Server,
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let instance = |kind| if is_wanted(kind) { Instance::start(kind) } else { None };
    let (postgres, mysql) = (instance(Kind::Postgres), instance(Kind::Mysql));
    let own = [&postgres, &mysql].map(|instance| instance.as_ref().map(Instance::create));
    let sqlite = if is_wanted(Kind::Sqlite) { Database::create(Kind::Sqlite) } else { None };
    let databases: Vec<&Database> = own.iter().flatten().chain(&sqlite).collect();
    let rows: Vec<Row> = databases.iter().flat_map(|database| rows(database, folder.path())).collect();
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
                runs.push(runtime.block_on(load::flows(
                    row.server.address(),
                    callers,
                    row.code,
                    load::time(),
                )));
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
    if let Some(instance) = &postgres {
        rows.iter()
            .filter(|row| row.name.contains("PostgreSQL"))
            .for_each(|row| processor::print(row, instance, &runtime));
    }
}

#[expect(clippy::disallowed_methods, reason = "what a benchmark measures is the caller's wish")]
fn is_wanted(kind: Kind) -> bool {
    std::env::var("OTP_BENCH_ONLY").map_or(true, |only| only == kind.to_string())
}

/// Two servers on one database: one with nothing to send, and one that sends.
fn rows(database: &Database, folder: &Path) -> [Row; 2] {
    let kind = database.kind();
    [
        ("sandbox", "nothing to send, right code", "123456"),
        ("discard", "queued and sent, wrong code", "12345x"),
    ]
    .map(|(sender, what, code)| {
        let place = folder.join(format!("{kind}-{sender}"));
        fs::create_dir(&place).expect("a folder");
        let server = Server::builder(env!("CARGO_BIN_EXE_otp-under-test"), place)
            .database(database)
            .set("OTP_SMS", sender)
            .set("OTP_SANDBOX_CODE", "123456")
            .set("OTP_LOG", "error")
            .start();
        Row { name: format!("otp, {kind}, {what}"), code, server }
    })
}
