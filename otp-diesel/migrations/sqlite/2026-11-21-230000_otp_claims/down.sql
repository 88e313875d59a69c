DROP TABLE otp_claims;
