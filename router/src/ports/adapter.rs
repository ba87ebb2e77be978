//! A way for cases to reach their recipients.
//!
//! Every way is an [`Adapter`]. One to which recipients come needs nothing else from the domain; one that goes to them is
//! a [`Push`] as well: it reads the settings of an [`Endpoint`], and brings a [`Delivery`] there once. Trying again, waiting,
//! giving up and telling people is the hub's business, which decides by what a [`DeliveryError`] says.

mod delivery;
mod endpoint;
mod failure;
mod push;
mod reader;
mod receipt;
mod returned;
mod words;

pub use delivery::{Delivery, FileStream, Files};
pub use endpoint::{Endpoint, Key};
pub use failure::{Blame, DeliveryError, DeliveryErrorKind};
pub use push::{DynPush, Link, Push};
pub use reader::SettingsReader;
pub use receipt::Receipt;
pub use returned::{Awaited, Outcome, Returned, ReturnedFile};
pub use words::PeerWords;

/// Who makes the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The recipient comes and fetches.
    Pull,
    /// The hub goes and delivers.
    Push,
}

/// What an adapter can do, as data. The hub decides by this and never by the adapter's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Who makes the first step.
    pub direction: Direction,
    /// Whether statuses, messages and files come back the same way.
    pub return_flow: bool,
    /// The largest attachment it carries, in bytes; none: whatever the hub takes.
    pub attachment_max_bytes: Option<u64>,
    /// Whether what concerns one case must arrive in the order it happened: the hub then begins nothing of a case before what
    /// came earlier has arrived.
    pub ordered: bool,
    /// Whether a transfer that was cut goes on where it stopped, rather than from the beginning.
    pub resumable: bool,
    /// Whether events of a case are delivered as well, besides the case itself.
    pub events: bool,
}

/// A way for cases to reach their recipients.
pub trait Adapter: Send + Sync + 'static {
    /// Its name in configuration, metrics and logs: lower-case letters.
    const NAME: &'static str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;
}
