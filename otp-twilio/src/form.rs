//! Forms as Twilio posts them, read strictly: what is not well-formed was not written by Twilio.

use percent_encoding::percent_decode;

/// The decoded pairs; `None` where a pair has no `=` or no name, a `%` stands before something else than two hexadecimal digits, or
/// the bytes are no UTF-8.
pub(crate) fn pairs(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    bytes
        .split(|byte| *byte == b'&')
        .map(|pair| {
            let place = pair.iter().position(|byte| *byte == b'=').filter(|place| *place > 0)?;
            Some((decoded(&pair[..place])?, decoded(&pair[place + 1..])?))
        })
        .collect()
}

/// The value of a query's pair, the first of this name.
pub(crate) fn value(query: &str, name: &str) -> Option<String> {
    let mut values = query.split('&').filter_map(|pair| pair.split_once('='));
    values.find(|(found, _)| *found == name).and_then(|(_, value)| decoded(value.as_bytes()))
}

fn decoded(part: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let mut percents = spaced.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    let is_encoded = percents.all(|(place, _)| {
        spaced.get(place + 1..place + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    is_encoded.then(|| percent_decode(&spaced).collect()).and_then(|bytes| String::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        for (text, read) in [
            ("", Some(vec![])),
            ("a=1", Some(vec![pair("a", "1")])),
            ("a=&b=+%2B%c5%BE=", Some(vec![pair("a", ""), pair("b", " +ž=")])),
            ("a=1&a=2", Some(vec![pair("a", "1"), pair("a", "2")])),
            ("a", None),
            ("a=1&", None),
            ("a=1&=", None),
            ("a=%2", None),
            ("a=%2g", None),
            ("a=%ff", None),
        ] {
            assert_eq!(pairs(text.as_bytes()), read, "{text}");
        }
    }
}
