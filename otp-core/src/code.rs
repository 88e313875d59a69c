//! The code itself: its format, and comparing it.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

const LONGEST: usize = 10;

/// The characters a code is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an alphabet is an input of the derivation: stores and callers name it"
)]
pub enum Alphabet {
    /// `0` to `9`: what number pads type and telephones autofill.
    Digits,
    /// 28 capital letters and digits without look-alikes and vowels (no `0 O 1 I L U`, no words by accident).
    Unambiguous,
}

impl Alphabet {
    /// Every alphabet.
    pub const ALL: [Self; 2] = [Self::Digits, Self::Unambiguous];

    /// The alphabet's name in rows and in the derivation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Unambiguous => "unambiguous",
        }
    }

    /// The alphabet's characters, lowest value first.
    #[must_use]
    pub const fn characters(self) -> &'static [u8] {
        match self {
            Self::Digits => b"0123456789",
            Self::Unambiguous => b"23456789BCDFGHJKMNPQRSTVWXYZ",
        }
    }
}

/// How a code looks: 4 to 10 characters of an [`Alphabet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodeFormat {
    length: u8,
    alphabet: Alphabet,
}

/// Why no [`CodeFormat`] has that length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a code has {} to {} characters; 6 digits are usual", CodeFormat::SHORTEST, CodeFormat::LONGEST)]
pub struct InvalidCodeLength;

impl CodeFormat {
    /// Fewest characters of a code.
    pub const SHORTEST: u8 = 4;
    /// Most characters of a code.
    pub const LONGEST: u8 = LONGEST as u8;

    /// A format of `length` characters of `alphabet`.
    ///
    /// # Errors
    ///
    /// [`InvalidCodeLength`] outside 4 to 10.
    pub const fn new(length: u8, alphabet: Alphabet) -> Result<Self, InvalidCodeLength> {
        if length >= Self::SHORTEST && length <= Self::LONGEST {
            Ok(Self { length, alphabet })
        } else {
            Err(InvalidCodeLength)
        }
    }

    /// Number of characters.
    #[must_use]
    pub const fn length(self) -> u8 {
        self.length
    }

    /// The characters used.
    #[must_use]
    pub const fn alphabet(self) -> Alphabet {
        self.alphabet
    }

    /// How many codes of this format there are: at most 28^10, so it fits.
    pub(crate) fn count(self) -> u64 {
        (self.alphabet.characters().len() as u64).pow(u32::from(self.length))
    }

    /// The code of number `index`, which is below [`CodeFormat::count`].
    pub(crate) fn code(self, index: u64) -> Code {
        // A base that the compiler knows: dividing by a number it does not takes most of this function's time.
        match self.alphabet {
            Alphabet::Digits => self.written::<10>(index),
            Alphabet::Unambiguous => self.written::<28>(index),
        }
    }

    fn written<const BASE: u64>(self, mut index: u64) -> Code {
        let characters = self.alphabet.characters();
        let mut code = Code { bytes: [0; LONGEST], length: self.length };
        for place in code.bytes[..usize::from(self.length)].iter_mut().rev() {
            *place = characters[(index % BASE) as usize];
            index /= BASE;
        }
        code
    }
}

impl Default for CodeFormat {
    /// Six digits: what people expect, and what telephones offer to fill in.
    fn default() -> Self {
        Self { length: 6, alphabet: Alphabet::Digits }
    }
}

/// A code: derived when it is needed, never stored, wiped when dropped.
///
/// No `Debug`, `Display`, `Serialize` or `PartialEq`: it is shown by [`Code::expose`] and compared, in constant time,
/// by [`Code::matches`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Code {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Code {
    /// A fixed code that an operator prescribed for a test recipient, instead of a derived one.
    ///
    /// ```
    /// use otp_core::{Code, Submitted};
    ///
    /// let code = Code::prescribed("123456")?;
    /// assert!(code.matches(&Submitted::parse("123 456")));
    /// # Ok::<(), otp_core::InvalidPrescribedCode>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidPrescribedCode`] unless it is 4 to 10 ASCII digits or capital letters.
    pub fn prescribed(text: &str) -> Result<Self, InvalidPrescribedCode> {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if !plain || !(usize::from(CodeFormat::SHORTEST)..=LONGEST).contains(&text.len()) {
            return Err(InvalidPrescribedCode);
        }
        let mut code = Self { bytes: [0; LONGEST], length: text.len() as u8 };
        code.bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(code)
    }

    /// The code as text, for the message to its recipient and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    /// Whether `submitted` is this code; takes the same time wherever they differ.
    #[must_use]
    pub fn matches(&self, submitted: &Submitted) -> bool {
        let same_length = self.length.ct_eq(&submitted.code.length);
        (self.bytes.ct_eq(&submitted.code.bytes) & same_length).into()
    }
}

/// Why a text cannot be a prescribed code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a prescribed code takes 4 to 10 digits or capital letters, like \"123456\"")]
pub struct InvalidPrescribedCode;

/// What a person typed as the code, brought to the form codes have.
///
/// White space and hyphens are dropped anywhere (people paste `123 456`), ASCII letters become capitals, leading
/// zeros stay. Anything else is kept as a mismatch: it is a wrong code, not an error.
#[derive(Clone)]
pub struct Submitted {
    code: Code,
}

impl Submitted {
    /// Takes any text, however long or strange.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut code = Code { bytes: [0; LONGEST], length: 0 };
        for character in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let place = usize::from(code.length);
            if place == LONGEST || !character.is_ascii_alphanumeric() {
                code.bytes.zeroize();
                code.length = 0;
                break;
            }
            code.bytes[place] = character.to_ascii_uppercase() as u8;
            code.length += 1;
        }
        Self { code }
    }

    /// What was typed, for a provider that made the code and compares it; `None` where no code looks like that.
    #[must_use]
    pub fn for_provider(&self) -> Option<&str> {
        (self.code.length >= CodeFormat::SHORTEST).then(|| self.code.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_codes_with_leading_zeros() {
        let format = CodeFormat::default();
        assert_eq!(format.count(), 1_000_000);
        for (index, text) in [(0, "000000"), (42, "000042"), (999_999, "999999")] {
            assert_eq!(format.code(index).expose(), text);
        }
        let letters = CodeFormat::new(4, Alphabet::Unambiguous).expect("4 is a legal length");
        assert_eq!(letters.code(letters.count() - 1).expose(), "ZZZZ");
    }

    #[test]
    fn submitted_codes() {
        let code = Code::prescribed("012345").expect("six digits");
        for right in ["012345", " 012345\n", "012 345", "012-345", "0 1 2 3 4 5", "\u{a0}012345"] {
            assert!(code.matches(&Submitted::parse(right)), "{right:?}");
        }
        let long = "0".repeat(1_000_000);
        for wrong in
            ["", "12345", "0123456", "012346", "０12345", "012345\0", "+012345", "01234５", "012.345", &long]
        {
            assert!(!code.matches(&Submitted::parse(wrong)), "{wrong:?}");
        }
        let letters = Code::prescribed("BCDF").expect("four letters");
        assert!(letters.matches(&Submitted::parse("bc-df")));
    }
}
