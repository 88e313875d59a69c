-- Proofs that were claimed, one row each, until nobody's clock takes them for good any more.
CREATE TABLE otp_claims (
    claim_key BLOB NOT NULL PRIMARY KEY,
    forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX otp_claims_by_end ON otp_claims (forget_at);
