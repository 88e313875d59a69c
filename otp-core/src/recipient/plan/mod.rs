//! Numbering plans: whether a number in E.164 form is assigned, and where.
//!
//! The data are libphonenumber's, and so are the rules: what its `parse`, `is_valid_number` and
//! `region_code_for_number` come to for a text that is `+` and digits. Whatever would change the number (a national
//! prefix behind the country code, a rule that rewrites digits) stays with the library.

mod pattern;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use rlibphonenumber::{PHONE_NUMBER_UTIL, interfaces::AsOriginal};

use self::pattern::{Pattern, Unsupported};
use super::phone::Region;

/// What the plans say of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is assigned as it is written, in this region; in none if its calling code is of no country.
    Assigned(Option<Region>),
    /// No plan has it.
    Unassigned,
    /// The library has to be asked.
    Undecided,
}

/// Judges a number of E.164 shape: `+` and 7 to 15 digits, the first not zero.
pub(super) fn judge(e164: &str) -> Verdict {
    let digits = &e164.as_bytes()[1..];
    let Some((code, national)) = split(digits) else { return Verdict::Unassigned };
    match plan(code) {
        Some(plan) if plan.keeps(national) => plan.judge(national),
        _ => Verdict::Undecided,
    }
}

/// The calling code and what follows it. No calling code begins another.
fn split(digits: &[u8]) -> Option<(usize, &[u8])> {
    let mut code = 0;
    (1..=3).find_map(|length| {
        code = code * 10 + usize::from(digits[length - 1] - b'0');
        let is_assigned = PHONE_NUMBER_UTIL.get_region_for_country_code(code as i32).is_some();
        is_assigned.then(|| (code, &digits[length..]))
    })
}

/// Read from the metadata when it is first asked for; `None` if it holds a pattern that [`Pattern`] does not know.
fn plan(code: usize) -> Option<&'static Plan> {
    static PLANS: [OnceLock<Option<Box<Plan>>>; 1_000] = [const { OnceLock::new() }; 1_000];

    PLANS[code].get_or_init(|| Plan::read(code as i32).ok().map(Box::new)).as_deref()
}

/// The plan of one calling code.
struct Plan {
    /// What people dial before a number within the country.
    prefix: Option<Pattern>,
    /// Whether digits are rewritten, not only dropped, where the prefix matches.
    rewrites: bool,
    /// The countries that share the code, the main one first.
    territories: Vec<Territory>,
}

struct Territory {
    region: Option<Region>,
    /// Begins numbers of this territory, assigned or not.
    leading_digits: Option<Pattern>,
    general: Kind,
    kinds: Vec<Kind>,
}

/// Numbers of one kind: mobile, toll-free, ...; or of any.
struct Kind {
    /// Bit n stands for n digits. All are set if the metadata name no length.
    lengths: u32,
    pattern: Pattern,
}

impl Plan {
    fn read(code: i32) -> Result<Self, Unsupported> {
        let library = PHONE_NUMBER_UTIL.as_original();
        let regions = library.get_regions_for_country_calling_code(code).ok_or(Unsupported)?;
        let territories =
            regions.map(|region| Territory::read(code, region)).collect::<Result<Vec<_>, _>>()?;
        // The library finds no region where a code is of countries and of none.
        if territories.len() > 1 && territories.iter().any(|territory| territory.region.is_none()) {
            return Err(Unsupported);
        }
        let main = library.get_region_for_country_code(code).ok_or(Unsupported)?;
        let main = library.get_metadata_for_region_or_calling_code(code, main).ok_or(Unsupported)?;
        Ok(Self {
            prefix: optional(&main.national_prefix_for_parsing().pattern_base)?,
            rewrites: !main.original.national_prefix_transform_rule().is_empty(),
            territories,
        })
    }

    /// Whether the library would parse the number as it is. A prefix is not dropped from a number of the right shape
    /// which has none without it.
    fn keeps(&self, national: &[u8]) -> bool {
        let shape = &self.territories[0].general.pattern;
        let prefixes = self.prefix.as_ref().map_or(0, |prefix| prefix.ends(national));
        let has_shape_without = |length| prefixes >> length & 1 == 1 && shape.matches(&national[length..]);
        // More leading zeros than Italy's one are counted by the library, up to ten.
        !national.starts_with(b"00")
            && (prefixes & !1 == 0
                || !self.rewrites && shape.matches(national) && !(1..=national.len()).any(has_shape_without))
    }

    fn judge(&self, national: &[u8]) -> Verdict {
        for territory in &self.territories {
            if territory.assigns(national) {
                return Verdict::Assigned(territory.region);
            }
            // It is a number of this territory, whatever the plans of those that follow have.
            if territory.leading_digits.as_ref().is_some_and(|digits| digits.ends(national) != 0) {
                break;
            }
        }
        Verdict::Unassigned
    }
}

impl Territory {
    fn read(code: i32, region: rlibphonenumber::Region) -> Result<Self, Unsupported> {
        let library = PHONE_NUMBER_UTIL.as_original();
        let metadata = library.get_metadata_for_region_or_calling_code(code, region).ok_or(Unsupported)?;
        let mut mobile = Some(&metadata.mobile);
        mobile.take_if(|_| metadata.original.same_mobile_and_fixed_line_pattern());
        let mut kinds = [&metadata.general_desc, &metadata.fixed_line]
            .into_iter()
            .chain(mobile)
            .chain([&metadata.toll_free, &metadata.premium_rate, &metadata.shared_cost, &metadata.voip])
            .chain([&metadata.personal_number, &metadata.pager, &metadata.uan, &metadata.voicemail])
            .map(|kind| {
                Kind::read(&kind.national_number_pattern().pattern_base, &kind.original.possible_length)
            });
        Ok(Self {
            region: Region::of(region),
            leading_digits: optional(&metadata.leading_digits().pattern_base)?,
            general: kinds.next().transpose()?.flatten().ok_or(Unsupported)?,
            kinds: kinds.filter_map(Result::transpose).collect::<Result<_, _>>()?,
        })
    }

    fn assigns(&self, national: &[u8]) -> bool {
        self.general.has(national) && self.kinds.iter().any(|kind| kind.has(national))
    }
}

impl Kind {
    /// `None` if there are no such numbers.
    fn read(pattern: &Option<String>, lengths: &[i32]) -> Result<Option<Self>, Unsupported> {
        let bit = |length: &i32| u32::try_from(*length).ok().and_then(|length| 1_u32.checked_shl(length));
        let named = lengths.iter().filter_map(bit).fold(0, |bits, bit| bits | bit);
        let lengths = if lengths.is_empty() { u32::MAX } else { named };
        Ok(optional(pattern)?.map(|pattern| Self { lengths, pattern }))
    }

    fn has(&self, national: &[u8]) -> bool {
        self.lengths >> national.len() & 1 == 1 && self.pattern.matches(national)
    }
}

fn optional(pattern: &Option<String>) -> Result<Option<Pattern>, Unsupported> {
    pattern.as_deref().map(Pattern::new).transpose()
}
