//! [`segments`]: how many SMS a text is.

use std::fmt;

/// The alphabet an SMS is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "3GPP TS 23.038 has these two for text")]
pub enum SmsEncoding {
    /// The GSM 7-bit default alphabet with its extension table (3GPP TS 23.038, section 6.2.1).
    Gsm7,
    /// 16-bit units: one character outside [`Gsm7`](Self::Gsm7) moves the whole text here.
    Ucs2,
}

impl fmt::Display for SmsEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        })
    }
}

/// What a text takes as SMS; see [`segments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Segments {
    /// The alphabet the text needs.
    pub encoding: SmsEncoding,
    /// SMS to send, and to pay for; 1 for the empty text.
    pub segments: usize,
    /// Length in 16-bit units.
    pub utf16_units: usize,
    /// Length in septets, when the text is [`SmsEncoding::Gsm7`].
    pub septets: Option<usize>,
}

/// Counts the SMS that `text` takes.
///
/// | | one SMS | several: each |
/// |---|---|---|
/// | GSM-7, septets | 160 | 153 |
/// | UCS-2, 16-bit units | 70 | 67 |
///
/// A character of the extension table (`€ ^ { } [ ] ~ \ |` and form feed) takes two septets, one outside the basic
/// plane two units; neither is split across SMS. (3GPP TS 23.040, section 9.2.3.24.1: the header of a part takes
/// the difference.)
///
/// ```
/// use otp_core::message::{SmsEncoding, segments};
///
/// assert_eq!(segments("Ihr Code für Acme: 012345").encoding, SmsEncoding::Gsm7);
/// assert_eq!(segments("Su código de Acme: 012345").encoding, SmsEncoding::Ucs2);
/// assert_eq!(segments(&"a".repeat(161)).segments, 2);
/// ```
#[must_use]
pub fn segments(text: &str) -> Segments {
    let utf16_units = text.encode_utf16().count();
    match text.chars().map(gsm7_septets).sum::<Option<usize>>() {
        Some(septets) => Segments {
            encoding: SmsEncoding::Gsm7,
            segments: parts(text.chars().filter_map(gsm7_septets), septets, 160, 153),
            utf16_units,
            septets: Some(septets),
        },
        None => Segments {
            encoding: SmsEncoding::Ucs2,
            segments: parts(text.chars().map(char::len_utf16), utf16_units, 70, 67),
            utf16_units,
            septets: None,
        },
    }
}

/// Characters of the default alphabet that are not ASCII letters, digits, space or CR/LF.
const GSM7_BASIC: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
const GSM7_EXTENSION: &str = "\u{c}^{}\\[~]|€";

fn gsm7_septets(character: char) -> Option<usize> {
    if character.is_ascii_alphanumeric()
        || matches!(character, ' ' | '\n' | '\r')
        || GSM7_BASIC.contains(character)
    {
        Some(1)
    } else if GSM7_EXTENSION.contains(character) {
        Some(2)
    } else {
        None
    }
}

/// Fills parts of `part` units with characters that stay whole.
fn parts(widths: impl Iterator<Item = usize>, total: usize, single: usize, part: usize) -> usize {
    if total <= single {
        return 1;
    }
    let mut parts = 1;
    let mut filled = 0;
    for width in widths {
        if filled + width > part {
            parts += 1;
            filled = 0;
        }
        filled += width;
    }
    parts
}
