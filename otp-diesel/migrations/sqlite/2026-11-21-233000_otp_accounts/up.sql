-- Accounts of hosts that keep none themselves. Times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE otp_accounts (
    account_id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    phone TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email_verified_at INTEGER,
    phone_verified_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
