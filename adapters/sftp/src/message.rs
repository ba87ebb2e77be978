//! The message: a zip that holds `message.xml`, the documents, an envelope and the other files, in this order, all in one directory.
//!
//! It is made as it is read: no file is ever held whole. The same delivery gives the same bytes each time, so that an upload that was
//! cut can go on.

mod archive;
mod name;
mod plan;
mod xml;
mod zip;

pub use archive::Archive;
pub(crate) use name::read_reference;
pub use name::{Number, message_name, read_name};
pub use plan::{Entry, Plan, Unfit};
