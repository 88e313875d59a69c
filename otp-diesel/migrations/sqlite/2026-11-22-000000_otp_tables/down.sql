DROP TABLE otp_accounts;
DROP TABLE otp_claims;
DROP TABLE otp_replies;
DROP TABLE otp_meters;
DROP TABLE otp_deliveries;
DROP TABLE otp_ledgers;
DROP TABLE otp_challenges;
