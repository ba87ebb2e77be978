//! The router's storage ports, implemented: [`embedded`] needs no other service, `cluster` (a feature) lets several gateways share a
//! Kafka and a Cassandra, [`memory`] is the double for tests, [`conformance`] is the suite that every backend passes, and [`relocation`]
//! moves everything from one to another.

// The tests of the cluster share their servers with the suite, which is outside.
#[cfg(all(test, feature = "cluster"))]
extern crate self as navette_storage;

#[cfg(feature = "cluster")]
pub mod cluster;
pub mod conformance;
pub mod embedded;
pub mod memory;
mod recent;
pub mod relocation;
mod writers;
