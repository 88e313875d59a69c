//! The same app served by axum and by actix-web, each in a process of its own, in turns: actix is to be within a tenth of
//! axum.
//!
//! `cargo bench --package otp-tests --bench frameworks`; `OTP_BENCH_SECONDS` is the time of one measurement (3).

mod host;

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use otp_tests::{
    client_of, free_address,
    load::{self, Load},
};

const CALLERS: [usize; 3] = [1, 16, 64];
const ROUNDS: usize = 5;
const FRAMEWORKS: [&str; 2] = ["axum", "actix"];

/// This program is started again as each of the hosts: `host FRAMEWORK ADDRESS [FILE]`.
fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("host") => {
            let address = arguments[2].parse().expect("an address");
            host::run(&arguments[1], address, arguments.get(3).map(PathBuf::from));
        }
        _ => compare(),
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn compare() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    println!(
        "{:<40} {:>8} {:>10} {:>9} {:>9} {:>8}",
        "flows per second", "callers", "median", "p50 ms", "p99 ms", "ratio"
    );
    for store in ["memory", "SQLite FULL"] {
        let hosts = FRAMEWORKS.map(|framework| {
            let file = (store != "memory").then(|| folder.path().join(format!("{framework}.db")));
            Host::start(framework, file.as_deref())
        });
        for callers in CALLERS {
            let mut runs: [Vec<Load>; 2] = Default::default();
            for _ in 0..ROUNDS {
                for (runs, host) in runs.iter_mut().zip(&hosts) {
                    runs.push(runtime.block_on(load::flows(host.address, callers, "12345x", load::time())));
                }
            }
            let medians = runs.map(Load::median);
            for (framework, load) in FRAMEWORKS.iter().zip(medians) {
                println!(
                    "{:<40} {callers:>8} {:>10.0} {:>9.2} {:>9.2} {:>8.2}",
                    format!("{framework}, {store}, queued and sent"),
                    load.flows_per_second,
                    load.p50,
                    load.p99,
                    load.flows_per_second / medians[0].flows_per_second
                );
            }
        }
    }
}

struct Host {
    child: Child,
    address: SocketAddr,
}

impl Host {
    fn start(framework: &str, file: Option<&Path>) -> Self {
        let address = free_address();
        let program = env::current_exe().expect("this program");
        let child = Command::new(program)
            .args(["host", framework, &address.to_string()])
            .args(file)
            .spawn()
            .expect("it starts");
        drop(client_of(address));
        Self { child, address }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
