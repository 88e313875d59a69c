//! Processor time of a request: the server's and PostgreSQL's, from the system's own account.

use std::time::Duration;

use otp_tests::{Instance, Server, load};
use tokio::runtime::Runtime;

const CALLERS: usize = 64;

/// Prints microseconds of a start and of a check.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn print(name: &str, server: &Server, code: &'static str, instance: &Instance, runtime: &Runtime) {
    let address = server.address();
    // Connections and caches are warm when the account begins.
    runtime.block_on(load::flows(address, CALLERS, code, load::time() / 4));
    let (mut sessions, before) = (Vec::new(), used(server, instance));
    sessions.extend(runtime.block_on(load::starts(address, CALLERS, load::time())));
    settle(server, instance);
    let (starts, middle) = (sessions.len(), used(server, instance));
    runtime.block_on(load::checks(address, CALLERS, code, sessions));
    settle(server, instance);
    let after = used(server, instance);
    for (what, from, to) in [("start", &before, &middle), ("check", &middle, &after)] {
        let [own, database] = [0, 1].map(|part| each(to[part] - from[part], starts));
        println!(
            "{:<48} {what}: {:.0} us of processor time, {own:.0} of the server and {database:.0} of the database",
            name,
            own + database
        );
    }
}

/// Time used by the server, and by the database.
fn used(server: &Server, instance: &Instance) -> [Duration; 2] {
    [load::processor_time(&[server.id()]), load::processor_time(&instance.processes())]
}

/// Waits until what was queued is sent: it belongs to the requests before.
fn settle(server: &Server, instance: &Instance) {
    let mut last = used(server, instance);
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let next = used(server, instance);
        if (next[0] + next[1]) - (last[0] + last[1]) <= Duration::from_millis(10) {
            return;
        }
        last = next;
    }
}

fn each(time: Duration, requests: usize) -> f64 {
    time.as_secs_f64() * 1_000_000.0 / requests.max(1) as f64
}
