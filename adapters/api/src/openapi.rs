//! The description of the interface, as OpenAPI 3.1: generated from the table of operations, the bodies that are read and the
//! answers that are written, so that it cannot say anything else than what is done.

mod description;
mod document;
pub(crate) mod facet;
mod operations;
mod parameter;
pub(crate) mod words;

pub use document::document;
