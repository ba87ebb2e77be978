//! Hubs on the servers of the cluster: tables that nobody else uses meanwhile, and topics of their own.

use std::sync::Arc;

use navette_storage::cluster::schema;
use navette_storage::conformance::servers::{Claim, options};

use crate::hub::{Setup, over_http};

/// A hub on the cluster, which has nothing yet.
pub(crate) async fn on_a_cluster() -> Setup {
    let mut options = options();
    let nodes = options.cassandra.nodes.clone();
    let claim = Claim::new(&nodes);
    options.cassandra.keyspace = claim.keyspace();
    schema::apply(&options.cassandra).await.expect("the schema is applied");
    claim.empty(&nodes).await;
    over_http()
        .configured("STORAGE_BACKEND", "cluster")
        .configured("STORAGE_CLUSTER_GATEWAY", "one")
        .configured("STORAGE_CLUSTER_KAFKA_BROKERS", &options.kafka.brokers.join(","))
        .configured("STORAGE_CLUSTER_KAFKA_PREFIX", &options.kafka.prefix)
        .configured("STORAGE_CLUSTER_KAFKA_JOURNAL_PARTITIONS", "3")
        .configured("STORAGE_CLUSTER_KAFKA_REPLICATION", &options.kafka.replication.to_string())
        .configured("STORAGE_CLUSTER_CASSANDRA_NODES", &nodes.join(","))
        .configured("STORAGE_CLUSTER_CASSANDRA_KEYSPACE", &options.cassandra.keyspace)
        .configured("STORAGE_CLUSTER_CASSANDRA_REPLICATION", &options.cassandra.replication.to_string())
        .holding(Arc::new(claim))
}
