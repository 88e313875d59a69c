//! Flows (one register, one verify) per second over HTTP at 1, 16 and 64 callers: a bare axum handler that parses and
//! answers the same JSON, and `otp serve` on SQLite with synchronous=FULL, side by side in one run.
//!
//! `cargo bench --package otp-tests --bench http`; `OTP_BENCH_SECONDS` is the time of one measurement (3).

use std::{
    net::SocketAddr,
    process::{Child, Command},
};

use otp_tests::{
    Server,
    load::{self, Load},
};

const CALLERS: [usize; 3] = [1, 16, 64];
const ROUNDS: usize = 3;

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let server = |name: &str, sender: &str| {
        let place = folder.path().join(name);
        std::fs::create_dir(&place).expect("a folder");
        Server::builder(env!("CARGO_BIN_EXE_otp-under-test"), place)
            .set("OTP_SMS", sender)
            .set("OTP_SANDBOX_CODE", "123456")
            .set("OTP_LOG", "error")
            .start()
    };
    let bare = Bare::start();
    let (sandbox, discard) = (server("sandbox", "sandbox"), server("discard", "discard"));
    let rows: [(&str, SocketAddr, &str); 3] = [
        ("bare axum handler", bare.address, "123456"),
        ("otp, SQLite FULL, nothing to send, right code", sandbox.address(), "123456"),
        ("otp, SQLite FULL, queued and sent, wrong code", discard.address(), "12345x"),
    ];
    println!(
        "{:<48} {:>8} {:>10} {:>9} {:>9} {:>8}",
        "flows per second", "callers", "median", "p50 ms", "p99 ms", "ratio"
    );
    for callers in CALLERS {
        let mut runs: [Vec<Load>; 3] = Default::default();
        for _ in 0..ROUNDS {
            for (runs, (_, address, code)) in runs.iter_mut().zip(rows) {
                runs.push(runtime.block_on(load::flows(address, callers, code, load::time())));
            }
        }
        let medians = runs.map(Load::median);
        let yardstick = medians[0].flows_per_second;
        for ((name, ..), load) in rows.iter().zip(&medians) {
            println!(
                "{name:<48} {callers:>8} {:>10.0} {:>9.2} {:>9.2} {:>8.2}",
                load.flows_per_second,
                load.p50,
                load.p99,
                load.flows_per_second / yardstick
            );
        }
    }
}

struct Bare {
    child: Child,
    address: SocketAddr,
}

impl Bare {
    fn start() -> Self {
        let address = otp_tests::free_address();
        let child = Command::new(env!("CARGO_BIN_EXE_bare-handler"))
            .arg(address.to_string())
            .spawn()
            .expect("it starts");
        drop(otp_tests::client_of(address));
        Self { child, address }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
