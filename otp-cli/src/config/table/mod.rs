//! The table of keys, which drives everything: reading, problems, `otp config`, and the reference.

mod limits;
mod senders;
mod server;

use super::key::Key;

/// The groups of the table: heading and rows.
pub const GROUPS: [(&str, &[Key]); 3] =
    [("Server", server::KEYS), ("Codes and limits", limits::KEYS), ("Delivery", senders::KEYS)];

/// Every key, in the order of the reference.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    GROUPS.into_iter().flat_map(|(_, keys)| keys)
}

/// The key of this name.
pub(super) fn key(name: &str) -> &'static Key {
    keys().find(|key| key.name == name).expect("callers name keys of the table; a test asks for all of them")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::{key::Default, source::Raw};

    #[test]
    fn names_are_unique_and_defaults_fit() {
        let (mut names, mut variables) = (BTreeSet::new(), BTreeSet::new());
        for key in keys() {
            for name in key.names() {
                assert!(names.insert(name), "{name} twice");
                assert!(!key.secret || names.insert(&*format!("{name}_file").leak()), "{name}_file twice");
            }
            for variable in key.variables {
                assert!(variables.insert(*variable), "{variable} twice");
                assert!(
                    !key.secret || variables.insert(&*format!("{variable}_FILE").leak()),
                    "{variable}_FILE"
                );
            }
            if let Default::Text(text) = key.default {
                assert!(
                    key.kind.read(&Raw::Text(text.to_owned())).is_some(),
                    "{}: default {text:?}",
                    key.name
                );
            }
            if let Some(section) = key.section {
                assert!(key.name.starts_with(&format!("{section}_")), "{} in [{section}]", key.name);
            }
            assert!(key.doc.ends_with('.'), "{}", key.name);
        }
    }
}
