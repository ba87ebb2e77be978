//! A server for recipients who would rather fetch: each account sees its own inbox as a directory of messages, and nothing else.
//!
//! There are no files behind it. A message is made while it is read, as [`Archive`](crate::message::Archive) makes it, with nothing
//! compressed ([`Plan::plain`](crate::message::Plan::plain)), so that listings show exact sizes. Whose inboxes there are, and what waits
//! in them, the hub says ([`Inboxes`]).
//!
//! The protocol's packets are those of `russh-sftp`. Its loop is not used: it goes on after a packet that cannot be one, and nobody
//! notices when it ends. Requests are kept in one buffer with a maximum ([`Options::requests_max_bytes`]), because the SSH library stops
//! reading *and* writing while a channel's queue is full, and some clients ask for all of a file before they read any of it.
//! `docs/adapters/sftp-server.md` is the page for recipients.

mod accept;
mod attributes;
mod client;
mod configuration;
mod connection;
mod files;
mod host_key;
mod inbound;
mod inboxes;
mod listing;
mod names;
mod observer;
mod options;
mod place;
mod reader;
mod refusal;
mod requests;
mod seats;
mod session;
mod transport;
pub mod visit;

pub use accept::Server;
pub use host_key::{HostKeyError, read_or_make_host_key};
pub use inboxes::{Inboxes, Waiting};
pub use observer::Observer;
pub use options::Options;
