//! The smallest adapter that goes to recipients: it puts each case into a folder of a shared disk. `docs/adapters/write-your-own.md`
//! goes through it step by step.

mod settings;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use navette_router::Faults;
use navette_router::model::Timestamp;
use navette_router::ports::{
    Adapter, Capabilities, Delivery, DeliveryError, DeliveryErrorKind, Direction, Endpoint, Key, Push, Receipt,
};

pub use settings::Settings;

/// Puts cases into folders.
#[derive(Debug)]
pub struct Template {
    root: PathBuf,
}

impl Template {
    /// Everything goes below `root`, a directory that must be there.
    pub const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn directory(&self, settings: &Settings) -> PathBuf {
        self.root.join(&settings.directory)
    }
}

impl Adapter for Template {
    const NAME: &'static str = "template";

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            direction: Direction::Push,
            return_flow: false,
            attachment_max_bytes: None,
            ordered: false,
            resumable: false,
            events: false,
        }
    }
}

impl Push for Template {
    type Settings = Settings;

    const KEYS: &'static [Key] = settings::KEYS;

    fn validate(&self, endpoint: &Endpoint) -> Result<Settings, Faults> {
        Settings::read(endpoint)
    }

    async fn deliver(&self, settings: &Settings, delivery: &Delivery) -> Result<Receipt, DeliveryError> {
        let directory = self.directory(settings);
        let reference = delivery.id.to_string();
        let complete = directory.join(&reference);
        // Once there, always there: a repetition changes nothing.
        let was_there = is_there(&complete).await?;
        let sent_bytes = if was_there { 0 } else { write::write(&directory, &complete, delivery).await? };
        Ok(Receipt { reference, sent_bytes, was_there, at: Timestamp::now(), words: None })
    }

    async fn test(&self, settings: &Settings) -> Result<Vec<String>, DeliveryError> {
        let directory = self.directory(settings);
        let attempt = write::write_nothing(&directory).await;
        attempt.map_err(|error| failure(&error, "writing into the directory"))?;
        Ok(vec![format!("the directory {} is there and can be written", settings.directory)])
    }
}

async fn is_there(path: &Path) -> Result<bool, DeliveryError> {
    tokio::fs::try_exists(path).await.map_err(|error| failure(&error, "looking into the directory"))
}

/// What an error of the disk means: who is to act, and whether to try again.
fn failure(error: &io::Error, while_doing: &str) -> DeliveryError {
    let (kind, remedy) = match error.kind() {
        io::ErrorKind::NotFound => (DeliveryErrorKind::Missing, "create it"),
        io::ErrorKind::PermissionDenied => (DeliveryErrorKind::Forbidden, "let the hub's user write there"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (DeliveryErrorKind::Full, "make room"),
        _ => (DeliveryErrorKind::Internal, "look at the disk"),
    };
    // The text of an error of the system may hold a path; its number is enough.
    let code = error.raw_os_error().map(|code| format!(" (error {code})")).unwrap_or_default();
    DeliveryError::new(kind, format!("{while_doing} failed{code}; {remedy}"))
}
