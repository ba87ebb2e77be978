//! `navette init`: a directory with a commented configuration.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::configuration::reference_file;

const FILE_NAME: &str = "navette.toml";

/// The configuration cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is one already, and it is not replaced.
    #[error("{} exists already; remove it, or choose another directory", .0.display())]
    Exists(PathBuf),
    /// It cannot be written.
    #[error("{} cannot be written", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Writes a configuration with every key and what it is for into `directory`, whose `data` it names as data directory. Gives
/// where it is.
///
/// # Errors
/// When there is one already, or when it cannot be written.
pub fn write_configuration(directory: &Path) -> Result<PathBuf, InitError> {
    let path = directory.join(FILE_NAME);
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => InitError::Exists(path.clone()),
        _ => InitError::Io { path: path.clone(), source },
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    let directory = directory.canonicalize().map_err(failed)?;
    let data = toml::Value::String(directory.join("data").display().to_string());
    let default = crate::configuration::Configuration::default().storage.directory;
    let default = toml::Value::String(default.display().to_string());
    let file = reference_file().replace(&format!("\ndirectory = {default}\n"), &format!("\ndirectory = {data}\n"));
    let mut options = std::fs::File::options();
    let mut written = options.write(true).create_new(true).mode(0o640).open(&path).map_err(failed)?;
    written.write_all(file.as_bytes()).and_then(|()| written.sync_all()).map_err(failed)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Configuration;

    #[test]
    fn a_configuration_is_written_once_and_is_valid() {
        let directory = tempfile::tempdir().unwrap();
        let path = write_configuration(directory.path()).unwrap();
        let configuration = Configuration::parse(&std::fs::read_to_string(&path).unwrap(), []).unwrap();
        assert_eq!(configuration.storage.directory, directory.path().canonicalize().unwrap().join("data"));
        assert!(configuration.check_paths().is_ok());
        assert!(matches!(write_configuration(directory.path()), Err(InitError::Exists(_))));
    }
}
