//! `docs/configuration.md` and `docs/doctor.md` are what the tables of keys and of checks print.

use std::{fs, path::Path};

use otp_cli::{config::reference, doctor_reference};

/// Whoever changes a table runs these with `UPDATE_DOCS=1` and commits the pages with it.
#[test]
fn the_reference_of_keys_is_up_to_date() {
    is_up_to_date("configuration.md", &reference());
}

#[test]
fn the_reference_of_checks_is_up_to_date() {
    is_up_to_date("doctor.md", &doctor_reference());
}

fn is_up_to_date(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    #[expect(clippy::disallowed_methods, reason = "a switch of the test, not a setting of the program")]
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        fs::write(&path, printed).expect("the page can be written");
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == printed, "docs/{name} is old: UPDATE_DOCS=1 cargo test -p otp-cli reference");
}
