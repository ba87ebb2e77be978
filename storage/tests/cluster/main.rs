//! The cluster backend passes the conformance suite, and everything moves to it and back, on a real Kafka and a real Cassandra.

#![expect(clippy::print_stderr, reason = "what was skipped is for whoever runs the tests")]

mod gateways;
#[path = "../machine/mod.rs"]
mod machine;
mod objects;
mod relocation;
mod security;
mod servers;

use navette_storage::conformance_suite;

use servers::Servers;

conformance_suite!(Servers::new());
