//! Files that will be written in the end, found out at the beginning.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

/// Makes sure that each of these can be written, and that no two are the same. What is not there yet is not there afterwards either.
///
/// # Errors
/// With the option and the file.
pub(super) fn ensure_all(files: &[(&str, Option<&PathBuf>)]) -> Result<()> {
    let named: Vec<(&str, &PathBuf)> = files.iter().filter_map(|(option, path)| Some((*option, (*path)?))).collect();
    for (index, (option, path)) in named.iter().enumerate() {
        if let Some((other, _)) = named.iter().take(index).find(|(_, former)| former == path) {
            anyhow::bail!("{other} and {option} both name {}: give each a file of its own", path.display());
        }
        ensure_one(path).with_context(|| format!("{option}: {} cannot be written", path.display()))?;
    }
    Ok(())
}

fn ensure_one(path: &Path) -> Result<()> {
    ensure!(!path.is_dir(), "it is a directory");
    let is_new = !path.exists();
    File::options().create(true).append(true).open(path)?;
    if is_new {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// Writes a file.
///
/// # Errors
/// With its name.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_named_with_its_option_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let [good, kept] = ["good.json", "kept.html"].map(|name| directory.path().join(name));
        std::fs::write(&kept, "of a former run").unwrap();
        ensure_all(&[("--report", Some(&kept)), ("--json", Some(&good)), ("--hdr", None)]).unwrap();
        assert!(!good.exists() && std::fs::read_to_string(&kept).unwrap() == "of a former run");
        for (bad, says) in [
            (directory.path().join("no/such/file"), "No such file"),
            (directory.path().to_owned(), "it is a directory"),
        ] {
            let error = format!("{:#}", ensure_all(&[("--report", Some(&kept)), ("--json", Some(&bad))]).unwrap_err());
            assert!(
                error.starts_with("--json: ") && error.contains("cannot be written") && error.contains(says),
                "{error}"
            );
        }
        let error = ensure_all(&[("--report", Some(&kept)), ("--json", Some(&kept))]).unwrap_err().to_string();
        assert!(error.contains("--report and --json both name"), "{error}");
    }
}
