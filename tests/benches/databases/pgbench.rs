//! The yardstick: PostgreSQL's own benchmark with the least SQL that a flow can do with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use otp_tests::{Instance, databases::skip};

/// One row a flow: it is there when the caller has a token, and used when the code was right. Both are durable before
/// anybody is told, so each is a transaction of its own.
const SCRIPT: &str = "\\set key random(1, 9000000000000000000)
INSERT INTO least (key, value) VALUES (:key, 'pending');
UPDATE least SET value = 'verified' WHERE key = :key;
";

pub(crate) struct Pgbench {
    program: PathBuf,
    script: PathBuf,
    port: String,
}

impl Pgbench {
    /// Makes its table; `None` where it is not installed.
    pub(crate) fn of(instance: &Instance, folder: &Path) -> Option<Self> {
        let program = instance.programs().join("pgbench");
        if !program.exists() {
            skip("no pgbench: install postgresql-contrib");
            return None;
        }
        let script = folder.join("least.sql");
        fs::write(&script, SCRIPT).expect("a file");
        let pgbench = Self { program, script, port: instance.address().port().to_string() };
        let make = "CREATE TABLE least (key bigint PRIMARY KEY, value text NOT NULL)";
        let made =
            Command::new(instance.programs().join("psql")).args(pgbench.place()).args(["-c", make]).output();
        assert!(made.is_ok_and(|output| output.status.success()), "its table is made");
        Some(pgbench)
    }

    fn place(&self) -> [&str; 7] {
        ["-h", "127.0.0.1", "-p", &self.port, "-U", "postgres", "postgres"]
    }

    /// Flows per second of so many clients.
    pub(crate) fn flows_per_second(&self, clients: usize, time: Duration) -> f64 {
        let seconds = time.as_secs().max(1).to_string();
        let (clients, threads) = (clients.to_string(), clients.min(2).to_string());
        let output = Command::new(&self.program)
            .args(["-n", "-M", "prepared", "-c", &clients, "-j", &threads, "-T", &seconds, "-f"])
            .arg(&self.script)
            .args(self.place())
            .output()
            .expect("pgbench runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.unwrap_or_else(|| panic!("no rate: {text}{}", String::from_utf8_lossy(&output.stderr)))
    }
}
