//! Which languages are written from right to left.

/// Scripts that run from right to left (ISO 15924).
const SCRIPTS: [&str; 12] =
    ["Adlm", "Arab", "Aran", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Syrn", "Thaa"];

/// Languages whose usual script is one of those (Unicode CLDR, likely subtags).
const LANGUAGES: [&str; 37] = [
    "aii", "ar", "arc", "arz", "ary", "azb", "bal", "bgn", "bqi", "ckb", "dv", "fa", "glk", "he", "iw", "ji",
    "khw", "ks", "lrc", "luz", "mzn", "nqo", "prs", "ps", "rhg", "sam", "sd", "sdh", "skr", "syc", "syr",
    "ug", "ur", "yi", "pnb", "haz", "mid",
];

/// `rtl` or `ltr`, the value of the HTML attribute `dir`. A script in the tag wins over the language.
pub(super) fn direction(tag: &str) -> &'static str {
    let mut subtags = tag.split('-');
    let language = subtags.next().unwrap_or_default();
    let script = subtags.find(|subtag| subtag.len() == 4 && subtag.bytes().all(|b| b.is_ascii_alphabetic()));
    let rtl = script.map_or_else(|| LANGUAGES.contains(&language), |script| SCRIPTS.contains(&script));
    if rtl { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_win_over_languages() {
        for (tag, expected) in [
            ("en", "ltr"),
            ("ar", "rtl"),
            ("ar-EG", "rtl"),
            ("he", "rtl"),
            ("fa-IR", "rtl"),
            ("ur", "rtl"),
            ("yi", "rtl"),
            ("ar-Latn", "ltr"),
            ("uz-Arab", "rtl"),
            ("pa-Arab-PK", "rtl"),
            ("pa", "ltr"),
            ("zh-Hant", "ltr"),
            ("ks-Deva", "ltr"),
        ] {
            assert_eq!(direction(tag), expected, "{tag}");
        }
    }
}
