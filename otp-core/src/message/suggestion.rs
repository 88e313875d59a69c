//! The known name that a mistyped one probably meant.

/// Names longer than this are not compared: the distance takes quadratic time.
const MAX_COMPARED: usize = 64;

/// The member of `known` closest to `name`, if any is close.
pub(super) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = plain(name);
    if name.is_empty() || name.len() > MAX_COMPARED {
        return None;
    }
    known
        .filter(|candidate| candidate.len() <= MAX_COMPARED)
        .filter_map(|candidate| {
            let other = plain(candidate);
            let distance = distance(&name, &other);
            // `code` means `security_code` and `app_name` means `app`, far apart as they are.
            let part = name.len().min(other.len()) >= 3 && (name.contains(&other) || other.contains(&name));
            (distance <= name.len().max(other.len()) / 3 || part).then_some((!part, distance, candidate))
        })
        .min()
        .map(|(_, _, candidate)| candidate)
}

/// `SecurityCode` and `security-code` are `security_code` to people.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Levenshtein distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let cost = (diagonal + usize::from(l != *r)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let known = ["app", "security_code", "minutes", "first_name"];
        for (given, meant) in [
            ("securty_code", Some("security_code")),
            ("SecurityCode", Some("security_code")),
            ("code", Some("security_code")),
            ("app_name", Some("app")),
            ("ap", Some("app")),
            ("minute", Some("minutes")),
            ("name", Some("first_name")),
            ("phone", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(closest(given, known.into_iter()), meant, "{given}");
        }
    }
}
