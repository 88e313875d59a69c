//! What the store asks its database: for the tests of this crate and for the benchmark `growth` of otp-tests.
#![allow(unreachable_pub, reason = "a part of several programs")]

/// What a database writes in its own way.
pub struct Dialect {
    /// Deliveries that are not settled.
    pub unsettled: &'static str,
    /// When they are due.
    pub due_at: &'static str,
    /// The key of row 7 of the table that the letter stands for.
    pub key: fn(&str) -> String,
    pub locking: &'static str,
    pub locking_free: &'static str,
}

/// What the store asks, with the values in place.
pub fn queries(dialect: &Dialect) -> Vec<String> {
    let Dialect { unsettled, due_at, key, locking, locking_free } = dialect;
    let by_key = |table: &str, column: &str, letter: &str, and: &str, lock: &str| {
        format!("SELECT {column} FROM {table} WHERE {column} IN ({}){and}{lock}", key(letter))
    };
    let load =
        |table, column, letter| by_key(table, column, letter, "", &format!(" ORDER BY {column}{locking}"));
    let (ledger, old, new) = (key("l"), 1_600_000_000_000_i64, 1_900_000_000_000_i64);
    let hour = old / 3_600_000;
    // What is found to be over, in which order, and what is asked again when it is locked.
    let over = [
        (
            "otp_challenges",
            "challenge_key",
            "c",
            format!("created_at < {old} AND expires_at < {old}"),
            "created_at",
            format!("created_at < {new} AND expires_at < {new}"),
        ),
        (
            "otp_ledgers",
            "ledger_key",
            "l",
            format!("updated_hour <= {hour} AND updated_at < {old} AND locked_at IS NULL"),
            "updated_hour",
            format!("updated_at < {new} AND locked_at IS NULL"),
        ),
        (
            "otp_meters",
            "meter_key",
            "m",
            format!("idle_hour <= {hour} AND idle_at < {old}"),
            "idle_hour",
            format!("idle_at < {new}"),
        ),
        (
            "otp_replies",
            "reply_key",
            "r",
            format!("forget_at < {old}"),
            "forget_at",
            format!("forget_at < {new}"),
        ),
        (
            "otp_claims",
            "claim_key",
            "p",
            format!("forget_at < {old}"),
            "forget_at",
            format!("forget_at < {new}"),
        ),
    ];
    let mut queries = vec![
        load("otp_challenges", "challenge_key", "c"),
        load("otp_ledgers", "ledger_key", "l"),
        load("otp_deliveries", "challenge_key", "c"),
        load("otp_meters", "meter_key", "m"),
        load("otp_replies", "reply_key", "r"),
        load("otp_claims", "claim_key", "p"),
        format!(
            "SELECT challenge_key FROM otp_deliveries WHERE {unsettled} AND namespace = 'default'
             AND {due_at} <= 1900000000000 ORDER BY {due_at} LIMIT 10{locking_free}"
        ),
        format!("SELECT count(*), min({due_at}) FROM otp_deliveries WHERE {unsettled}"),
        "SELECT * FROM otp_deliveries WHERE reference = 'SM1' AND sender = 'twilio' ORDER BY queued_at DESC LIMIT 1".to_owned(),
        "SELECT * FROM otp_challenges ORDER BY created_at DESC LIMIT 50".to_owned(),
        format!("SELECT * FROM otp_challenges WHERE created_at < {old} ORDER BY created_at DESC LIMIT 50"),
        format!("SELECT * FROM otp_challenges WHERE ledger_key IN ({ledger}) ORDER BY created_at DESC LIMIT 50"),
        format!("SELECT challenge_key FROM otp_challenges WHERE ledger_key IN ({ledger}) ORDER BY challenge_key{locking}"),
        format!("SELECT count(*) FROM otp_challenges WHERE created_at < {old} AND expires_at < {old}"),
        format!("SELECT * FROM otp_challenges WHERE created_at < {old} AND expires_at < {old} ORDER BY created_at LIMIT 20"),
        "SELECT * FROM otp_accounts WHERE email = '7@example.com'".to_owned(),
        "SELECT * FROM otp_accounts WHERE phone = '+17'".to_owned(),
    ];
    for (table, column, letter, found, order, still) in over {
        queries.push(format!("SELECT {column} FROM {table} WHERE {found} ORDER BY {order} LIMIT 20000"));
        queries.push(by_key(table, column, letter, &format!(" AND {still}"), locking_free));
    }
    queries
}
