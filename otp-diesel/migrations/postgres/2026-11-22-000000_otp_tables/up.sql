-- Keys are 32 bytes, times are milliseconds since 1970-01-01T00:00:00Z, counters are whole numbers.
-- Room on a page (fillfactor) for the next version of a row: an update that changes no indexed column then writes no
-- index.

CREATE TABLE otp_challenges (
    challenge_key BYTEA NOT NULL PRIMARY KEY,
    ledger_key BYTEA NOT NULL,
    namespace TEXT NOT NULL,
    purpose TEXT NOT NULL,
    recipient TEXT NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    -- The message's host parameters, a JSON object of texts.
    parameters TEXT NOT NULL,
    context BYTEA,
    key_id TEXT NOT NULL,
    code_length BIGINT NOT NULL,
    code_alphabet TEXT NOT NULL,
    generation BIGINT NOT NULL,
    seed BYTEA NOT NULL,
    -- pending, verified, canceled
    state TEXT NOT NULL,
    sends BIGINT NOT NULL,
    checks BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    verified_at BIGINT
) WITH (fillfactor = 75);
-- What has expired was created before: this finds both.
CREATE INDEX otp_challenges_by_creation ON otp_challenges (created_at, expires_at);
CREATE INDEX otp_challenges_by_ledger ON otp_challenges (ledger_key, created_at);

CREATE TABLE otp_ledgers (
    ledger_key BYTEA NOT NULL PRIMARY KEY,
    -- Keys of live challenges, 32 bytes each, oldest first.
    live BYTEA NOT NULL,
    last_send_at BIGINT,
    -- Counts of a window: 12 bytes a part, number (8) and events (4), big-endian.
    sends_hour BYTEA NOT NULL,
    sends_day BYTEA NOT NULL,
    failures_day BYTEA NOT NULL,
    failures_in_a_row BIGINT NOT NULL,
    locked_at BIGINT,
    updated_at BIGINT NOT NULL,
    -- Changes once an hour at most, so that most updates leave the index alone.
    updated_hour BIGINT NOT NULL GENERATED ALWAYS AS (updated_at / 3600000) STORED
) WITH (fillfactor = 70);
-- What retention may delete; a lock outlives it.
CREATE INDEX otp_ledgers_by_age ON otp_ledgers (updated_hour) WHERE locked_at IS NULL;

CREATE TABLE otp_deliveries (
    challenge_key BYTEA NOT NULL PRIMARY KEY,
    ledger_key BYTEA NOT NULL,
    namespace TEXT NOT NULL,
    generation BIGINT NOT NULL,
    send BIGINT NOT NULL,
    -- queued, sending, sent, delivered, failed, abandoned
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    unknown_tries BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    send_by BIGINT NOT NULL,
    sender TEXT,
    -- The provider's name for the message.
    reference TEXT,
    -- The class of the last failure.
    failure TEXT,
    other_channel TEXT,
    queued_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) WITH (fillfactor = 60);
-- What a worker has still to do; the condition is the one of the query, word for word.
CREATE INDEX otp_deliveries_due ON otp_deliveries (namespace, due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX otp_deliveries_by_reference ON otp_deliveries (reference) WHERE reference IS NOT NULL;

CREATE TABLE otp_meters (
    meter_key BYTEA NOT NULL PRIMARY KEY,
    idle_at BIGINT NOT NULL,
    -- Changes once an hour at most, so that most updates leave the index alone.
    idle_hour BIGINT NOT NULL GENERATED ALWAYS AS (idle_at / 3600000) STORED
) WITH (fillfactor = 80);
CREATE INDEX otp_meters_by_idle ON otp_meters (idle_hour);

CREATE TABLE otp_replies (
    reply_key BYTEA NOT NULL PRIMARY KEY,
    fingerprint BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    seed BYTEA NOT NULL,
    channel TEXT NOT NULL,
    code_length BIGINT NOT NULL,
    -- Milliseconds.
    expires_in BIGINT NOT NULL,
    resend_in BIGINT NOT NULL,
    -- 0 or 1.
    is_queued BIGINT NOT NULL,
    forget_at BIGINT NOT NULL
);
CREATE INDEX otp_replies_by_end ON otp_replies (forget_at);

-- Proofs that were claimed, one row each, until nobody's clock takes them for good any more.
CREATE TABLE otp_claims (
    claim_key BYTEA NOT NULL PRIMARY KEY,
    forget_at BIGINT NOT NULL
);
CREATE INDEX otp_claims_by_end ON otp_claims (forget_at);

-- Accounts of hosts that keep none themselves.
CREATE TABLE otp_accounts (
    account_id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    phone TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email_verified_at BIGINT,
    phone_verified_at BIGINT,
    created_at BIGINT NOT NULL
);
