//! What the author of an adapter tests with: a hub in memory with partners in it, and the conformance suite of the adapter port.
//!
//! An adapter that recipients come to implements [`pull::Peer`] in its tests, in its own protocol, and runs [`pull::conforms`].

pub mod maildev;
pub mod pull;
mod world;

pub use world::World;
