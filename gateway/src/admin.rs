//! What an administrator does with files: the referential comes in and goes out as tables.
//!
//! It speaks to a running hub over its public interface with a credential of scope ADMIN, like any other client.

mod client;
mod endpoint_columns;
mod import;
mod kinds;
mod siret;
mod table;

pub use client::Administrator;
pub use import::{Outcome, Plan};
pub use kinds::Kind;
pub use table::Fault;
