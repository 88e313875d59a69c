//! Vonage: SMS, Messages, voice, Verify, delivery receipts.
