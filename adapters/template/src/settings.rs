//! What an endpoint says.

use navette_router::Faults;
use navette_router::ports::{Endpoint, Key, SettingsReader};

pub(crate) const KEYS: &[Key] = &[Key::required("directory", "the name of the recipient's directory, without any /")];

/// What an endpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The recipient's directory: one component of a path.
    pub directory: String,
}

impl Settings {
    /// Reads it. Pure; finds all faults.
    pub fn read(endpoint: &Endpoint) -> Result<Self, Faults> {
        let mut reader = SettingsReader::new(endpoint, KEYS);
        let directory = reader.text("directory").map(ToOwned::to_owned);
        if directory.as_deref().is_some_and(|name| name.contains('/') || name.starts_with('.')) {
            reader.fault("directory", "is not a name; give one without / that does not begin with a full stop");
        }
        reader.finish(directory.map(|directory| Self { directory }))
    }
}
