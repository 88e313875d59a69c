//! The pause a provider asks for.

use std::time::Duration;

/// The longest pause that is believed: a day.
const LONGEST: Duration = Duration::from_secs(86_400);

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which counts from the answer's own `Date`. Without a
/// `Date` such a date says nothing, because the two clocks may differ.
pub(crate) fn parse(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    let text = retry_after.trim();
    let pause = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time, too.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let until = httpdate::parse_http_date(text).ok()?;
        let from = httpdate::parse_http_date(date?.trim()).ok()?;
        until.duration_since(from).unwrap_or_default()
    };
    Some(pause.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses() {
        let date = Some("Thu, 24 Aug 2023 05:01:45 GMT");
        for (text, date, seconds) in [
            ("0", None, Some(0)),
            ("1", None, Some(1)),
            (" 3600 ", None, Some(3600)),
            ("99999999", None, Some(86_400)),
            ("99999999999999999999999999", None, Some(86_400)),
            ("Thu, 24 Aug 2023 05:01:47 GMT", date, Some(2)),
            ("Thu, 24 Aug 2023 05:01:44 GMT", date, Some(0)),
            ("Tue, 24 Aug 2123 05:01:44 GMT", date, Some(86_400)),
            ("Thu, 24 Aug 2023 05:01:47 GMT", None, None),
            ("Thu, 24 Aug 2023 05:01:47 GMT", Some("yesterday"), None),
            ("", None, None),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", date, None),
        ] {
            assert_eq!(parse(text, date), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
