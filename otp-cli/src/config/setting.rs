//! [`Setting`]: a line of `otp config`.

use super::source::Origin;

/// What stands in place of every secret, whatever its length.
pub const MASK: &str = "***";

/// A key with the value that holds, secrets masked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Setting {
    /// The key's name.
    pub name: &'static str,
    /// Its value, `null` where it is not set.
    pub value: serde_json::Value,
    /// Where it was given.
    pub origin: Origin,
}

impl Setting {
    /// The value as `otp.toml` and environment variables take it, in one line; empty where it is not set.
    #[must_use]
    pub fn text(&self) -> String {
        let text = match &self.value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(items) => {
                items.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        text.chars()
            .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
            .collect()
    }
}
