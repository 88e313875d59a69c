//! Patterns and verdicts against the library, over all of its metadata.

use std::collections::BTreeSet;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, interfaces::AsOriginal};

use super::{Kind, Plan, Region, Verdict, judge, pattern::Pattern, plan};

/// Digits for each pattern.
const MEMBERS: usize = 12;

fn codes() -> BTreeSet<i32> {
    PHONE_NUMBER_UTIL.get_supported_calling_codes().collect()
}

/// Numbers below a bound, the same in every run.
fn draws() -> impl FnMut(usize) -> usize {
    let mut state = 20_180_389_u64;
    move |bound| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    }
}

/// Digits, and what is nearly the same.
fn near(digits: &[u8], draw: &mut impl FnMut(usize) -> usize) -> Vec<String> {
    // A national prefix may be empty.
    let digits = if digits.is_empty() { b"0" } else { digits };
    let (place, digit) = (draw(digits.len()), b'0' + draw(10) as u8);
    let (before, after) = (&digits[..place], &digits[place..]);
    [
        digits.to_vec(),
        [before, &[digit], &after[1..]].concat(),
        [before, &[digit], after].concat(),
        [before, &after[1..]].concat(),
    ]
    .into_iter()
    .chain([[digits, &[digit]].concat(), [&[digit], digits].concat(), before.to_vec()])
    .map(|digits| String::from_utf8(digits).unwrap())
    .collect()
}

#[test]
fn every_pattern_is_understood_and_matches_what_the_regular_expression_matches() {
    let (library, mut draw, mut seen, mut compared) =
        (PHONE_NUMBER_UTIL.as_original(), draws(), BTreeSet::new(), 0);
    for code in codes() {
        for region in library.get_regions_for_country_calling_code(code).unwrap() {
            let metadata = library.get_metadata_for_region_or_calling_code(code, region).unwrap();
            let kinds = [
                &metadata.general_desc,
                &metadata.fixed_line,
                &metadata.mobile,
                &metadata.toll_free,
                &metadata.premium_rate,
                &metadata.shared_cost,
                &metadata.voip,
                &metadata.personal_number,
                &metadata.pager,
                &metadata.uan,
                &metadata.voicemail,
            ];
            let prefixes = [metadata.national_prefix_for_parsing(), metadata.leading_digits()];
            for triplet in kinds.map(|kind| kind.national_number_pattern()).into_iter().chain(prefixes) {
                let Some(text) = triplet.pattern_base.as_deref().filter(|text| seen.insert(text.to_string()))
                else {
                    continue;
                };
                let pattern =
                    Pattern::new(text).unwrap_or_else(|_| panic!("+{code}: {text} is not understood"));
                let whole = triplet.anchor_full().unwrap().unwrap();
                let start = triplet.anchor_start().unwrap().unwrap();
                for _ in 0..MEMBERS {
                    let member = pattern.member(&mut draw);
                    assert!(pattern.matches(&member), "{member:?} is drawn from {text}");
                    for digits in near(&member, &mut draw) {
                        compared += 1;
                        assert_eq!(
                            pattern.matches(digits.as_bytes()),
                            whole.is_match(&digits),
                            "{digits} {text}"
                        );
                        assert_eq!(
                            pattern.ends(digits.as_bytes()) != 0,
                            start.is_match(&digits),
                            "{digits} {text}"
                        );
                    }
                }
            }
        }
    }
    assert!(seen.len() > 1_000 && compared > 100_000, "{} patterns, {compared} comparisons", seen.len());
}

/// What the library says, in the words of [`judge`].
fn library(e164: &str) -> Verdict {
    match PhoneNumber::parse(e164, None).ok().filter(PhoneNumber::is_valid) {
        None => Verdict::Unassigned,
        Some(number) if number.format_as(PhoneNumberFormat::E164) == e164 => {
            Verdict::Assigned(number.get_region_code().and_then(Region::of))
        }
        Some(_) => Verdict::Undecided,
    }
}

#[test]
fn every_verdict_is_the_librarys() {
    let (mut draw, mut assigned, mut left_to_library, mut unassigned) = (draws(), 0, 0, 0);
    for e164 in numbers(&mut draw).filter(|number| (8..=16).contains(&number.len())) {
        let (verdict, expected) = (judge(&e164), library(&e164));
        match (verdict, expected) {
            (Verdict::Assigned(_), _) => assigned += 1,
            (Verdict::Unassigned, _) => unassigned += 1,
            (Verdict::Undecided, Verdict::Assigned(_)) => left_to_library += 1,
            (Verdict::Undecided, _) => continue,
        }
        assert!(verdict == expected || verdict == Verdict::Undecided, "{e164}: {verdict:?}, {expected:?}");
    }
    assert!(assigned > 5_000 && unassigned > 10_000, "{assigned} assigned, {unassigned} not");
    assert!(left_to_library * 50 < assigned, "{left_to_library} left to the library, {assigned} not");
}

/// Numbers of every kind in every territory, what is nearly one, and any digits behind any code.
fn numbers(draw: &mut impl FnMut(usize) -> usize) -> impl Iterator<Item = String> {
    let mut numbers = Vec::new();
    for code in codes() {
        let Plan { territories, .. } = plan(code as usize).unwrap_or_else(|| panic!("+{code} has no plan"));
        for Kind { pattern, .. } in territories.iter().flat_map(|territory| &territory.kinds) {
            for _ in 0..MEMBERS / 4 {
                let near = near(&pattern.member(draw), draw);
                numbers.extend(near.into_iter().map(|digits| format!("+{code}{digits}")));
            }
        }
    }
    for code in 1..1_000 {
        for digits in 4..=12 {
            let national: String = (0..digits).map(|_| char::from(b'0' + draw(10) as u8)).collect();
            numbers.push(format!("+{code}{national}"));
        }
        numbers.push(format!("+{code}{:0zeros$}1234", 0, zeros = draw(9)));
    }
    numbers.into_iter()
}
