DROP TABLE IF EXISTS otp_accounts;
DROP TABLE IF EXISTS otp_claims;
DROP TABLE IF EXISTS otp_replies;
DROP TABLE IF EXISTS otp_meters;
DROP TABLE IF EXISTS otp_deliveries;
DROP TABLE IF EXISTS otp_ledgers;
DROP TABLE IF EXISTS otp_challenges;
