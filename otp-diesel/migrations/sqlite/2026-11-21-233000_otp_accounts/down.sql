DROP TABLE otp_accounts;
