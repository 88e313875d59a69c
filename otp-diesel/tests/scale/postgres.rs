//! Many rows on PostgreSQL: for the tests of this crate and for the benchmark `growth` of otp-tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each program has some of it, and may stop"
)]

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query,
    sql_types::Text,
};

use super::queries::{Dialect, queries};

const DIALECT: Dialect = Dialect {
    unsettled: "state IN ('queued', 'sending')",
    due_at: "due_at",
    key: |letter| format!("sha256('{letter}7')"),
    locking: " FOR UPDATE",
    locking_free: " FOR UPDATE SKIP LOCKED",
};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

/// Challenges that were verified, each with its ledger and its delivery, a millisecond apart until `last`.
pub fn records(rows: u64, last: i64) -> Vec<String> {
    let from = format!("FROM generate_series(1, {rows}) i");
    vec![
        format!(
            "INSERT INTO otp_challenges SELECT sha256(('c' || i)::bytea), sha256(('l' || i)::bytea), 'default', 'verify',
                 '+1' || 2000000000 + i, 'sms', 'en', '{{}}', NULL, '2026-11', 6, 'digits', 1,
                 '\\x00112233445566778899aabbccddeeff', 'verified', 1, 1, {last} - i, {last} - i, {last} + 600000 - i,
                 {last} + 5000 - i {from}"
        ),
        format!(
            "INSERT INTO otp_ledgers SELECT sha256(('l' || i)::bytea), sha256(('c' || i)::bytea), {last} - i,
                 substring(sha256('h'), 1, 12), substring(sha256('d'), 1, 12), '', 0, NULL, {last} - i {from}"
        ),
        format!(
            "INSERT INTO otp_deliveries SELECT sha256(('c' || i)::bytea), sha256(('l' || i)::bytea), 'default', 1, 1, 'sent',
                 1, 0, {last} - i, {last} + 540000 - i, 'twilio', 'SM' || md5(i::text), NULL, NULL, {last} - i,
                 {last} - i {from}"
        ),
    ]
}

/// The other tables: idle, and to be forgotten, a millisecond apart until `last`.
pub fn others(rows: u64, last: i64) -> Vec<String> {
    let from = format!("FROM generate_series(1, {rows}) i");
    vec![
        format!(
            "INSERT INTO otp_meters (meter_key, idle_at) SELECT sha256(('m' || i)::bytea), {last} - i {from}"
        ),
        format!(
            "INSERT INTO otp_replies SELECT sha256(('r' || i)::bytea), sha256('f'), '2026-11',
                 '\\x00112233445566778899aabbccddeeff', 'sms', 6, 600000, 30000, 1, {last} - i {from}"
        ),
        format!("INSERT INTO otp_claims SELECT sha256(('p' || i)::bytea), {last} - i {from}"),
        format!(
            "INSERT INTO otp_accounts SELECT i::text, i || '@example.com', '+1' || i, 'Ada', 'Lovelace', NULL, NULL, 1 {from}"
        ),
    ]
}

/// Statistics for the planner.
pub fn analyze(connection: &mut PgConnection) {
    connection.batch_execute("ANALYZE").unwrap();
}

/// Fills the tables of the database at `url` with as many rows as a test of a growing store wants: indexes are made
/// when the rows are there, and nothing waits for the disk until then.
pub fn fill(url: &str, rows: u64, last: i64) {
    let mut connection = PgConnection::establish(url).unwrap();
    let quick = "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'";
    connection.batch_execute(quick).unwrap();
    let take =
        "CREATE TEMPORARY TABLE indexes AS SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN
            ('otp_challenges', 'otp_ledgers', 'otp_deliveries') AND indexname NOT LIKE '%pkey';
         DO $$ DECLARE name text; BEGIN
             FOR name IN SELECT indexname FROM indexes LOOP EXECUTE 'DROP INDEX ' || name; END LOOP;
         END $$;
         ALTER TABLE otp_challenges DROP CONSTRAINT otp_challenges_pkey;
         ALTER TABLE otp_ledgers DROP CONSTRAINT otp_ledgers_pkey;
         ALTER TABLE otp_deliveries DROP CONSTRAINT otp_deliveries_pkey";
    let give = "ALTER TABLE otp_challenges ADD PRIMARY KEY (challenge_key);
         ALTER TABLE otp_ledgers ADD PRIMARY KEY (ledger_key);
         ALTER TABLE otp_deliveries ADD PRIMARY KEY (challenge_key);
         DO $$ DECLARE definition text; BEGIN
             FOR definition IN SELECT indexdef FROM indexes LOOP EXECUTE definition; END LOOP;
         END $$";
    let records = records(rows, last);
    let others = others(rows / 100 + 1_000, last);
    let fill = [take].into_iter().chain(records.iter().map(String::as_str)).chain([give]);
    for statement in fill.chain(others.iter().map(String::as_str)).chain(["VACUUM ANALYZE", "CHECKPOINT"]) {
        connection.batch_execute(statement).unwrap();
    }
}

/// Queries that read a table without an index, and their plans. The planner may scan: what it chooses by itself, with
/// statistics, must be an index.
pub fn scans(connection: &mut PgConnection) -> Vec<String> {
    let plan_of = |query: &String| {
        let plan: Vec<Line> = sql_query(format!("EXPLAIN {query}")).load(connection).unwrap();
        let plan: Vec<_> = plan.into_iter().map(|line| line.text).collect();
        format!("{query}\n{}", plan.join("\n"))
    };
    let plans: Vec<String> = queries(&DIALECT).iter().map(plan_of).collect();
    plans.into_iter().filter(|plan| !plan.contains("Index") || plan.contains("Seq Scan")).collect()
}
