//! What a log line may show of a recipient.

/// Hidden digits a masked phone number keeps at least, however short it is.
const HIDDEN_DIGITS: usize = 4;

/// `+1********23` or `a***@e***.com`. The stars of an e-mail address do not tell a length.
pub(super) fn masked(canonical: &str) -> String {
    match canonical.rsplit_once('@') {
        Some((local, domain)) => masked_email(local, domain),
        None => masked_phone(canonical),
    }
}

/// Country calling code and last two digits; a short number shows less of its end.
fn masked_phone(e164: &str) -> String {
    let (code, rest) = e164.split_at((1 + calling_code_length(e164)).min(e164.len()));
    let shown = rest.len().saturating_sub(HIDDEN_DIGITS).min(2);
    let (hidden, end) = rest.split_at(rest.len() - shown);
    format!("{code}{}{end}", "*".repeat(hidden.len()))
}

/// First letters and top-level domain; a local part of one letter shows nothing.
fn masked_email(local: &str, domain: &str) -> String {
    let top_level = domain.rfind('.').map_or("", |dot| &domain[dot..]);
    let first = if local.len() > 1 { &local[..1] } else { "" };
    format!("{first}***@{}***{top_level}", &domain[..1])
}

/// Length of the country calling code, by the zones of ITU-T E.164.
fn calling_code_length(e164: &str) -> usize {
    match &e164.as_bytes()[1..] {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_where_and_hides_who() {
        for (canonical, shown) in [
            ("+14155550123", "+1********23"),
            ("+79161234567", "+7********67"),
            ("+442079460018", "+44********18"),
            ("+358401234567", "+358*******67"),
            ("+883510000000092", "+883**********92"),
            ("+6834002", "+683****"),
            ("+29082271", "+290****1"),
            ("alice@example.com", "a***@e***.com"),
            ("al@example.co.uk", "a***@e***.uk"),
            ("a@example.com", "***@e***.com"),
            ("first.last+tag@mail.example.org", "f***@m***.org"),
        ] {
            assert_eq!(masked(canonical), shown);
        }
    }
}
