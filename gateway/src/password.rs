//! Passwords that the configuration does not hold, but names the files of.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use secrecy::SecretString;

/// The first line of the file that `key` names.
///
/// # Errors
/// When the file cannot be read, or its first line is empty.
pub(crate) fn read(key: &str, path: &Path) -> Result<SecretString> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{key}: {} cannot be read", path.display()))?;
    let password = text.lines().next().unwrap_or_default();
    ensure!(!password.is_empty(), "{key}: the first line of {} is empty and must be the password", path.display());
    Ok(SecretString::from(password.to_owned()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_password_is_the_first_line_of_its_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("password");
        std::fs::write(&path, "secret\nnot this\n").expect("a file");
        assert_eq!(read("mail.password_file", &path).expect("a password").expose_secret(), "secret");
    }

    #[test]
    fn a_file_without_one_is_named_by_its_key() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("password");
        let missing = read("mail.password_file", &path).expect_err("no file").to_string();
        assert!(missing.starts_with("mail.password_file: ") && missing.ends_with("cannot be read"), "{missing}");
        std::fs::write(&path, "\n").expect("a file");
        let empty = read("mail.password_file", &path).expect_err("no password").to_string();
        assert!(empty.starts_with("mail.password_file: the first line of "), "{empty}");
    }
}
