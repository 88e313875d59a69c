//! The tables, the same for every database; each has its own migrations.

diesel::table! {
    otp_challenges (challenge_key) {
        challenge_key -> Binary,
        ledger_key -> Binary,
        namespace -> Text,
        purpose -> Text,
        recipient -> Text,
        channel -> Text,
        language -> Text,
        parameters -> Text,
        context -> Nullable<Binary>,
        key_id -> Text,
        code_length -> BigInt,
        code_alphabet -> Text,
        generation -> BigInt,
        seed -> Binary,
        state -> Text,
        sends -> BigInt,
        checks -> BigInt,
        created_at -> BigInt,
        issued_at -> BigInt,
        expires_at -> BigInt,
        verified_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    otp_ledgers (ledger_key) {
        ledger_key -> Binary,
        live -> Binary,
        last_send_at -> Nullable<BigInt>,
        sends_hour -> Binary,
        sends_day -> Binary,
        failures_day -> Binary,
        failures_in_a_row -> BigInt,
        locked_at -> Nullable<BigInt>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    otp_deliveries (challenge_key) {
        challenge_key -> Binary,
        ledger_key -> Binary,
        namespace -> Text,
        generation -> BigInt,
        send -> BigInt,
        state -> Text,
        tries -> BigInt,
        unknown_tries -> BigInt,
        due_at -> BigInt,
        send_by -> BigInt,
        sender -> Nullable<Text>,
        reference -> Nullable<Text>,
        failure -> Nullable<Text>,
        other_channel -> Nullable<Text>,
        queued_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    otp_meters (meter_key) {
        meter_key -> Binary,
        idle_at -> BigInt,
    }
}

diesel::table! {
    otp_replies (reply_key) {
        reply_key -> Binary,
        fingerprint -> Binary,
        key_id -> Text,
        seed -> Binary,
        channel -> Text,
        code_length -> BigInt,
        expires_in -> BigInt,
        resend_in -> BigInt,
        is_queued -> BigInt,
        forget_at -> BigInt,
    }
}

diesel::table! {
    otp_claims (claim_key) {
        claim_key -> Binary,
        forget_at -> BigInt,
    }
}

diesel::table! {
    otp_accounts (account_id) {
        account_id -> Text,
        email -> Text,
        phone -> Text,
        first_name -> Text,
        last_name -> Text,
        email_verified_at -> Nullable<BigInt>,
        phone_verified_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}
