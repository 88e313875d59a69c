//! `application/x-www-form-urlencoded`.

use percent_encoding::percent_decode;

use super::{Collected, Value};

/// Reads a form. Stricter than browsers have to be: a stray `%` or bytes that are no UTF-8 are refused, not guessed at.
pub(super) fn read(bytes: &[u8], fields: &mut Collected) -> Result<(), &'static str> {
    if bytes.is_empty() {
        return Err("The body is empty.");
    }
    for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(place) => (&pair[..place], &pair[place + 1..]),
            None => (pair, &[][..]),
        };
        fields.add(decoded(name)?, Value::Text(decoded(value)?));
    }
    Ok(())
}

fn decoded(part: &[u8]) -> Result<String, &'static str> {
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    if !is_percent_encoded(&spaced) {
        return Err("The body is not a valid form: a \"%\" stands before two hexadecimal digits only.");
    }
    String::from_utf8(percent_decode(&spaced).collect())
        .map_err(|_| "The body is not a valid form: it is not UTF-8.")
}

fn is_percent_encoded(part: &[u8]) -> bool {
    let mut stray = part.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    stray.all(|(place, _)| {
        part.get(place + 1..place + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}
