//! Twilio: messages, WhatsApp, voice, Verify, Lookup, delivery receipts.
