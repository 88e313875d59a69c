//! [`negotiate`]: the best language for an `Accept-Language` header.

use super::Language;

/// Bytes of an `Accept-Language` header that are read; the element cut by this bound is dropped whole.
pub const MAX_ACCEPT_LANGUAGE_LENGTH: usize = 1_000;

/// Elements of an `Accept-Language` header that are read.
pub const MAX_ACCEPT_LANGUAGE_RANGES: usize = 32;

/// The language of `available` that an `Accept-Language` header asks for, or `None` when it asks for none of them.
///
/// - Ranges are tried by falling `q`, equal ones in the order given (RFC 9110, section 12.5.4).
/// - Each range is looked up by cutting it from the end, `zh-Hant-HK`, `zh-Hant`, `zh`, before the next one is tried
///   (RFC 4647, section 3.4). `en` therefore serves `en-GB`, but `pt-BR` does not serve `pt`.
/// - Where the region implies a script, the script counts: `zh-TW` is `zh-Hant`, `zh` and `zh-CN` are `zh-Hans`,
///   and neither is served the other's.
/// - `q=0` refuses what it names, `de-AT` with `de`, unless a longer range asks for it again.
/// - `*` stands for the first of `available` that is not refused; put the default language there. It is tried last,
///   wherever it stands.
/// - Malformed elements are ignored, and the input is bounded by [`MAX_ACCEPT_LANGUAGE_LENGTH`] and
///   [`MAX_ACCEPT_LANGUAGE_RANGES`].
///
/// ```
/// use otp_core::message::{Language, negotiate};
///
/// let available = [Language::new("fr")?, Language::new("de")?, Language::new("zh-Hant")?];
/// let best = |header| negotiate(header, &available).map(|language| language.to_string());
/// assert_eq!(best("fr-CA;q=0.8,de;q=0.9").as_deref(), Some("de"));
/// assert_eq!(best("de;q=0,fr").as_deref(), Some("fr"));
/// assert_eq!(best("zh-TW").as_deref(), Some("zh-Hant"));
/// assert_eq!(best("zh-CN"), None);
/// # Ok::<(), otp_core::message::InvalidLanguage>(())
/// ```
#[must_use]
pub fn negotiate(accept_language: &str, available: &[Language]) -> Option<Language> {
    let mut ranges = parse(accept_language);
    ranges.sort_by_key(|range| std::cmp::Reverse(range.quality));
    let allowed: Vec<&Language> = available.iter().filter(|tag| !refused(tag, &ranges)).collect();

    let named = ranges.iter().filter(|range| range.quality > 0).filter_map(|range| range.tag.as_ref());
    let wildcard = |accepted: bool| ranges.iter().any(|r| r.tag.is_none() && (r.quality > 0) == accepted);
    named
        .filter_map(|range| lookup(range, &allowed))
        .next()
        .or_else(|| allowed.first().copied().filter(|_| wildcard(true) && !wildcard(false)))
        .cloned()
}

/// The member of `available` that serves `range` best.
pub(super) fn lookup<'a>(range: &Language, available: &[&'a Language]) -> Option<&'a Language> {
    candidates(range).iter().find_map(|candidate| {
        let mut tags = available.iter().copied();
        tags.find(|tag| tag.as_str() == candidate)
            .or_else(|| available.iter().copied().find(|tag| with_script(tag).as_ref() == Some(candidate)))
    })
}

/// Tags that serve `range`, best first: as written, then with its likely script, each cut from the end.
pub(super) fn candidates(range: &Language) -> Vec<String> {
    let range = range.as_str();
    let scripted = with_script_str(range);
    truncations(range)
        // With a script known, the bare language is the last resort, not the step after `zh-TW`.
        .filter(|tag| scripted.is_none() || *tag == range || tag.contains('-'))
        .chain(scripted.iter().flat_map(|tag| truncations(tag)))
        .map(str::to_owned)
        .collect()
}

struct Range {
    /// `None` for `*`.
    tag: Option<Language>,
    /// Thousandths.
    quality: u16,
}

fn parse(header: &str) -> Vec<Range> {
    let mut end = header.len();
    if end > MAX_ACCEPT_LANGUAGE_LENGTH {
        let bytes = &header.as_bytes()[..=MAX_ACCEPT_LANGUAGE_LENGTH];
        end = bytes.iter().rposition(|byte| *byte == b',').unwrap_or(0);
    }
    header[..end].split(',').take(MAX_ACCEPT_LANGUAGE_RANGES).filter_map(parse_range).collect()
}

fn parse_range(element: &str) -> Option<Range> {
    const WHITE_SPACE: [char; 2] = [' ', '\t'];
    let (tag, weight) = match element.split_once(';') {
        Some((tag, weight)) => (tag, Some(weight.trim_matches(WHITE_SPACE))),
        None => (element, None),
    };
    let quality = match weight {
        Some(weight) => parse_quality(weight.strip_prefix(['q', 'Q'])?.strip_prefix('=')?)?,
        None => 1_000,
    };
    let tag = match tag.trim_matches(WHITE_SPACE) {
        "*" => None,
        tag => Some(Language::new(tag).ok()?),
    };
    Some(Range { tag, quality })
}

/// `0` to `1` with up to three decimals (RFC 9110, section 12.4.2), in thousandths.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1") || decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let quality = format!("{whole}{decimals:0<3}").parse().ok()?;
    (quality <= 1_000).then_some(quality)
}

/// Whether the longest range that covers `tag` has `q=0`.
fn refused(tag: &Language, ranges: &[Range]) -> bool {
    let longest = |accepted: bool| {
        let ranges = ranges.iter().filter(|range| (range.quality > 0) == accepted);
        ranges.filter_map(|range| covered(range.tag.as_ref()?, tag)).max()
    };
    longest(false).is_some_and(|no| longest(true).is_none_or(|yes| yes <= no))
}

/// How much of `tag` the range says, in bytes of a tag with script; `None` when it does not cover it.
fn covered(range: &Language, tag: &Language) -> Option<usize> {
    let spellings = |tag: &Language| [Some(tag.as_str().to_owned()), with_script(tag)].into_iter().flatten();
    spellings(range)
        .filter(|range| {
            spellings(tag).any(|tag| {
                tag.strip_prefix(range.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
        })
        .map(|range| range.len())
        .max()
}

/// RFC 4647, section 3.4: cut the last subtag, and a single-letter one that is last then.
fn truncations(tag: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(tag), |tag| {
        let (mut rest, _) = tag.rsplit_once('-')?;
        if let Some((before, last)) = rest.rsplit_once('-')
            && last.len() == 1
        {
            rest = before;
        }
        Some(rest)
    })
}

/// Languages written in several scripts; the entry without a region is for all others (CLDR, likely subtags).
const LIKELY_SCRIPTS: [(&str, &str, &str); 8] = [
    ("zh", "TW", "Hant"),
    ("zh", "HK", "Hant"),
    ("zh", "MO", "Hant"),
    ("zh", "", "Hans"),
    ("sr", "ME", "Latn"),
    ("sr", "", "Cyrl"),
    ("pa", "PK", "Arab"),
    ("pa", "", "Guru"),
];

fn with_script(tag: &Language) -> Option<String> {
    with_script_str(tag.as_str())
}

/// `zh-TW` as `zh-Hant-TW`; `None` when the tag has a script or its language needs none.
fn with_script_str(tag: &str) -> Option<String> {
    let (language, rest) = tag.split_once('-').unwrap_or((tag, ""));
    let region = rest.split('-').next().unwrap_or_default();
    // Longer subtags are a script (four letters), or a dialect or variant that a script would be wrong in front of.
    if region.len() > 2 && !region.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (_, _, script) =
        LIKELY_SCRIPTS.iter().find(|(l, r, _)| *l == language && (r.is_empty() || *r == region))?;
    Some(if rest.is_empty() { format!("{language}-{script}") } else { format!("{language}-{script}-{rest}") })
}
