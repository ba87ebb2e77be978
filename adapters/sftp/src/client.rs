//! The SFTP client: connections that are trusted, shared and given up in time.

mod connect;
mod failure;
mod pool;
mod session;
mod writer;

#[cfg(feature = "server")]
pub(crate) use connect::CIPHERS;
pub(crate) use failure::{cut, failure, late};
pub(crate) use pool::{Lease, Pool};
pub(crate) use session::Session;
pub(crate) use writer::{Budget, Writer};
