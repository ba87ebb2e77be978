//! The servers of a cluster that a hub is measured on.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

/// Where they are.
#[derive(Debug, Args)]
pub struct Servers {
    /// Brokers of Kafka, after commas; they speak neither TLS nor SASL.
    #[arg(long)]
    kafka: String,
    /// Nodes of Cassandra, after commas; they speak no TLS and ask for no password.
    #[arg(long)]
    cassandra: String,
    /// How many copies both keep.
    #[arg(long, default_value_t = 1)]
    replication: u32,
}

/// Tables and topics of one run: what others keep on the same servers is not touched, and what is left is found by its name.
#[derive(Debug)]
pub struct Names {
    keyspace: String,
    /// How its topics begin.
    pub prefix: String,
}

impl Names {
    /// Names that no other run has.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Self { keyspace: format!("navette_compare_{now}"), prefix: format!("navette-compare-{now}") }
    }
}

impl fmt::Display for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "left behind: keyspace {} and topics that begin with {}", self.keyspace, self.prefix)
    }
}

impl Servers {
    /// The brokers.
    pub fn kafka(&self) -> &str {
        &self.kafka
    }

    /// What configures a hub for them.
    pub fn variables(&self, names: &Names) -> Vec<(&'static str, String)> {
        vec![
            ("NAVETTE_STORAGE_BACKEND", "cluster".to_owned()),
            ("NAVETTE_STORAGE_CLUSTER_GATEWAY", "compared".to_owned()),
            ("NAVETTE_STORAGE_CLUSTER_KAFKA_BROKERS", self.kafka.clone()),
            ("NAVETTE_STORAGE_CLUSTER_KAFKA_PREFIX", names.prefix.clone()),
            ("NAVETTE_STORAGE_CLUSTER_KAFKA_REPLICATION", self.replication.to_string()),
            ("NAVETTE_STORAGE_CLUSTER_CASSANDRA_NODES", self.cassandra.clone()),
            ("NAVETTE_STORAGE_CLUSTER_CASSANDRA_KEYSPACE", names.keyspace.clone()),
            ("NAVETTE_STORAGE_CLUSTER_CASSANDRA_REPLICATION", self.replication.to_string()),
        ]
    }
}
