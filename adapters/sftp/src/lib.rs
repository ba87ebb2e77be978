//! Brings cases to SFTP servers of recipients, in the form that the software of town halls has read for years: one zip a case, the
//! [`message`] of the State's older platform. What comes back is an [`answer`]. `docs/adapters/sftp.md` is the page for recipients.
//! For those who would rather fetch there is a server (feature `server`).

pub mod answer;
mod client;
mod collect;
pub mod message;
mod options;
mod push;
#[cfg(feature = "server")]
pub mod server;
mod settings;
mod trial;
mod upload;

pub use options::Options;
pub use push::Sftp;
pub use settings::Settings;
