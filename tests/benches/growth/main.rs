//! What many rows cost: `otp serve` on a database with `OTP_BENCH_ROWS` challenges, ledgers and deliveries (10^7), beside
//! one on an empty database, in turns; and whether every query of the store stays on an index there. Servers of their own
//! on this machine, all durable; what was filled is deleted at the end (10^7 rows take about 15 GB).
//!
//! `cargo bench --package otp-tests --features postgres,mysql --bench growth`, perhaps with the databases that are wanted:
//! `-- sqlite postgresql mariadb`; `OTP_BENCH_SECONDS` is the time of one measurement (3).

#[cfg(feature = "mysql")]
#[path = "../../../otp-diesel/tests/scale/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "../../../otp-diesel/tests/scale/postgres.rs"]
mod postgres;
#[path = "../../../otp-diesel/tests/scale/queries.rs"]
mod queries;
#[path = "../../../otp-diesel/tests/scale/sqlite.rs"]
mod sqlite;
mod subject;

use std::time::Instant;

use otp_tests::{
    Instance,
    databases::{Database, Kind},
    load::{self, Load},
};
use subject::Subject;
use tokio::runtime::Runtime;

const CALLERS: usize = 64;
const ROUNDS: usize = 5;
/// Flows with many rows, as a part of those without.
const BAR: f64 = 0.8;

#[expect(clippy::disallowed_methods, reason = "how many rows, and of which databases, is the caller's wish")]
fn main() {
    let rows = std::env::var("OTP_BENCH_ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_000);
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::Mysql] {
        if wanted.is_empty() || wanted.contains(&kind.to_string().to_lowercase()) {
            measure(kind, rows);
        }
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn measure(kind: Kind, rows: u64) {
    let instance = if kind == Kind::Sqlite { None } else { Instance::start(kind) };
    let database = || match (&instance, kind) {
        (Some(instance), _) => Some(instance.create()),
        (None, Kind::Sqlite) => Database::create(kind),
        (None, _) => None,
    };
    let Some([empty, full]) = database().zip(database()).map(|(empty, full)| [empty, full].map(Subject::new))
    else {
        return;
    };
    let begun = Instant::now();
    full.fill(rows);
    println!("{kind}: {rows} challenges, ledgers and deliveries in {:.0} s", begun.elapsed().as_secs_f64());
    let scans = full.scans();
    assert!(scans.is_empty(), "no index is used by\n{}", scans.join("\n\n"));
    println!("{kind}: every query uses an index");

    let runtime = Runtime::new().expect("a runtime");
    let servers = [empty.server(), full.server()];
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (server, runs) in servers.iter().zip(&mut runs) {
            runs.push(runtime.block_on(load::flows(server.address(), CALLERS, "123456", load::time())));
        }
    }
    let [empty, full] = runs.map(Load::median);
    for (name, load) in [("empty", empty), ("full", full)] {
        println!(
            "{kind}, {name:<5} {:>7.0} flows/s, p50 {:.2} ms, p99 {:.2} ms",
            load.flows_per_second, load.p50, load.p99
        );
    }
    println!("{kind}: full / empty = {:.2} (bar {BAR})", full.flows_per_second / empty.flows_per_second);
}
