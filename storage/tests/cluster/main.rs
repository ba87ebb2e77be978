//! The cluster backend passes the conformance suite, on a real Kafka and a real Cassandra.

mod gateways;
mod servers;

use navette_storage::conformance_suite;

use servers::Servers;

conformance_suite!(Servers::new());
