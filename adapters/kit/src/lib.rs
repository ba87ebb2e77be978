//! What the author of an adapter tests with.
//!
//! An adapter that recipients come to implements [`pull::Peer`] in its tests, in its own protocol, and runs [`pull::conforms`] over a
//! hub in memory with partners in it ([`World`]). One that goes to recipients implements [`push::Peer`], which starts and breaks a
//! server of its protocol, and runs [`push::conforms`] with deliveries whose files are made up as they are read
//! ([`Parcel`]).

mod made;
pub mod maildev;
mod memory;
mod parcel;
pub mod pull;
pub mod push;
pub mod sshd;
mod world;

pub use made::{Contents, MadeFiles};
pub use memory::Memory;
pub use navette_storage::conformance::fixtures::digest;
pub use parcel::Parcel;
pub use world::World;
