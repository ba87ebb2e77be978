//! The directories of the server.

use navette_router::ports::SettingsReader;

/// The directories of the server. None ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// Where messages are put.
    pub(crate) incoming: String,
    /// Where they are written before.
    pub(crate) staging: String,
    /// Where the software puts what it read.
    pub(crate) done: String,
    /// Where the software puts what it could not read.
    pub(crate) failed: String,
    /// Where the software puts its answers.
    pub(crate) returned: Option<String>,
}

const PATH_MAX_BYTES: usize = 1_024;

impl Places {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Option<Self> {
        let [incoming, staging, done, failed, returned] =
            ["directory", "staging_directory", "done_directory", "failed_directory", "return_directory"]
                .map(|name| path(reader, name));
        let incoming = incoming.unwrap_or_else(|| ".".to_owned());
        let below = |name: &str| inside(&incoming, name);
        let places = Self {
            staging: staging.unwrap_or_else(|| below(".navette")),
            done: done.unwrap_or_else(|| below("DONE")),
            failed: failed.unwrap_or_else(|| below("FAILED")),
            returned,
            incoming,
        };
        if places.staging == places.incoming {
            reader.fault(
                "staging_directory",
                "is the directory that the software reads: it would see half-written messages; give another on the same disk",
            );
            return None;
        }
        if places.returned.as_ref() == Some(&places.incoming) {
            reader
                .fault("return_directory", "is where messages are put: answers would be taken for them; give another");
            return None;
        }
        Some(places)
    }
}

/// `name` in `directory`.
pub(crate) fn inside(directory: &str, name: &str) -> String {
    match directory {
        "." => name.to_owned(),
        "/" => format!("/{name}"),
        directory => format!("{directory}/{name}"),
    }
}

fn path(reader: &mut SettingsReader<'_>, name: &str) -> Option<String> {
    let path = reader.text(name)?;
    if path.len() > PATH_MAX_BYTES || path.split('/').any(|part| part == "..") {
        reader.fault(name, format!("is not a path of at most {PATH_MAX_BYTES} bytes without ..; give one"));
        return None;
    }
    let trimmed = path.trim_end_matches('/');
    Some(if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() })
}
