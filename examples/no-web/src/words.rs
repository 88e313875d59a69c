//! A sentence for everything that can happen.

use std::time::Duration;

use otp_core::{InvalidRecipient, Outcome, Refusal, Timestamp};
use otp_service::{CheckError, DeliveryStatus, Session, StartError, StoreError};

pub(crate) const WELCOME: &str = "Prove who you are with a code by SMS or e-mail. `quit` leaves.";
pub(crate) const HELP: &str = "Type the code. `resend` sends it again, `cancel` withdraws it.";
pub(crate) const CANCELED: &str = "The code is withdrawn.";
pub(crate) const NOT_VERIFIED: &str = "Not verified.";

pub(crate) fn sent(session: &Session) -> String {
    let Session { recipient, code_length, .. } = session;
    match session.delivery {
        DeliveryStatus::Sent => format!("A code of {code_length} digits was sent to {}.", recipient.as_str()),
        DeliveryStatus::Queued => {
            format!("A code of {code_length} digits will be sent to {} in a moment.", recipient.as_str())
        }
    }
}

/// What time still allows.
pub(crate) fn countdown(now: Timestamp, expires_at: Timestamp, resend_at: Timestamp) -> String {
    let (life, wait) = (now.until(expires_at), now.until(resend_at));
    let code = if life.is_zero() {
        "The code has expired".to_owned()
    } else {
        format!("The code is valid for {} s", seconds(life))
    };
    let resend = if wait.is_zero() {
        "`resend` is possible".to_owned()
    } else {
        format!("`resend` in {} s", seconds(wait))
    };
    format!("{code}; {resend}.")
}

pub(crate) fn invalid(invalid: &InvalidRecipient) -> String {
    format!("That does not work: {invalid}.")
}

pub(crate) fn checked(outcome: Outcome) -> String {
    match outcome {
        Outcome::Verified => "You are verified.".to_owned(),
        Outcome::Wrong { checks_left: 0 } => {
            "That code is wrong, and it was the last guess. Ask for a new code.".to_owned()
        }
        Outcome::Wrong { checks_left } => format!("That code is wrong. Guesses left: {checks_left}."),
        Outcome::Mismatch => "That code was withdrawn, or a newer one took its place.".to_owned(),
        Outcome::Expired => "That code has expired. `resend` sends a new one.".to_owned(),
        Outcome::AlreadyVerified => "That code was used before. Ask for a new one.".to_owned(),
        Outcome::TooManyChecks => "There were too many wrong codes. Ask for a new code.".to_owned(),
        Outcome::Locked { retry_after } => locked(retry_after),
    }
}

pub(crate) fn not_sent(error: &StartError) -> String {
    match error {
        StartError::Refused(Refusal::Throttled { retry_after }) => {
            format!("Please wait {} s before asking for another code.", seconds(*retry_after))
        }
        StartError::Refused(Refusal::Locked { retry_after }) => locked(*retry_after),
        StartError::Refused(Refusal::Mismatch) => checked(Outcome::Mismatch),
        StartError::Refused(Refusal::AlreadyVerified) => checked(Outcome::AlreadyVerified),
        StartError::Refused(Refusal::TooManyChecks) => checked(Outcome::TooManyChecks),
        StartError::RegionNotAllowed => "Codes are not sent to that country.".to_owned(),
        StartError::ChannelNotSupported(channel) => format!("Codes are not sent by {channel}."),
        StartError::DeliveryFailed { class, .. } if class.may_fail_over() => {
            "The code could not be sent. Please try again later.".to_owned()
        }
        StartError::DeliveryFailed { .. } => "The code could not be sent there. Is it right?".to_owned(),
        StartError::Store(error) => out_of_order(error),
        // Also what later versions may add.
        error => format!("No code was sent: {error}."),
    }
}

pub(crate) fn not_checked(error: &CheckError) -> String {
    match error {
        CheckError::Store(error) => out_of_order(error),
        error => format!("The code was not checked: {error}."),
    }
}

pub(crate) fn not_canceled(error: &StoreError) -> String {
    out_of_order(error)
}

/// Nothing is decided: the same again may succeed.
fn out_of_order(error: &StoreError) -> String {
    format!("That could not be recorded ({error}). Please try again.")
}

fn locked(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!("There were too many wrong codes. Try again in {} s.", seconds(wait)),
        None => "There were too many wrong codes. Only support can unlock this now.".to_owned(),
    }
}

/// Whole seconds, rounded up: who waits so long has waited long enough.
fn seconds(duration: Duration) -> u128 {
    duration.as_millis().div_ceil(1_000)
}

#[cfg(test)]
mod tests {
    use otp_core::FailureClass;

    use super::*;

    #[test]
    fn the_countdown_follows_the_clock() {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let (expires_at, resend_at) = (start + Duration::from_secs(600), start + Duration::from_secs(60));
        for (passed, shown) in [
            (0, "The code is valid for 600 s; `resend` in 60 s."),
            (500, "The code is valid for 600 s; `resend` in 60 s."),
            (59_001, "The code is valid for 541 s; `resend` in 1 s."),
            (60_000, "The code is valid for 540 s; `resend` is possible."),
            (600_000, "The code has expired; `resend` is possible."),
        ] {
            let now = start + Duration::from_millis(passed);
            assert_eq!(countdown(now, expires_at, resend_at), shown, "after {passed} ms");
        }
    }

    fn failed(class: FailureClass) -> StartError {
        StartError::DeliveryFailed { class, other_channel: None }
    }

    #[test]
    fn what_a_dialogue_seldom_meets_has_words_as_well() {
        let minute = Some(Duration::from_secs(60));
        for (said, words) in [
            (checked(Outcome::Expired), "has expired"),
            (checked(Outcome::TooManyChecks), "too many wrong codes"),
            (checked(Outcome::Locked { retry_after: minute }), "Try again in 60 s"),
            (checked(Outcome::Locked { retry_after: None }), "Only support"),
            (not_sent(&Refusal::AlreadyVerified.into()), "used before"),
            (not_sent(&StartError::RegionNotAllowed), "country"),
            (not_sent(&failed(FailureClass::Transient)), "try again later"),
            (not_sent(&failed(FailureClass::Recipient)), "Is it right?"),
            (not_sent(&StoreError::TimedOut.into()), "Please try again"),
            (not_checked(&StoreError::Overloaded.into()), "Please try again"),
        ] {
            assert!(said.contains(words), "{said:?}");
        }
    }
}
