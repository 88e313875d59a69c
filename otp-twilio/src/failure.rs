//! What Twilio's error codes mean for a delivery.
//!
//! Codes and their meaning: <https://www.twilio.com/docs/api/errors>. The classes are ours.

use otp_core::{Channel, FailureClass};
use otp_provider::{Answer, class_of_status};
use otp_service::SendError;
use serde::Deserialize;
use serde_json::Value;

use FailureClass::{Blocked, Provider, Recipient, Request, Route, Transient, Unknown};

/// Codes with one meaning.
struct Group {
    class: FailureClass,
    /// What may reach the recipient instead.
    other_channel: Option<Channel>,
    #[expect(dead_code, reason = "the reason stands beside the codes")]
    why: &'static str,
    codes: &'static [u32],
}

const fn group(class: FailureClass, why: &'static str, codes: &'static [u32]) -> Group {
    Group { class, other_channel: None, why, codes }
}

const fn group_with(
    class: FailureClass,
    other_channel: Channel,
    why: &'static str,
    codes: &'static [u32],
) -> Group {
    Group { class, other_channel: Some(other_channel), why, codes }
}

/// Every code this crate knows.
const TABLE: &[Group] = &[
    // The interface as a whole.
    group(
        Provider,
        "account closed or suspended, or credentials wrong",
        &[10001, 10002, 20003, 20005, 20006, 20008, 20403, 20404, 30002, 63051],
    ),
    group(
        Transient,
        "too many requests, calls or messages at once; nothing was taken",
        &[10004, 20429, 20503, 21611, 30001, 30017, 63018],
    ),
    group(Unknown, "failed half-way: it may have been queued", &[20500, 20504]),
    group(
        Request,
        "a request that this crate should not have made",
        &[20001, 20004, 21201, 21205, 21602, 21604, 21605, 21617, 21619],
    ),
    // Who sends.
    group(
        Provider,
        "the number or service that we send from",
        &[21210, 21212, 21213, 21603, 21606, 21659, 21660, 21661, 21701, 21703, 21704, 21705],
    ),
    group(Provider, "what the account may send to", &[21215, 21216, 21219, 21408, 21608, 30037]),
    group(Provider, "options of ours: callback address, price, template", &[21609, 21655, 21656, 30010]),
    group(
        Provider,
        "the registration that carriers want of a sender",
        &[30018, 30022, 30023, 30024, 30026, 30027, 30032, 30033, 30034, 30035],
    ),
    // Whom it goes to.
    group(Recipient, "no such number", &[21211, 21217, 30005]),
    group_with(
        Recipient,
        Channel::Voice,
        "a landline: it takes calls and no texts",
        &[21614, 21635, 30006, 60205],
    ),
    group_with(Recipient, Channel::Sms, "not on WhatsApp", &[63003, 63024]),
    group(Blocked, "opted out, or blocked by person or carrier", &[21610, 30004, 63014]),
    group(
        Blocked,
        "fraud protection: another provider would pay for the same fraud",
        &[30450, 30453, 60410, 60605],
    ),
    group(Blocked, "a limit on the number: going elsewhere would go round it", &[60203, 60212]),
    // The way there.
    group(
        Route,
        "no way to the number from here, or not now",
        &[21214, 21612, 30003, 30007, 30008, 30036, 30410, 63009, 63032, 63049],
    ),
    // WhatsApp.
    group(
        Provider,
        "the WhatsApp sender, its template or its policy",
        &[63001, 63002, 63005, 63007, 63008, 63013, 63015, 63016, 63020, 63027, 63028, 63040, 63041, 63042],
    ),
    group(Transient, "WhatsApp or its channel is out of order", &[63010, 63012]),
    // Verify.
    group(Provider, "the Verify service or what it is allowed", &[60220, 60223, 60238]),
];

/// A parameter that Verify refuses: the recipient's number or a mistake of ours, which only the text tells.
const INVALID_PARAMETER: u32 = 60200;
/// Countries that the account may not send to.
const COUNTRY_REFUSED: [u32; 2] = [21215, 21408];

/// How codes are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// Whether the host lets through only countries it means to serve. Where it does not, a country that Twilio
    /// refuses is one that nobody meant to serve, and another provider must not be asked.
    pub(crate) has_country_list: bool,
}

impl Judgement {
    fn of(self, code: u32) -> Option<(FailureClass, Option<Channel>)> {
        let group = TABLE.iter().find(|group| group.codes.contains(&code))?;
        if !self.has_country_list && COUNTRY_REFUSED.contains(&code) {
            return Some((Blocked, None));
        }
        Some((group.class, group.other_channel))
    }

    /// What a message that Twilio took and could not deliver means, and what may reach the recipient instead. A code
    /// that nobody knows means that it did not arrive this way.
    pub(crate) fn of_delivery(self, code: Option<u32>) -> (FailureClass, Option<Channel>) {
        code.and_then(|code| self.of(code)).unwrap_or((Route, None))
    }

    /// What an error answer means.
    pub(crate) fn of_answer(self, sender: &str, answer: &Answer) -> SendError {
        let by_status = answer.failure(sender);
        let Some(problem) = answer.json::<Problem>().filter(|_| !answer.is_success()) else {
            return by_status;
        };
        let Some(code) = problem.code.as_ref().and_then(number) else { return by_status };
        let (class, other_channel) = match self.of(code) {
            Some(meaning) => meaning,
            None if code == INVALID_PARAMETER => (problem.invalid_parameter(), None),
            None => (class_of_status(answer.status()), None),
        };
        let mut failure = SendError { class, ..by_status }.code(code.to_string());
        failure.other_channel = other_channel;
        failure
    }

    /// A message that Twilio answered with a 2xx and failed at once.
    pub(crate) fn of_message(self, sender: &str, code: Option<u32>) -> SendError {
        let (class, other_channel) = self.of_delivery(code);
        let code = code.map(|code| code.to_string());
        SendError { code, other_channel, ..SendError::new(sender, class) }
    }
}

/// The body of an error.
#[derive(Deserialize)]
pub(crate) struct Problem {
    #[serde(default)]
    pub(crate) code: Option<Value>,
    /// It quotes numbers, so it is looked at and never repeated.
    #[serde(default)]
    message: Option<String>,
}

impl Problem {
    fn invalid_parameter(&self) -> FailureClass {
        if self.names("To") { Recipient } else { Request }
    }

    /// Whether it is about this parameter.
    pub(crate) fn names(&self, parameter: &str) -> bool {
        let names = |message: &String| message.contains(&format!("`{parameter}`"));
        self.message.as_ref().is_some_and(names)
    }
}

/// An error code, which is a number in answers and a text in callbacks.
pub(crate) fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_u64()?.try_into().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_once() {
        let mut codes: Vec<u32> = TABLE.iter().flat_map(|group| group.codes).copied().collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
        assert!(!codes.contains(&INVALID_PARAMETER));
        let mut offered = TABLE.iter().filter_map(|group| group.other_channel);
        assert!(offered.all(Channel::takes_phone_number), "a number has no mailbox");
    }

    #[test]
    fn refused_countries() {
        for (has_country_list, class) in [(true, Provider), (false, Blocked)] {
            let judgement = Judgement { has_country_list };
            for code in COUNTRY_REFUSED {
                assert_eq!(judgement.of(code), Some((class, None)), "{code}");
            }
        }
    }

    #[test]
    fn what_was_not_delivered() {
        for (code, expected) in [
            (Some(30006), (Recipient, Some(Channel::Voice))),
            (Some(63024), (Recipient, Some(Channel::Sms))),
            (Some(30005), (Recipient, None)),
            (Some(30003), (Route, None)),
            (Some(1), (Route, None)),
            (None, (Route, None)),
        ] {
            let judgement = Judgement { has_country_list: true };
            assert_eq!(judgement.of_delivery(code), expected, "{code:?}");
            let error = judgement.of_message("twilio", code);
            assert_eq!((error.class, error.other_channel), expected, "{code:?}");
            assert_eq!(error.code, code.map(|code| code.to_string()));
        }
    }
}
