//! What group commit brings: calls a second by callers, against one transaction for each call.
//!
//! `cargo bench -p otp-diesel --bench apply`, with `--features postgres,mysql` on servers as well (where
//! `OTP_TEST_POSTGRES_URL` and `OTP_TEST_MYSQL_URL` say), and perhaps words of the lines that are wanted:
//! `-- postgres verification group 64`
//! (`OTP_BENCH_WRITERS=2` for another number of writers). Two kinds of calls, each kind half inserts and half updates: one record (a
//! ledger), and a verification (challenge, ledger and delivery written, then challenge and ledger): a flow is two calls.
//!
//! Beside PostgreSQL, pgbench does the least that any flow must do, one insert and one update, each prepared and in a
//! transaction of its own, with the same settings in the same run.
//!
//! Rates depend on the disk and on what else the machine does; the CPU time of one call, callers and kernel included but
//! not a server, hardly does.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark measures and prints")]
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use common::Database;
use otp_diesel::Options;
use otp_service::{Keys, Store, StoreExt};
use tokio::runtime::Builder;

const TIME: Duration = Duration::from_millis(2500);

#[derive(Clone, Copy)]
enum Shape {
    OneRecord,
    Verification,
}

fn main() {
    let (options, wanted): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    // A run of all tests runs this too.
    if options.iter().any(|option| option == "--test") {
        return;
    }
    println!(
        "{:<9} {:<14} {:<10} {:>8} {:>10} {:>9} {:>8} {:>8} {:>8}",
        "database", "calls", "commit", "callers", "calls/s", "flows/s", "p50 ms", "p99 ms", "CPU us"
    );
    let wants = |line: &str| wanted.iter().all(|word| line.contains(word.as_str()));
    #[cfg(feature = "sqlite")]
    rows("sqlite", common::Sqlite::create, wants);
    #[cfg(feature = "postgres")]
    {
        rows("postgres", common::Postgres::create, wants);
        for clients in [16, 64] {
            if wants(&format!("postgres pgbench {clients} verification group")) {
                pgbench(clients);
            }
        }
    }
    #[cfg(feature = "mysql")]
    rows("mysql", common::Mysql::create, wants);
}

fn rows<D: Database>(name: &str, create: impl Fn() -> Option<D>, wants: impl Fn(&str) -> bool) {
    for (shape, shape_name) in [(Shape::OneRecord, "one record"), (Shape::Verification, "verification")] {
        for (options, commit) in [(Options::new(), "group"), (Options::new().batch(1), "one by one")] {
            for callers in [1, 16, 64] {
                let line = format!("{name:<9} {shape_name:<14} {commit:<10} {callers:>8}");
                if !wants(&line) {
                    continue;
                }
                let Some(database) = create() else { return };
                let [rate, p50, p99, cpu] = measure(shape, &database, options.clone(), callers);
                let flows = rate / 2.0;
                println!("{line} {rate:>10.0} {flows:>9.0} {p50:>8.2} {p99:>8.2} {cpu:>8.1}");
            }
        }
    }
}

/// One insert and one update of one row a flow, in two transactions, as pgbench does it fastest.
#[cfg(feature = "postgres")]
fn pgbench(clients: u32) {
    let Some(database) = common::Postgres::create() else { return };
    database.execute(
        "CREATE TABLE flow (id bigserial PRIMARY KEY, recipient text, checks int DEFAULT 0, at timestamptz)",
    );
    let script = tempfile::NamedTempFile::new().unwrap();
    let lines = "INSERT INTO flow (recipient, at) VALUES ('+14155550123', now()) RETURNING id \\gset\n\
                 UPDATE flow SET checks = checks + 1 WHERE id = :id;\n";
    std::fs::write(script.path(), lines).unwrap();
    let seconds = TIME.as_secs_f64().ceil().to_string();
    let mut command = std::process::Command::new("pgbench");
    command.args(["-n", "-M", "prepared", "-j", "2", "-T", &seconds, "-c", &clients.to_string(), "-f"]);
    match command.arg(script.path()).arg(database.url()).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let value = |name: &str| -> Option<f64> {
                let line = text.lines().find(|line| line.starts_with(name))?;
                line.split_whitespace().find_map(|word| word.parse().ok())
            };
            let (Some(flows), Some(latency)) = (value("tps"), value("latency average")) else {
                println!("pgbench: {}", String::from_utf8_lossy(&output.stderr));
                return;
            };
            println!(
                "{:<9} {:<14} {:<10} {clients:>8} {:>10.0} {flows:>9.0} {:>8.2}",
                "postgres",
                "pgbench",
                "one by one",
                flows * 2.0,
                latency / 2.0
            );
        }
        Err(error) => println!("pgbench is missing (package postgresql-contrib): {error}"),
    }
}

/// Applies a second, median and 99th percentile in ms, CPU time of one in microseconds.
fn measure<D: Database>(shape: Shape, database: &D, options: Options, callers: usize) -> [f64; 4] {
    let writers = std::env::var("OTP_BENCH_WRITERS").ok().and_then(|number| number.parse().ok());
    let options = writers.map_or(options.clone(), |writers| options.writers(writers));
    let store = database.open_with(options.deadline(Duration::from_secs(30)));
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let next = Arc::new(AtomicU64::new(0));
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let tasks: Vec<_> =
        (0..callers).map(|_| runtime.spawn(call(shape, store.clone(), next.clone(), start))).collect();
    let mut times: Vec<Duration> =
        tasks.into_iter().flat_map(|task| runtime.block_on(task).unwrap()).collect();
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_unstable();
    let millis = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1e3;
    [rate, millis(50), millis(99), (cpu_seconds() - cpu) / times.len() as f64 * 1e6]
}

/// CPU time of this process, where the system tells it as Linux does; else not a number.
fn cpu_seconds() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = status.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    match fields.get(11..13) {
        // In hundredths of a second (proc(5), USER_HZ).
        Some([user, system]) => (user.parse::<f64>().unwrap() + system.parse::<f64>().unwrap()) / 100.0,
        _ => f64::NAN,
    }
}

async fn call(shape: Shape, store: impl Store, next: Arc<AtomicU64>, start: Instant) -> Vec<Duration> {
    let mut times = Vec::new();
    while start.elapsed() < TIME {
        let number = next.fetch_add(1, Ordering::Relaxed);
        for is_first in [true, false] {
            let begun = Instant::now();
            match shape {
                Shape::OneRecord => one_record(&store, number, is_first).await,
                Shape::Verification => verification(&store, number, is_first).await,
            }
            times.push(begun.elapsed());
        }
    }
    times
}

async fn one_record(store: &impl Store, number: u64, is_first: bool) {
    let keys = Keys { ledgers: vec![common::ledger_key(number)], ..Keys::default() };
    let step = move |records: &mut otp_service::Records| {
        let known = records.ledgers.find(&common::ledger_key(number)).cloned();
        assert_eq!(known.is_none(), is_first, "an update was lost");
        let mut ledger = known.unwrap_or_else(|| common::ledger(number));
        ledger.failures_in_a_row += 1;
        records.ledgers.put(ledger);
    };
    store.run(keys, step).await.unwrap();
}

async fn verification(store: &impl Store, number: u64, is_first: bool) {
    let key = common::challenge_key(number);
    let keys = Keys {
        challenges: vec![key],
        ledgers: vec![common::ledger_key(number)],
        deliveries: if is_first { vec![key] } else { Vec::new() },
        ..Keys::default()
    };
    let step = move |records: &mut otp_service::Records| {
        let mut ledger = records
            .ledgers
            .find(&common::ledger_key(number))
            .cloned()
            .unwrap_or_else(|| common::ledger(number));
        match records.challenges.find(&key).cloned() {
            Some(mut challenge) => {
                challenge.checks += 1;
                ledger.failures_in_a_row += 1;
                ledger.failures_day.record(Duration::from_secs(86_400), common::NOW);
                records.challenges.put(challenge);
            }
            None => {
                ledger.live.push(key);
                ledger.sends_hour.record(Duration::from_secs(3600), common::NOW);
                ledger.sends_day.record(Duration::from_secs(86_400), common::NOW);
                records.challenges.put(common::challenge(number));
                let mut delivery = common::delivery(number);
                delivery.state = otp_core::DeliveryState::Sent;
                records.deliveries.put(delivery);
            }
        }
        records.ledgers.put(ledger);
    };
    store.run(keys, step).await.unwrap();
}
