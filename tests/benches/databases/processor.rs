//! Processor time of a request: the server's and PostgreSQL's, from the system's own account.

use std::time::Duration;

use otp_tests::{Instance, load};
use tokio::runtime::Runtime;

use crate::Row;

const CALLERS: usize = 64;

/// Prints microseconds of a start and of a check.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn print(row: &Row, instance: &Instance, runtime: &Runtime) {
    let address = row.server.address();
    // Connections and caches are warm when the account begins.
    runtime.block_on(load::flows(address, CALLERS, row.code, load::time() / 4));
    let (mut sessions, before) = (Vec::new(), used(row, instance));
    sessions.extend(runtime.block_on(load::starts(address, CALLERS, load::time())));
    settle(row, instance);
    let (starts, middle) = (sessions.len(), used(row, instance));
    runtime.block_on(load::checks(address, CALLERS, row.code, sessions));
    settle(row, instance);
    let after = used(row, instance);
    for (what, from, to) in [("start", &before, &middle), ("check", &middle, &after)] {
        let [server, database] = [0, 1].map(|part| each(to[part] - from[part], starts));
        println!(
            "{:<48} {what}: {:.0} us of processor time, {server:.0} of the server and {database:.0} of the database",
            row.name,
            server + database
        );
    }
}

/// Time used by the server, and by the database.
fn used(row: &Row, instance: &Instance) -> [Duration; 2] {
    [load::processor_time(&[row.server.id()]), load::processor_time(&instance.processes())]
}

/// Waits until what was queued is sent: it belongs to the requests before.
fn settle(row: &Row, instance: &Instance) {
    let mut last = used(row, instance);
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let next = used(row, instance);
        if (next[0] + next[1]) - (last[0] + last[1]) <= Duration::from_millis(10) {
            return;
        }
        last = next;
    }
}

fn each(time: Duration, requests: usize) -> f64 {
    time.as_secs_f64() * 1_000_000.0 / requests.max(1) as f64
}
