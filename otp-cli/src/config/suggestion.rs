//! The known name that a mistyped one probably meant.

/// The candidate closest to `name`, if any is close: `(compared, suggested)` pairs.
pub(super) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<&'a str> {
    let name = plain(name);
    if !(1..=64).contains(&name.len()) {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|(compared, suggested)| {
            let other = plain(compared);
            let distance = strsim::damerau_levenshtein(&name, &other);
            let shorter = name.len().min(other.len());
            let longer = name.len().max(other.len());
            // `server` means `smtp_server` and `code_length` means nothing here.
            let part =
                shorter >= 4 && 2 * shorter >= longer && (name.contains(&other) || other.contains(&name));
            (distance <= longer / 3 || part).then_some((distance, suggested))
        })
        .min()
        .map(|(_, suggested)| suggested)
}

/// `; did you mean NAME?`, or nothing.
pub(super) fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    closest(name, candidates).map(|known| format!("; did you mean {known}?")).unwrap_or_default()
}

/// `Token-Length` is `token_length` to people, and the prefix says nothing.
fn plain(name: &str) -> String {
    let name = name.to_lowercase();
    let name = name.strip_prefix("otp_").unwrap_or(&name);
    name.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let known = ["token_length", "environment", "sms", "max_sends_per_hour", "smtp_server"];
        for (given, meant) in [
            ("tokn_length", Some("token_length")),
            ("OTP_TOKEN_LENGHT", Some("token_length")),
            ("TokenLength", Some("token_length")),
            ("env", None),
            ("environ", Some("environment")),
            ("smss", Some("sms")),
            ("max_send_per_hour", Some("max_sends_per_hour")),
            ("server", Some("smtp_server")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(given, known.map(|name| (name, name))), meant, "{given}");
        }
    }
}
