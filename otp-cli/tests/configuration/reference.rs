//! `docs/configuration.md` is what the table of keys prints.

use std::{fs, path::Path};

use otp_cli::config::reference;

/// Whoever changes the table of keys runs this with `UPDATE_DOCS=1` and commits the page with it.
#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    #[expect(clippy::disallowed_methods, reason = "a switch of the test, not a setting of the program")]
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    if update {
        fs::create_dir_all(path.parent().expect("the page is in a directory")).unwrap();
        fs::write(&path, reference()).unwrap();
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == reference(),
        "docs/configuration.md is old: UPDATE_DOCS=1 cargo test -p otp-cli reference"
    );
}
