//! Real servers for the tests of the cluster: the ones that `NAVETTE_TEST_KAFKA` and `NAVETTE_TEST_CASSANDRA` name.

mod keyspaces;

use std::time::Duration;

use uuid::Uuid;

use crate::cluster::Options;

pub use keyspaces::{Claim, session};

/// Where a test finds the servers of one kind.
fn named_by(variable: &str) -> Vec<String> {
    let servers = std::env::var(variable).unwrap_or_default();
    assert!(
        !servers.is_empty(),
        "{variable} does not say where servers are, and this test needs a real Kafka and a real Cassandra: \
         start them with `ops/cluster up`, and the tests with `env $(cat target/cluster/cluster.env) cargo test ...`"
    );
    servers.split(',').map(str::to_owned).collect()
}

/// How a test works on the servers: topics and a keyspace of its own, which are not there yet.
///
/// # Panics
/// When the environment names no servers.
pub fn options() -> Options {
    let mut options = Options::new("one", named_by("NAVETTE_TEST_KAFKA"), named_by("NAVETTE_TEST_CASSANDRA"));
    let name = format!("navette_test_{}", Uuid::now_v7().simple());
    options.kafka.prefix.clone_from(&name);
    options.cassandra.keyspace = name;
    options.kafka.journal_partitions = 3;
    // As many copies as there can be: what is not there on most of the servers is not there.
    let copies = options.cassandra.nodes.len().min(3);
    options.cassandra.replication = u16::try_from(copies).expect("at most three");
    options.kafka.replication = u16::try_from(options.kafka.brokers.len().min(3)).expect("at most three");
    // Other tests keep the servers busy.
    options.cassandra.request_timeout = Duration::from_secs(60);
    options.kafka.request_timeout = Duration::from_secs(60);
    options.kafka.acknowledge_timeout = Duration::from_secs(60);
    options
}
