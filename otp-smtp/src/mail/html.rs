//! The HTML part.
//!
//! | what | why |
//! |---|---|
//! | a table of one cell, styles on the elements | Outlook's renderer is Word's; Gmail drops what it does not know |
//! | a `<style>` for dark mode only | clients without it invert by themselves, and the colours bear that |
//! | `lang` and `dir` on the inner element too | webmail drops `<html>` and `<body>` |
//! | the code is a heading with a label of single digits | a screen reader jumps to it and reads digits, not a number |
//! | its text is the bare code, selected as a whole | what is copied is what is to be typed |
//! | `dir="ltr"` on it | its digits keep their order among Arabic or Hebrew |
//! | no image, link, font or script | nothing to load, to block, or to track |

use zeroize::Zeroizing;

use super::direction::direction;

/// What the page shows.
pub(super) struct Page<'a> {
    pub(super) subject: &'a str,
    /// Lines ended by LF.
    pub(super) text: &'a str,
    pub(super) code: &'a str,
    pub(super) language: &'a str,
}

const HEAD: &str = "\
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<meta name=\"supported-color-schemes\" content=\"light dark\">
<meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no, url=no\">
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
.page { background-color: #15171a !important; }
.text { color: #e6e8eb !important; }
.code { background-color: #24282e !important; border-color: #5a616b !important; color: #ffffff !important; }
}
[data-ogsc] .text { color: #e6e8eb !important; }
[data-ogsc] .code { color: #ffffff !important; }
[data-ogsb] .code { background-color: #24282e !important; }
</style>
";

const PAGE_STYLE: &str = "margin:0;padding:0;background-color:#ffffff";
const TEXT_STYLE: &str = "padding:24px 16px;color:#1a1c1f;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,\
    sans-serif;font-size:16px;line-height:24px";
const PARAGRAPH_STYLE: &str = "margin:0 0 16px 0";
const CODE_STYLE: &str = "margin:0 0 16px 0;padding:16px 8px;background-color:#f2f4f7;border:1px solid #8a9099;\
    border-radius:8px;color:#101214;font-family:Consolas,Menlo,'Courier New',monospace;font-size:32px;\
    line-height:40px;font-weight:bold;letter-spacing:4px;text-align:center;white-space:nowrap;\
    -webkit-user-select:all;user-select:all";

/// The page, with the code in a block of its own where the text has it.
pub(super) fn page(page: &Page<'_>) -> Zeroizing<String> {
    let Page { subject, text, code, language } = page;
    let (title, language, direction) = (escaped(subject), escaped(language), direction(language));
    // Enough for nearly every text: a string that grows leaves copies behind.
    let mut html = Zeroizing::new(String::with_capacity(4096 + 2 * text.len()));
    let mut put = |parts: &[&str]| parts.iter().for_each(|part| html.push_str(part));
    put(&["<!DOCTYPE html>\n<html lang=\"", &language, "\" dir=\"", direction, "\">\n<head>\n", HEAD]);
    put(&["<title>", &title, "</title>\n</head>\n<body class=\"page\" style=\"", PAGE_STYLE, "\">\n"]);
    put(&["<div role=\"article\" aria-label=\"", &title, "\" lang=\"", &language, "\" dir=\"", direction]);
    put(&[
        "\" class=\"page\" style=\"",
        PAGE_STYLE,
        "\">\n<table role=\"presentation\" width=\"100%\" border=\"0\" ",
    ]);
    put(&[
        "cellspacing=\"0\" cellpadding=\"0\" align=\"center\" style=\"max-width:480px\">\n<tr><td dir=\"",
        direction,
    ]);
    put(&["\" class=\"text\" style=\"", TEXT_STYLE, "\">\n"]);
    match around(text, code) {
        Some((before, after)) => {
            paragraphs(before, &mut put);
            put(&["<h1 class=\"code\" dir=\"ltr\" aria-label=\"", &escaped(&spaced(code))]);
            put(&["\" style=\"", CODE_STYLE, "\">", &escaped(code), "</h1>\n"]);
            paragraphs(after, &mut put);
        }
        None => paragraphs(text, &mut put),
    }
    put(&["</td></tr>\n</table>\n</div>\n</body>\n</html>\n"]);
    html
}

/// What is before and after the code, where it stands alone in the text: not within a longer number or word.
fn around<'a>(text: &'a str, code: &str) -> Option<(&'a str, &'a str)> {
    if code.is_empty() {
        return None;
    }
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(code).find_map(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + code.len()..]);
        let alone = !joins(before.chars().next_back()) && !joins(after.chars().next());
        alone.then(|| (before, without_full_stop(after)))
    })
}

/// Drops what would be left of "... 123456." as a line of its own.
fn without_full_stop(after: &str) -> &str {
    let (line, rest) = after.split_once('\n').unwrap_or((after, ""));
    let only_marks =
        line.chars().all(|c| c.is_whitespace() || matches!(c, '.' | '!' | '。' | '！' | '．' | '۔'));
    if only_marks { rest } else { after }
}

/// `1 2 3 4 5 6`.
fn spaced(code: &str) -> Zeroizing<String> {
    let mut spaced = Zeroizing::new(String::with_capacity(2 * code.len()));
    for (index, digit) in code.chars().enumerate() {
        if index > 0 {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

/// Paragraphs are set apart by empty lines.
fn paragraphs(text: &str, put: &mut impl FnMut(&[&str])) {
    let mut open = false;
    for line in text.lines().map(str::trim) {
        match (line.is_empty(), open) {
            (true, true) => put(&["</p>\n"]),
            (true, false) => {}
            (false, true) => put(&["<br>\n", &escaped(line)]),
            (false, false) => put(&["<p style=\"", PARAGRAPH_STYLE, "\">", &escaped(line)]),
        }
        open = !line.is_empty();
    }
    if open {
        put(&["</p>\n"]);
    }
}

fn escaped(text: &str) -> Zeroizing<String> {
    let mut escaped = Zeroizing::new(String::with_capacity(text.len() + text.len() / 4));
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_where_it_stands_alone() {
        for (text, found) in [
            ("Code: 123456\nBye\n", Some(("Code: ", "\nBye\n".trim_start_matches('\n')))),
            ("Use 123456 to go on.\n", Some(("Use ", " to go on.\n"))),
            ("Use 123456.\n", Some(("Use ", ""))),
            ("コードは123456です。\n", Some(("コードは", "です。\n"))),
            ("App1234567 says 123456\n", Some(("App1234567 says ", ""))),
            ("1234567 and X123456\n", None),
            ("no code\n", None),
        ] {
            assert_eq!(around(text, "123456"), found, "{text}");
        }
        assert_eq!(around("anything", ""), None);
    }

    #[test]
    fn markup_in_texts_is_text() {
        let shown = page(&Page {
            subject: "</title><script>\"'&",
            text: "<img src=x> & \"123456\"\n\nnext\nline\n",
            code: "123456",
            language: "en",
        });
        assert!(shown.contains("<title>&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp;</title>"), "{}", *shown);
        assert!(shown.contains(">&lt;img src=x&gt; &amp; &quot;</p>"), "{}", *shown);
        assert!(shown.contains("aria-label=\"1 2 3 4 5 6\""), "{}", *shown);
        assert!(shown.contains(">123456</h1>"), "{}", *shown);
        assert!(shown.contains(">next<br>\nline</p>"), "{}", *shown);
    }
}
