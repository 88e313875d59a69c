//! The `.env` file: `NAME=value` lines.

use std::collections::BTreeMap;

use crate::config::problem::Problem;

/// Names with value and line. Comments, `export `, `'as it is'` and `"with \n escapes"` are understood; quoted values
/// may span lines. A name given twice keeps its last value, as in a shell. Nothing is expanded.
pub(super) fn parse(
    path: &str,
    text: &str,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, (String, usize)> {
    let mut entries = BTreeMap::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let (entry, after) = entry(rest);
        match entry {
            Ok(Some((name, value))) => {
                entries.insert(name, (value, line));
            }
            Ok(None) => {}
            Err(expected) => problems.push(Problem::of(format_args!("{path}:{line}"), "", expected)),
        }
        line += rest[..rest.len() - after.len()].matches('\n').count();
        rest = after;
    }
    entries
}

type Entry = Result<Option<(String, String)>, &'static str>;

/// The entry at the beginning of `text`, and what follows its line.
fn entry(text: &str) -> (Entry, &str) {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return (Ok(None), after);
    }
    let trimmed = trimmed.strip_prefix("export ").unwrap_or(trimmed).trim_start();
    let Some((name, value)) = trimmed.split_once('=') else {
        return (Err("NAME=value is expected"), after);
    };
    let name = name.trim_end();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return (Err("a name of letters, digits and _ is expected before the ="), after);
    }
    let value = value.trim_start();
    let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        let end =
            if value.starts_with('#') { Some(0) } else { value.find(" #").or_else(|| value.find("\t#")) };
        let value = value[..end.unwrap_or(value.len())].trim_end();
        return (Ok(Some((name.to_owned(), value.to_owned()))), after);
    };
    // The value ends where its line does, so its quote stands this far from the front.
    let quoted = &text[line.trim_end().len() - value.len() + 1..];
    match unquote(quoted, quote) {
        Some((value, tail)) => {
            let (tail, after) = tail.split_once('\n').unwrap_or((tail, ""));
            let tail = tail.trim();
            let clean = tail.is_empty() || tail.starts_with('#');
            let expected = "nothing but a comment is expected after the closing quote";
            (if clean { Ok(Some((name.to_owned(), value))) } else { Err(expected) }, after)
        }
        None => (Err("a closing quote is expected"), after),
    }
}

/// The value up to the closing quote, and what follows that.
fn unquote(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            c if c == quote => return Some((value, characters.as_str())),
            '\\' if quote == '"' => match characters.next()? {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                plain @ ('\\' | '"' | '$' | '\'') => value.push(plain),
                other => value.extend(['\\', other]),
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (text, value) in [
            ("A=b", "b"),
            ("  export A = b c  # comment", "b c"),
            ("A=b#c", "b#c"),
            ("A=", ""),
            ("A=# nothing", ""),
            ("A='b # \\n\"c'  # comment", "b # \\n\"c"),
            ("A=\"b\\n\\t\\\"\\\\ \\x '\" ", "b\n\t\"\\ \\x '"),
            ("A=\"one\ntwo\"", "one\ntwo"),
            ("A=b\r\nB=c", "b"),
            ("\u{feff}A=b", "b"),
            ("A=x\nA=y", "y"),
            ("A=$HOME=1", "$HOME=1"),
            ("A = \"é\" ", "é"),
        ] {
            let mut problems = Vec::new();
            let entries = parse(".env", text, &mut problems);
            assert_eq!((problems, entries["A"].0.as_str()), (Vec::new(), value), "{text:?}");
        }
    }

    #[test]
    fn lines_are_counted_and_errors_do_not_repeat_values() {
        let mut problems = Vec::new();
        let text = "# one\n\nA=\"x\ny\"\nB=1\nhunter2\nC=\"open\nD='a'hunter2\n9 9=hunter2\nE=1";
        let entries = parse(".env", text, &mut problems);
        let lines: Vec<_> = entries.iter().map(|(name, (_, line))| (name.as_str(), *line)).collect();
        assert_eq!(lines, [("A", 3), ("B", 5), ("E", 10)]);
        assert_eq!(
            problems.iter().map(Problem::as_str).collect::<Vec<_>>(),
            [
                ".env:6: NAME=value is expected",
                ".env:7: a closing quote is expected",
                ".env:8: nothing but a comment is expected after the closing quote",
                ".env:9: a name of letters, digits and _ is expected before the =",
            ]
        );
    }
}
