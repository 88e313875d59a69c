//! [`PhoneNumber::parse`] against Google's libphonenumber, row by row.
//!
//! `data/phone_oracle.tsv` is written by `scripts/phone_oracle.py`; its header names the oracle's version.

use std::collections::HashSet;

use otp_core::{PhoneNumber, Region};

const TABLE: &str = include_str!("data/phone_oracle.tsv");

struct Row<'a> {
    input: &'a str,
    /// E.164 and region of a valid number; the region is `001` for numbers of no country.
    expected: Option<(&'a str, &'a str)>,
}

fn rows() -> impl Iterator<Item = Row<'static>> {
    TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let [input, valid, e164, region] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four columns: {line:?}")
        };
        match valid {
            "1" => Row { input, expected: Some((e164, region)) },
            "0" => Row { input, expected: None },
            other => panic!("valid is 0 or 1: {other:?}"),
        }
    })
}

#[test]
fn the_table_is_large_and_covers_every_region() {
    let valid = rows().filter(|row| row.expected.is_some()).count();
    let regions: HashSet<_> = rows().filter_map(|row| row.expected).map(|(_, region)| region).collect();
    let inputs: HashSet<_> = rows().map(|row| row.input).collect();

    assert!(inputs.len() >= 20_000, "{} different inputs", inputs.len());
    assert_eq!(inputs.len(), rows().count(), "no input twice");
    assert!(valid >= 10_000 && rows().count() - valid >= 10_000, "{valid} valid");
    assert!(regions.len() >= 240, "{} regions", regions.len());
}

#[test]
fn every_row_agrees_with_the_oracle() {
    let mut differences = Vec::new();
    for Row { input, expected } in rows() {
        let number = PhoneNumber::parse(input).ok();
        let region = number.as_ref().and_then(PhoneNumber::region);
        let found =
            number.as_ref().map(|number| (number.as_str(), region.as_ref().map_or("001", Region::as_str)));
        if found != expected {
            differences.push(format!("{input:?}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn every_accepted_number_is_its_own_canonical_form() {
    for (e164, _) in rows().filter_map(|row| row.expected) {
        let parsed = PhoneNumber::parse(e164).expect("the oracle's E.164 form is a number");
        assert_eq!(parsed.as_str(), e164);
        assert_eq!(PhoneNumber::from_canonical(e164), Ok(parsed.clone()));
        assert_eq!(PhoneNumber::prescribed(e164), Ok(parsed));
    }
}
