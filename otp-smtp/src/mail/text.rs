//! Texts without characters that mean something to a mail server.

use zeroize::Zeroizing;

/// A text of lines, each ended by LF: CR LF and CR become that, and no control character but the tab stays.
pub(super) fn clean(text: &str) -> Zeroizing<String> {
    let mut clean = Zeroizing::new(String::with_capacity(text.len() + 1));
    let mut after_cr = false;
    for c in text.chars() {
        match c {
            '\n' if after_cr => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\t' => clean.push(c),
            c if c.is_control() => {}
            c => clean.push(c),
        }
        after_cr = c == '\r';
    }
    if !clean.ends_with('\n') {
        clean.push('\n');
    }
    clean
}

/// A text of one line, for a header: white space and control characters become single spaces.
pub(super) fn line(text: &str, longest: usize) -> String {
    let mut line = String::with_capacity(text.len());
    let separates = |c: char| c.is_whitespace() || c.is_control();
    for word in text.split(separates).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if let Some((cut, _)) = line.char_indices().nth(longest) {
        line.truncate(cut);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_one_way() {
        for (text, expected) in [
            ("a", "a\n"),
            ("a\r\nb\rc\nd\n", "a\nb\nc\nd\n"),
            ("a\r\r\nb", "a\n\nb\n"),
            ("a\0\u{1b}[1mb\tc\u{7f}", "a[1mb\tc\n"),
            ("a\u{2028}.\u{85}b", "a\n.\nb\n"),
        ] {
            assert_eq!(*clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_header_has_one_line() {
        assert_eq!(line(" Your\r\nBcc: b@example.com\t\0code ", 99), "Your Bcc: b@example.com code");
        assert_eq!(line("ééééé", 3), "ééé");
        assert_eq!(line("\r\n", 3), "");
    }
}
