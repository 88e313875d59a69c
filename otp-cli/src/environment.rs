//! The one place where environment variables are read; everything else takes a map.

use std::{collections::BTreeMap, env};

/// The process's environment variables. One that is not UTF-8 cannot be a value of ours; its name is kept if it begins
/// with `OTP_`, so that it is refused rather than ignored.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where the environment enters")]
pub(crate) fn variables() -> BTreeMap<String, String> {
    env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            match value.into_string() {
                Ok(value) => Some((name, value)),
                Err(_) => name.starts_with("OTP_").then(|| (name, String::new())),
            }
        })
        .collect()
}
