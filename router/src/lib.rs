//! The domain of the exchange hub, and nothing but the domain: what a folder is, who may do what to it, and what follows.
//!
//! No socket, no file and no HTTP type is known here. What the domain needs from the outside it says as traits in
//! [`ports`]; [`Hub`] holds the use cases, each of which ends in at most one journal [`Entry`](entry::Entry).

pub mod audit;
pub mod content;
pub mod delivery;
pub mod dispatch;
pub mod entry;
mod error;
pub mod hub;
pub mod letters;
pub mod lifecycle;
pub mod listing;
pub mod model;
pub mod ports;
pub mod referential;
pub mod retention;
pub mod rights;
pub mod view;

pub use error::{Error, Fault, Faults, Noun};
pub use hub::{Hub, Limits};
pub use rights::{Caller, Scope, Side};
