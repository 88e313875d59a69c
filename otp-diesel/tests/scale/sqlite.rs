//! Many rows on SQLite: for the tests of this crate and for the benchmark `growth` of otp-tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each program has some of it, and may stop"
)]

use diesel::{
    Connection as _, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

use super::queries::{Dialect, queries};

const DIALECT: Dialect = Dialect {
    unsettled: "state IN ('queued', 'sending')",
    due_at: "due_at",
    key: |letter| {
        format!("x'{}'", letter.bytes().map(|byte| format!("{byte:02x}")).collect::<String>().repeat(32))
    },
    locking: "",
    locking_free: "",
};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Challenges that were verified, each with its ledger and its delivery, a millisecond apart until `last`.
pub fn records(rows: u64, last: i64) -> Vec<String> {
    vec![
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             INSERT INTO otp_challenges SELECT randomblob(32), randomblob(32), 'default', 'verify',
                 '+1' || (2000000000 + i), 'sms', 'en', '{{}}', NULL, '2026-11', 6, 'digits', 1,
                 x'00112233445566778899aabbccddeeff', 'verified', 1, 1, {last} - i, {last} - i, {last} + 600000 - i,
                 {last} + 5000 - i FROM n"
        ),
        "INSERT INTO otp_ledgers (ledger_key, live, last_send_at, sends_hour, sends_day, failures_day, failures_in_a_row,
             locked_at, updated_at)
             SELECT ledger_key, challenge_key, created_at, randomblob(12), randomblob(12), x'', 0, NULL, created_at
             FROM otp_challenges"
            .to_owned(),
        "INSERT INTO otp_deliveries SELECT challenge_key, ledger_key, 'default', 1, 1, 'sent', 1, 0, created_at,
             expires_at - 60000, 'twilio', 'SM' || lower(hex(randomblob(16))), NULL, NULL, created_at, created_at
             FROM otp_challenges"
            .to_owned(),
    ]
}

/// The other tables: idle, and to be forgotten, a millisecond apart until `last`.
pub fn others(rows: u64, last: i64) -> Vec<String> {
    let each = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})");
    vec![
        format!(
            "{each} INSERT INTO otp_meters (meter_key, idle_at) SELECT randomblob(32), {last} - i FROM n"
        ),
        format!(
            "{each} INSERT INTO otp_replies SELECT randomblob(32), randomblob(32), '2026-11',
                 x'00112233445566778899aabbccddeeff', 'sms', 6, 600000, 30000, 1, {last} - i FROM n"
        ),
        format!("{each} INSERT INTO otp_claims SELECT randomblob(32), {last} - i FROM n"),
        format!(
            "{each} INSERT INTO otp_accounts SELECT i, i || '@example.com', '+1' || i, 'Ada', 'Lovelace', NULL, NULL, 1 FROM n"
        ),
    ]
}

/// Fills the tables of the file at `path`, which nobody else uses, with as many rows as a test of a growing store wants.
pub fn fill(path: &str, rows: u64, last: i64) {
    let mut connection = SqliteConnection::establish(path).unwrap();
    // Keys are random, so that what holds them should be in memory until all are there.
    let quick = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000000;
         PRAGMA locking_mode = EXCLUSIVE";
    connection.batch_execute(quick).unwrap();
    let take = "CREATE TEMPORARY TABLE indexes AS SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
    connection.batch_execute(take).unwrap();
    let column = |connection: &mut SqliteConnection, column: &str| -> Vec<String> {
        let lines: Vec<Line> =
            sql_query(format!("SELECT {column} AS detail FROM temp.indexes")).load(connection).unwrap();
        lines.into_iter().map(|line| line.detail).collect()
    };
    for name in column(&mut connection, "name") {
        connection.batch_execute(&format!("DROP INDEX {name}")).unwrap();
    }
    for statement in records(rows, last).into_iter().chain(others(rows / 100 + 1_000, last)) {
        connection.batch_execute(&statement).unwrap();
    }
    for sql in column(&mut connection, "sql") {
        connection.batch_execute(&sql).unwrap();
    }
    connection.batch_execute("PRAGMA journal_mode = WAL").unwrap();
}

/// Queries that read a table without an index, and their plans.
pub fn scans(connection: &mut SqliteConnection) -> Vec<String> {
    let plan_of = |query: &String| {
        let plan: Vec<Line> = sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(connection).unwrap();
        let plan: Vec<_> = plan.into_iter().map(|line| line.detail).collect();
        (
            plan.iter().any(|line| line.contains("SCAN") && !line.contains("USING")),
            format!("{query}\n{}", plan.join("\n")),
        )
    };
    let plans: Vec<(bool, String)> = queries(&DIALECT).iter().map(plan_of).collect();
    plans.into_iter().filter_map(|(is_scan, plan)| is_scan.then_some(plan)).collect()
}
