//! Generated pages that are committed: a test fails when one is no longer what would be generated.

use std::path::Path;

/// Compares the page at `path`, from the root of the repository, with what it should be; with `UPDATE=1` it is rewritten.
pub(crate) fn check(path: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "{} is out of date: run the test again with UPDATE=1", path.display());
}
