//! Times in words and in RFC 3339.

use std::time::Duration;

use otp_core::Timestamp;
use serde_json::Value;

/// `2026-11-22T01:14:00.5Z`; `null` beyond the years that RFC 3339 can write.
pub(crate) fn rfc_3339(at: Timestamp) -> Value {
    jiff::Timestamp::from_millisecond(at.as_millis()).map_or(Value::Null, |at| at.to_string().into())
}

/// `expires in 540 s` or `expired 3 min ago`.
pub(crate) fn validity(expires_at: Timestamp, now: Timestamp) -> String {
    if now < expires_at {
        format!("expires in {} s", now.until(expires_at).as_millis().div_ceil(1_000))
    } else {
        format!("expired {}", ago(expires_at, now))
    }
}

/// `12 s ago`, `3 min ago`, `5 h ago`, `40 d ago`: the largest unit of which there are two.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    format!("{} ago", roughly(then.until(now)))
}

fn roughly(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let before = |seconds| now - Duration::from_secs(seconds);
        for (then, expected) in [
            (now + Duration::from_millis(539_001), "expires in 540 s"),
            (now + Duration::from_millis(1), "expires in 1 s"),
            (now, "expired 0 s ago"),
            (before(119), "expired 119 s ago"),
            (before(120), "expired 2 min ago"),
            (before(7_199), "expired 119 min ago"),
            (before(7_200), "expired 2 h ago"),
            (before(172_800), "expired 2 d ago"),
        ] {
            assert_eq!(validity(then, now), expected);
        }
        assert_eq!(rfc_3339(now), "2027-01-15T08:00:00Z");
        assert_eq!(rfc_3339(Timestamp::from_millis(i64::MAX)), Value::Null);
    }
}
