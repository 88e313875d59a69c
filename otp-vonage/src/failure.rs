//! What Vonage's codes mean.
//!
//! | table | says | source |
//! |---|---|---|
//! | [`SMS_STATUS`] | why the SMS API took no message | SMS API description, `x-errors` |
//! | [`ERR_CODE`] | why a text message did not arrive (`err-code`) | delivery receipts guide |
//! | [`MESSAGE_CODE`] | why a message did not arrive (`error`) | Messages API description, `x-errors` |
//! | [`CALL_STATUS`] | why a call was not answered | Voice API, webhook reference |

use otp_core::{
    Channel,
    FailureClass::{self, Blocked, Provider, Recipient, Request, Route, Transient, Unknown},
};
use otp_provider::Answer;
use otp_service::SendError;
use serde_json::Value;

/// Codes of one meaning, the class they have, and why.
struct Group {
    codes: &'static [u16],
    class: FailureClass,
    #[expect(dead_code, reason = "says to whoever reads the table why the class is right")]
    reason: &'static str,
}

const fn group(codes: &'static [u16], class: FailureClass, reason: &'static str) -> Group {
    Group { codes, class, reason }
}

/// `status` of a part that was not accepted. Anything else is [`Provider`]: it answered, and did not accept.
const SMS_STATUS: &[Group] = &[
    group(&[1, 5, 10], Transient, "throttled, internal error, too many connections: later is better"),
    group(&[2, 12], Request, "a parameter is missing, the text is too long: another try is refused as well"),
    group(&[3], Provider, "a value of ours; where the text names `to` it is the recipient"),
    group(&[6, 33], Recipient, "the number's prefix is unknown, the number is switched off"),
    group(&[7], Blocked, "barred by Vonage or at the recipient's wish"),
    group(
        &[4, 8, 9, 11, 14, 15, 23, 29, 32],
        Provider,
        "credentials, account, credit, signature, sender, callback",
    ),
    group(&[22], Route, "no route to the recipient's network"),
];

/// `err-code` of a receipt. Anything else is [`Route`]: this way did not work, another may.
const ERR_CODE: &[Group] = &[
    group(&[1, 2, 5, 6, 11, 99], Route, "unknown, absent for now, number ported, spam filter, no route"),
    group(&[3, 12, 14, 15], Recipient, "absent for good, unreachable, blocked by its carrier, out of credit"),
    group(&[4, 9, 13], Blocked, "barred by the user, opted out, age restriction"),
    group(&[7, 8], Transient, "handset busy, network error"),
    group(&[10], Request, "an illegal message"),
    group(&[16, 39, 50, 51, 52, 53, 54], Provider, "quota, sender not allowed there, filters, regulation"),
];

/// The number in a message status. Anything else is [`Route`].
const MESSAGE_CODE: &[Group] = &[
    group(
        &[1000, 1030, 1100, 1220, 1230, 1331],
        Transient,
        "throttled, internal, network, busy: later is better",
    ),
    group(&[1010, 1090, 1130, 1150, 1320, 1380, 1381, 1382, 1450], Request, "the request itself"),
    group(
        &[1040, 1170, 1190, 1260, 1280, 1290, 1300, 1310, 1430],
        Recipient,
        "the number, its plan or its device",
    ),
    group(&[1050, 1240, 1241, 1270], Blocked, "barred, opted out, sent to too often, age restriction"),
    group(
        &[1020, 1021, 1022, 1060, 1070, 1080, 1120, 1140, 1160, 1340, 1350, 1370, 1400, 1410, 1420, 1440],
        Provider,
        "parameters that come from configuration, account, credit, sender, template",
    ),
    group(
        &[1180, 1200, 1210, 1250, 1330, 1360],
        Route,
        "absent for now, ported, spam filter, no route, too late",
    ),
];

/// Numbers that say that a channel does not reach the number at all, and which one may instead: its plan or device has
/// no SMS, or nobody is there on WhatsApp.
const OTHER_CHANNEL: &[(Channel, &[u16], Channel)] =
    &[(Channel::Sms, &[1280, 1310], Channel::Voice), (Channel::Whatsapp, &[1300, 1310], Channel::Sms)];

/// How a call ended that nobody answered. The recipient may answer the next one.
const CALL_STATUS: &[(&str, FailureClass)] = &[
    ("busy", Transient),
    ("unanswered", Route),
    ("timeout", Route),
    ("cancelled", Route),
    ("rejected", Route),
    ("failed", Route),
];

/// Of a part of the SMS API's answer; `text` is its `error-text`.
pub(crate) fn of_sms_status(status: &str, text: &str) -> FailureClass {
    match status {
        "3" if names_to(text) => Recipient,
        _ => find(SMS_STATUS, status).unwrap_or(Provider),
    }
}

/// Of an SMS receipt.
pub(crate) fn of_err_code(code: &str) -> FailureClass {
    find(ERR_CODE, code).unwrap_or(Route)
}

/// Of a message status.
pub(crate) fn of_message_code(code: &str) -> FailureClass {
    find(MESSAGE_CODE, code).unwrap_or(Route)
}

/// Of a call's last event; `None` where the status is no failure.
pub(crate) fn of_call_status(status: &str) -> Option<FailureClass> {
    CALL_STATUS.iter().find(|(name, _)| *name == status).map(|(_, class)| *class)
}

/// How bad a class is where the parts of one message differ: the worst part decides, because a code cannot be read
/// from the others. What forbids another try is worse than what allows it.
pub(crate) const fn severity(class: FailureClass) -> u8 {
    match class {
        Unknown => 0,
        Transient => 1,
        Route => 2,
        Provider => 3,
        Request => 4,
        Recipient => 5,
        Blocked => 6,
    }
}

/// Of an answer with a problem document; `otherwise` is the class of a 422 (or 400) that is not about the recipient.
pub(crate) fn of_problem(sender: &str, answer: &Answer, otherwise: FailureClass) -> SendError {
    if !matches!(answer.status(), 400 | 422) {
        return answer.failure(sender);
    }
    let problem: Value = answer.json().unwrap_or_default();
    let code = problem_code(&problem).unwrap_or_else(|| format!("http_{}", answer.status()));
    let class = if is_about_recipient(&problem) { Recipient } else { otherwise };
    SendError::new(sender, class).code(code)
}

/// The same of a message by `channel`: where the number says that this channel does not reach the recipient, the other
/// one is offered.
pub(crate) fn of_message_problem(sender: &str, answer: &Answer, channel: Channel) -> SendError {
    let failure = of_problem(sender, answer, Provider);
    match failure.code.as_deref().and_then(|code| other_channel(channel, code)) {
        Some(other) => SendError { class: Recipient, ..failure }.other_channel(other),
        None => failure,
    }
}

/// What may reach the recipient where the number of an answer or a message status says that `channel` does not.
pub(crate) fn other_channel(channel: Channel, code: &str) -> Option<Channel> {
    let code = code.parse().ok()?;
    let mut known = OTHER_CHANNEL.iter();
    known.find(|(from, codes, _)| *from == channel && codes.contains(&code)).map(|(.., other)| *other)
}

/// The number of the problem: the fragment of `type`, or `title`.
pub(crate) fn problem_code(problem: &Value) -> Option<String> {
    let is_code = |text: &&str| (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let title = match problem.get("title") {
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let fragment = problem.get("type").and_then(Value::as_str).and_then(|url| url.rsplit_once('#'));
    let fragment = fragment.map(|(_, fragment)| fragment).filter(is_code).map(str::to_owned);
    fragment.or_else(|| title.filter(|title| is_code(&title.as_str())))
}

/// `invalid_parameters` decides where it is there: a list of names, or an object (Voice). Else the text does.
fn is_about_recipient(problem: &Value) -> bool {
    let is_to = |name: &str| name.split(['.', '[', ']']).any(|part| part == "to");
    match problem.get("invalid_parameters") {
        Some(Value::Array(list)) if !list.is_empty() => {
            list.iter().filter_map(|one| one.get("name")?.as_str()).any(is_to)
        }
        Some(Value::Object(names)) if !names.is_empty() => names.keys().any(|name| is_to(name)),
        _ => problem.get("detail").and_then(Value::as_str).is_some_and(names_to),
    }
}

/// Whether a text of Vonage's says that the parameter `to` is wrong: "... for param: to", "The `to` parameter ...".
fn names_to(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words: Vec<_> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_parameter = |word: &str| matches!(word, "param" | "parameter");
    text.contains("`to`") || words.windows(2).any(|pair| is_parameter(pair[0]) && pair[1] == "to")
}

fn find(table: &[Group], code: &str) -> Option<FailureClass> {
    let code = code.parse().ok()?;
    table.iter().find(|group| group.codes.contains(&code)).map(|group| group.class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_one_group() {
        for table in [SMS_STATUS, ERR_CODE, MESSAGE_CODE] {
            let mut codes: Vec<_> = table.iter().flat_map(|group| group.codes).collect();
            let count = codes.len();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), count, "{codes:?}");
        }
    }

    #[test]
    fn another_channel_is_for_what_is_wrong_with_the_recipient() {
        for (channel, codes, other) in OTHER_CHANNEL {
            for code in codes.iter().map(u16::to_string) {
                assert_eq!(of_message_code(&code), Recipient, "{code}");
                assert_eq!(other_channel(*channel, &code), Some(*other), "{code}");
            }
            assert!(channel != other && other.takes_phone_number(), "{channel}: {other}");
        }
        assert_eq!(other_channel(Channel::Sms, "http_422"), None);
    }

    #[test]
    fn texts_that_name_the_recipient() {
        for (text, expected) in [
            ("Invalid value for param: to", true),
            ("Invalid value for parameter: To", true),
            ("The `to` parameter is invalid for the given channel.", true),
            ("Invalid value for param: from", false),
            ("The `from` parameter is invalid for the given channel.", false),
            ("Invalid value for param: token", false),
            ("Not allowed to send", false),
            ("", false),
        ] {
            assert_eq!(names_to(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_of_problems() {
        for (problem, code) in [
            (r#"{"type":"https://example.com/errors#1170","title":"Invalid"}"#, Some("1170")),
            (r#"{"type":"https://example.com/errors","title":"1260"}"#, Some("1260")),
            (r#"{"type":"https://example.com/errors#unauthorized","title":1000}"#, Some("1000")),
            (r#"{"type":"https://example.com/errors#447700900000","title":"447700900000"}"#, None),
            ("{}", None),
            ("null", None),
        ] {
            let problem = serde_json::from_str(problem).unwrap();
            assert_eq!(problem_code(&problem).as_deref(), code, "{problem}");
        }
    }
}
