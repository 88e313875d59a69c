//! [`Pattern`]: the regular expressions of numbering plans, over digits only.

/// A regular expression of the few forms that numbering plans are written in: digits, classes (`[2-9]`, `\d`), groups,
/// alternatives, `?`, `{n}`, `{n,m}` and `$`. Nothing in it repeats without end.
///
/// All ways of matching are followed at once: a set of positions goes into an atom, and the set of positions behind all
/// its matches comes out. Nothing is tried twice and nothing allocated; a match visits at most [`MOST_STEPS`] atoms,
/// and looks at each digit at most once a visit, whatever the pattern and the number.
pub(super) struct Pattern(Alternatives);

/// A pattern is written in forms that [`Pattern`] does not know, or takes more than [`MOST_STEPS`].
#[derive(Debug)]
pub(super) struct Unsupported;

/// Positions in a number: bit n stands for "behind n digits".
type Positions = u32;

/// Longest number that [`Positions`] can hold. E.164 has 15 digits.
const MOST_DIGITS: usize = 31;

/// Most atoms that one match visits: each counts as often as it and the groups around it repeat.
const MOST_STEPS: usize = 2_000;

type Alternatives = Box<[Box<[Piece]>]>;

struct Piece {
    atom: Atom,
    least: u8,
    most: u8,
}

enum Atom {
    /// One digit of a class: bit n stands for the digit n.
    Digit(u16),
    Group(Alternatives),
    /// Nothing, behind the last digit.
    End,
}

impl Pattern {
    /// Reads `^(?:...)$`, which is how the library keeps every pattern.
    pub(super) fn new(anchored: &str) -> Result<Self, Unsupported> {
        let text =
            anchored.strip_prefix("^(?:").and_then(|text| text.strip_suffix(")$")).ok_or(Unsupported)?;
        let mut rest = text.as_bytes();
        let alternatives = alternatives(&mut rest).ok_or(Unsupported)?;
        if rest.is_empty() && steps(&alternatives) <= MOST_STEPS {
            Ok(Self(alternatives))
        } else {
            Err(Unsupported)
        }
    }

    /// Whether it matches all of `digits`, which are ASCII.
    pub(super) fn matches(&self, digits: &[u8]) -> bool {
        self.ends(digits) & (1 << digits.len()) != 0
    }

    /// Behind how many of the first digits it can end.
    pub(super) fn ends(&self, digits: &[u8]) -> Positions {
        assert!(digits.len() <= MOST_DIGITS, "a number has at most {MOST_DIGITS} digits");
        any(&self.0, 1, digits)
    }
}

fn any(alternatives: &[Box<[Piece]>], from: Positions, digits: &[u8]) -> Positions {
    alternatives.iter().fold(0, |ends, pieces| ends | in_turn(pieces, from, digits))
}

fn in_turn(pieces: &[Piece], from: Positions, digits: &[u8]) -> Positions {
    let mut at = from;
    for piece in pieces {
        at = piece.repeated(at, digits);
        if at == 0 {
            break;
        }
    }
    at
}

impl Piece {
    fn repeated(&self, from: Positions, digits: &[u8]) -> Positions {
        let mut at = from;
        for _ in 0..self.least {
            at = self.atom.once(at, digits);
        }
        let mut ends = at;
        for _ in self.least..self.most {
            at = self.atom.once(at, digits);
            ends |= at;
        }
        ends
    }
}

impl Atom {
    fn once(&self, from: Positions, digits: &[u8]) -> Positions {
        match self {
            Self::Digit(class) => {
                let (mut left, mut ends) = (from, 0);
                while left != 0 {
                    let at = left.trailing_zeros();
                    left &= left - 1;
                    let is_in = digits.get(at as usize).is_some_and(|digit| class >> (digit - b'0') & 1 == 1);
                    ends |= Positions::from(is_in) << at << 1;
                }
                ends
            }
            Self::Group(alternatives) => any(alternatives, from, digits),
            Self::End => from & (1 << digits.len()),
        }
    }
}

fn steps(alternatives: &[Box<[Piece]>]) -> usize {
    let once = |atom: &Atom| match atom {
        Atom::Digit(_) | Atom::End => 1,
        Atom::Group(alternatives) => steps(alternatives).saturating_add(1),
    };
    let pieces = alternatives.iter().flatten();
    pieces
        .fold(0, |sum: usize, piece| sum.saturating_add(once(&piece.atom).saturating_mul(piece.most.into())))
}

fn alternatives(rest: &mut &[u8]) -> Option<Alternatives> {
    let mut alternatives = vec![pieces(rest)?];
    while take(rest, b"|") {
        alternatives.push(pieces(rest)?);
    }
    Some(alternatives.into())
}

fn pieces(rest: &mut &[u8]) -> Option<Box<[Piece]>> {
    let mut pieces = Vec::new();
    while !matches!(rest, [] | [b'|' | b')', ..]) {
        let atom = atom(rest)?;
        let (least, most) = repetition(rest)?;
        pieces.push(Piece { atom, least, most });
    }
    Some(pieces.into())
}

fn atom(rest: &mut &[u8]) -> Option<Atom> {
    if take(rest, b"(") {
        let _ = take(rest, b"?:");
        let group = alternatives(rest)?;
        return take(rest, b")").then_some(Atom::Group(group));
    }
    if take(rest, b"$") {
        return Some(Atom::End);
    }
    if take(rest, b"[") {
        let mut class = 0;
        while !take(rest, b"]") {
            let first = digit(rest)?;
            let last = if take(rest, b"-") { digit(rest)? } else { first };
            (first..=last).for_each(|digit| class |= 1 << digit);
        }
        return (class != 0).then_some(Atom::Digit(class));
    }
    if take(rest, br"\d") { Some(Atom::Digit(0b11_1111_1111)) } else { Some(Atom::Digit(1 << digit(rest)?)) }
}

fn repetition(rest: &mut &[u8]) -> Option<(u8, u8)> {
    if take(rest, b"?") {
        return Some((0, 1));
    }
    if !take(rest, b"{") {
        return Some((1, 1));
    }
    let least = number(rest)?;
    let most = if take(rest, b",") { number(rest)? } else { least };
    (take(rest, b"}") && least <= most).then_some((least, most))
}

fn number(rest: &mut &[u8]) -> Option<u8> {
    let mut number = digit(rest)?;
    while let Some(digit) = digit(rest) {
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    Some(number)
}

fn digit(rest: &mut &[u8]) -> Option<u8> {
    let digit = rest.first()?.checked_sub(b'0').filter(|digit| *digit <= 9)?;
    *rest = &rest[1..];
    Some(digit)
}

fn take(rest: &mut &[u8], text: &[u8]) -> bool {
    rest.strip_prefix(text).map(|after| *rest = after).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(inner: &str) -> Result<Pattern, Unsupported> {
        Pattern::new(&format!("^(?:{inner})$"))
    }

    impl Pattern {
        /// Digits that it matches, chosen by `draw`, which gives a number below its argument.
        pub(in crate::recipient::plan) fn member(&self, draw: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
            let mut digits = Vec::new();
            choose(&self.0, draw, &mut digits);
            digits
        }
    }

    fn choose(alternatives: &Alternatives, draw: &mut impl FnMut(usize) -> usize, digits: &mut Vec<u8>) {
        for piece in &alternatives[draw(alternatives.len())] {
            for _ in 0..usize::from(piece.least) + draw(usize::from(piece.most - piece.least) + 1) {
                match &piece.atom {
                    Atom::Digit(class) => {
                        let members: Vec<u8> = (0..10).filter(|digit| class >> digit & 1 == 1).collect();
                        digits.push(b'0' + members[draw(members.len())]);
                    }
                    Atom::Group(alternatives) => choose(alternatives, draw, digits),
                    Atom::End => {}
                }
            }
        }
    }

    #[test]
    fn all_of_the_digits_must_match() {
        for (pattern, members, others) in [
            ("12", &["12"][..], &["", "1", "112", "122", "21"][..]),
            ("1[02-4]", &["10", "12", "13", "14"], &["11", "15", "1", "100"]),
            (r"1\d{2}", &["100", "199"], &["10", "1000"]),
            (r"\d{2,4}", &["00", "123", "9999"], &["1", "12345"]),
            ("12?3", &["13", "123"], &["1223", "12"]),
            ("1|23|", &["1", "23", ""], &["123", "2", "13"]),
            ("1(?:2|3(?:4|5))?6", &["16", "126", "1346", "1356"], &["136", "12", "1236"]),
            ("(?:1|12){2}3", &["113", "1123", "1213", "12123"], &["13", "1233", "11123"]),
            ("(?:12?){2,3}", &["11", "1212", "111", "12112"], &["1", "12", "1111"]),
            (r"(1\d{2})$|2", &["100", "2"], &["1002", "10"]),
        ] {
            let pattern = new(pattern).unwrap();
            assert!(members.iter().all(|digits| pattern.matches(digits.as_bytes())), "{members:?}");
            assert!(!others.iter().any(|digits| pattern.matches(digits.as_bytes())), "{others:?}");
        }
    }

    #[test]
    fn every_end_is_found_and_a_dollar_ends_at_the_end_only() {
        let ends = |pattern, digits: &str| new(pattern).unwrap().ends(digits.as_bytes());
        assert_eq!(ends("1{1,3}", "1112"), 0b1110);
        assert_eq!(ends("(?:1|11)?", "1112"), 0b111);
        assert_eq!(ends("2", "1112"), 0);
        assert_eq!(ends("11$|1112$|111", "1112"), 0b11000);
    }

    #[test]
    fn other_forms_are_refused() {
        for pattern in [
            "1*",
            "1+",
            "1{2,}",
            "1{2",
            "1{}",
            "1{3,2}",
            "1{256}",
            "1??",
            "?",
            "{2}",
            ".",
            "a",
            r"\w",
            r"\",
            "^1",
            " ",
            "(?=1)",
            "(1",
            "1)",
            "[1",
            "[]",
            "[^1]",
            "[3-1]",
            "[1-]",
            "1]",
            "(?:(?:1{99}){99}){99}",
        ] {
            assert!(new(pattern).is_err(), "{pattern}");
        }
        for pattern in ["", "12", "^12$", "^(?:12)", "(?:12)$"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }

    /// Ways to match 15 digits here: more than a thousand millions. A search that tries them one by one would not end.
    #[test]
    fn a_pattern_of_many_ways_takes_no_longer() {
        let pattern = new(&format!("{}2", "(?:1|1?1?|1{1,2}){20}".repeat(2))).unwrap();
        assert!(!pattern.matches(&[b'1'; 31]));
        assert!(pattern.matches(b"1111111111111112"));
    }
}
