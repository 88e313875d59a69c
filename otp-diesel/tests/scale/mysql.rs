//! Many rows on MySQL and MariaDB: for the tests of this crate and for the benchmark `growth` of otp-tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each program has some of it, and may stop"
)]

use diesel::{
    Connection as _, MysqlConnection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{Nullable, Text},
};

use super::queries::{Dialect, queries};

const DIALECT: Dialect = Dialect {
    unsettled: "unsettled_due_at IS NOT NULL",
    due_at: "unsettled_due_at",
    key: |letter| format!("UNHEX(SHA2('{letter}7', 256))"),
    locking: " FOR UPDATE",
    locking_free: " FOR UPDATE SKIP LOCKED",
};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    key: Option<String>,
}

fn key(letter: &str) -> String {
    format!("UNHEX(SHA2(CONCAT('{letter}', seq), 256))")
}

/// Challenges that were verified, each with its ledger and its delivery, a millisecond apart until `last`.
pub fn records(rows: u64, last: i64) -> Vec<String> {
    let from = format!("FROM seq_1_to_{rows}");
    let (challenge, ledger) = (key("c"), key("l"));
    vec![
        format!(
            "INSERT INTO otp_challenges SELECT {challenge}, {ledger}, 'default', 'verify', CONCAT('+1', 2000000000 + seq),
                 'sms', 'en', '{{}}', NULL, '2026-11', 6, 'digits', 1, x'00112233445566778899aabbccddeeff', 'verified', 1, 1,
                 {last} - seq, {last} - seq, {last} + 600000 - seq, {last} + 5000 - seq {from}"
        ),
        format!(
            "INSERT INTO otp_ledgers (ledger_key, live, last_send_at, sends_hour, sends_day, failures_day,
                 failures_in_a_row, locked_at, updated_at)
                 SELECT {ledger}, {challenge}, {last} - seq, LEFT({ledger}, 12), LEFT({ledger}, 12), '', 0, NULL,
                 {last} - seq {from}"
        ),
        format!(
            "INSERT INTO otp_deliveries (challenge_key, ledger_key, namespace, generation, send, state, tries,
                 unknown_tries, due_at, send_by, sender, reference, failure, other_channel, queued_at, updated_at)
                 SELECT {challenge}, {ledger}, 'default', 1, 1, 'sent', 1, 0, {last} - seq, {last} + 540000 - seq,
                 'twilio', CONCAT('SM', MD5(seq)), NULL, NULL, {last} - seq, {last} - seq {from}"
        ),
    ]
}

/// The other tables: idle, and to be forgotten, a millisecond apart until `last`.
pub fn others(rows: u64, last: i64) -> Vec<String> {
    let from = format!("FROM seq_1_to_{rows}");
    vec![
        format!("INSERT INTO otp_meters (meter_key, idle_at) SELECT {}, {last} - seq {from}", key("m")),
        format!(
            "INSERT INTO otp_replies SELECT {}, UNHEX(SHA2('f', 256)), '2026-11',
                 x'00112233445566778899aabbccddeeff', 'sms', 6, 600000, 30000, 1, {last} - seq {from}",
            key("r")
        ),
        format!("INSERT INTO otp_claims SELECT {}, {last} - seq {from}", key("p")),
        format!(
            "INSERT INTO otp_accounts SELECT seq, CONCAT(seq, '@example.com'), CONCAT('+1', seq), 'Ada', 'Lovelace', NULL,
                 NULL, 1 {from}"
        ),
    ]
}

const ANALYZE: &str =
    "ANALYZE TABLE otp_challenges, otp_ledgers, otp_deliveries, otp_meters, otp_replies, otp_claims,
    otp_accounts";

/// Statistics for the planner.
pub fn analyze(connection: &mut MysqlConnection) {
    connection.batch_execute(ANALYZE).unwrap();
}

/// Fills the tables of the database at `url` with as many rows as a test of a growing store wants: into an empty table,
/// without checks, MariaDB sorts the rows of each index before it writes them.
pub fn fill(url: &str, rows: u64, last: i64) {
    let mut connection = MysqlConnection::establish(url).unwrap();
    let quick = "SET SESSION unique_checks = 0, SESSION foreign_key_checks = 0";
    connection.batch_execute(quick).unwrap();
    for statement in records(rows, last).into_iter().chain(others(rows / 100 + 1_000, last)) {
        connection.batch_execute(&statement).unwrap();
    }
    analyze(&mut connection);
}

/// Queries that read a table without an index.
pub fn scans(connection: &mut MysqlConnection) -> Vec<String> {
    let mut has_scan = |query: &String| {
        let plan: Vec<Line> = sql_query(format!("EXPLAIN {query}")).load(connection).unwrap();
        plan.iter().any(|line| line.key.is_none())
    };
    queries(&DIALECT).into_iter().filter(|query| has_scan(query)).collect()
}
