-- Keys are 32 bytes, times are milliseconds since 1970-01-01T00:00:00Z, counters are whole numbers.
-- A failed migration may leave some of the tables behind, since each CREATE TABLE commits at once;
-- the next run goes on there.

CREATE TABLE IF NOT EXISTS otp_challenges (
    challenge_key VARBINARY(32) NOT NULL PRIMARY KEY,
    ledger_key VARBINARY(32) NOT NULL,
    namespace VARCHAR(64) NOT NULL,
    purpose VARCHAR(64) NOT NULL,
    recipient VARCHAR(254) NOT NULL,
    channel VARCHAR(32) NOT NULL,
    language VARCHAR(35) NOT NULL,
    -- The message's host parameters, a JSON object of texts.
    parameters MEDIUMTEXT NOT NULL,
    context VARBINARY(32),
    key_id VARCHAR(16) NOT NULL,
    code_length BIGINT NOT NULL,
    code_alphabet VARCHAR(32) NOT NULL,
    generation BIGINT NOT NULL,
    seed VARBINARY(16) NOT NULL,
    -- pending, verified, canceled
    state VARCHAR(32) NOT NULL,
    sends BIGINT NOT NULL,
    checks BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    verified_at BIGINT,
    -- What has expired was created before: this finds both.
    INDEX otp_challenges_by_creation (created_at, expires_at),
    INDEX otp_challenges_by_ledger (ledger_key, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS otp_ledgers (
    ledger_key VARBINARY(32) NOT NULL PRIMARY KEY,
    -- Keys of live challenges, 32 bytes each, oldest first.
    live BLOB NOT NULL,
    last_send_at BIGINT,
    -- Counts of a window: 12 bytes a part, number (8) and events (4), big-endian.
    sends_hour VARBINARY(600) NOT NULL,
    sends_day VARBINARY(600) NOT NULL,
    failures_day VARBINARY(600) NOT NULL,
    failures_in_a_row BIGINT NOT NULL,
    locked_at BIGINT,
    updated_at BIGINT NOT NULL,
    -- Changes once an hour at most, so that most updates leave the index alone.
    updated_hour BIGINT GENERATED ALWAYS AS (updated_at DIV 3600000) STORED,
    -- What retention may delete; a lock outlives it.
    INDEX otp_ledgers_by_age (locked_at, updated_hour)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS otp_deliveries (
    challenge_key VARBINARY(32) NOT NULL PRIMARY KEY,
    ledger_key VARBINARY(32) NOT NULL,
    namespace VARCHAR(64) NOT NULL,
    generation BIGINT NOT NULL,
    send BIGINT NOT NULL,
    -- queued, sending, sent, delivered, failed, abandoned
    state VARCHAR(32) NOT NULL,
    tries BIGINT NOT NULL,
    unknown_tries BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    send_by BIGINT NOT NULL,
    sender TEXT,
    -- The provider's name for the message.
    reference TEXT,
    -- The class of the last failure.
    failure VARCHAR(32),
    other_channel VARCHAR(32),
    queued_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- What a worker has still to do.
    unsettled_due_at BIGINT GENERATED ALWAYS AS
        (CASE WHEN state IN ('queued', 'sending') THEN due_at END) STORED,
    INDEX otp_deliveries_due (unsettled_due_at, namespace),
    INDEX otp_deliveries_by_reference (reference(64))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS otp_meters (
    meter_key VARBINARY(32) NOT NULL PRIMARY KEY,
    idle_at BIGINT NOT NULL,
    -- Changes once an hour at most, so that most updates leave the index alone.
    idle_hour BIGINT GENERATED ALWAYS AS (idle_at DIV 3600000) STORED,
    INDEX otp_meters_by_idle (idle_hour)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS otp_replies (
    reply_key VARBINARY(32) NOT NULL PRIMARY KEY,
    fingerprint VARBINARY(32) NOT NULL,
    key_id VARCHAR(16) NOT NULL,
    seed VARBINARY(16) NOT NULL,
    channel VARCHAR(32) NOT NULL,
    code_length BIGINT NOT NULL,
    -- Milliseconds.
    expires_in BIGINT NOT NULL,
    resend_in BIGINT NOT NULL,
    -- 0 or 1.
    is_queued BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    INDEX otp_replies_by_end (forget_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Proofs that were claimed, one row each, until nobody's clock takes them for good any more.
CREATE TABLE IF NOT EXISTS otp_claims (
    claim_key VARBINARY(32) NOT NULL PRIMARY KEY,
    forget_at BIGINT NOT NULL,
    INDEX otp_claims_by_end (forget_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Accounts of hosts that keep none themselves.
CREATE TABLE IF NOT EXISTS otp_accounts (
    account_id VARCHAR(64) NOT NULL PRIMARY KEY,
    email VARCHAR(254) NOT NULL UNIQUE,
    phone VARCHAR(32) NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email_verified_at BIGINT,
    phone_verified_at BIGINT,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
