//! [`Running`]: which verification was begun for which message.

use std::collections::{HashMap, VecDeque};

/// How many verifications are remembered; the oldest are forgotten. At 10 minutes each that is 16 starts a second, and
/// one that is forgotten early only costs its resend another message.
const REMEMBERED: usize = 10_000;

/// The newest verifications that this process began, and the message of each.
#[derive(Default)]
pub(crate) struct Running {
    messages: HashMap<String, String>,
    /// The references, oldest first.
    references: VecDeque<String>,
}

impl Running {
    /// Whether the verification is the message's: begun for it before, or now, where it `is_new` and nobody has it.
    pub(crate) fn claim(&mut self, reference: &str, message: &str, is_new: bool) -> bool {
        if let Some(owner) = self.messages.get(reference) {
            return owner == message;
        }
        if is_new {
            if self.references.len() == REMEMBERED
                && let Some(oldest) = self.references.pop_front()
            {
                self.messages.remove(&oldest);
            }
            self.references.push_back(reference.to_owned());
            self.messages.insert(reference.to_owned(), message.to_owned());
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verification_is_one_message_s() {
        let mut running = Running::default();
        for (reference, message, is_new, is_ours) in [
            ("VE1", "a.1", true, true),
            ("VE1", "a.1", false, true),
            ("VE1", "a.1", true, true),
            ("VE1", "a.2", false, false),
            ("VE1", "a.2", true, false),
            // Begun by nobody here.
            ("VE2", "a.2", false, false),
            ("VE2", "b.1", true, true),
            ("VE2", "a.2", true, false),
        ] {
            assert_eq!(running.claim(reference, message, is_new), is_ours, "{reference} {message} {is_new}");
        }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut running = Running::default();
        for number in 0..3 * REMEMBERED {
            assert!(running.claim(&format!("VE{number}"), "a.1", true));
        }
        assert_eq!((running.messages.len(), running.references.len()), (REMEMBERED, REMEMBERED));
        assert!(!running.claim("VE0", "a.1", false));
        assert!(running.claim(&format!("VE{}", 3 * REMEMBERED - 1), "a.1", false));
    }
}
