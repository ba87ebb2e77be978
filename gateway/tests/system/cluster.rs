//! Hubs on the servers of the cluster: tables that nobody else uses meanwhile, and topics of their own.

use std::sync::Arc;

use navette_storage::cluster::schema;
use navette_storage::conformance::servers::{Claim, Secured, options};

use crate::hub::{Setup, over_http};

/// A hub on the cluster, which has nothing yet.
pub(crate) async fn on_a_cluster() -> Setup {
    let mut options = options();
    let claim = Claim::new(&options.cassandra);
    options.cassandra.keyspace = claim.keyspace();
    schema::apply(&options.cassandra).await.expect("the schema is applied");
    claim.empty(&options.cassandra).await;
    let setup = over_http()
        .configured("STORAGE_BACKEND", "cluster")
        .configured("STORAGE_CLUSTER_GATEWAY", "one")
        .configured("STORAGE_CLUSTER_KAFKA_BROKERS", &options.kafka.brokers.join(","))
        .configured("STORAGE_CLUSTER_KAFKA_PREFIX", &options.kafka.prefix)
        .configured("STORAGE_CLUSTER_KAFKA_JOURNAL_PARTITIONS", "3")
        .configured("STORAGE_CLUSTER_KAFKA_REPLICATION", &options.kafka.replication.to_string())
        .configured("STORAGE_CLUSTER_CASSANDRA_NODES", &options.cassandra.nodes.join(","))
        .configured("STORAGE_CLUSTER_CASSANDRA_KEYSPACE", &options.cassandra.keyspace)
        .configured("STORAGE_CLUSTER_CASSANDRA_REPLICATION", &options.cassandra.replication.to_string())
        .holding(Arc::new(claim));
    let Some(secured) = Secured::named() else { return setup };
    ["KAFKA", "CASSANDRA"].into_iter().fold(setup, |setup, servers| {
        setup
            .configured(&format!("STORAGE_CLUSTER_{servers}_TLS"), "true")
            .configured(&format!("STORAGE_CLUSTER_{servers}_AUTHORITIES"), &secured.authorities.to_string_lossy())
            .configured(&format!("STORAGE_CLUSTER_{servers}_USER"), &secured.user)
            .configured(&format!("STORAGE_CLUSTER_{servers}_PASSWORD_FILE"), &secured.password_file.to_string_lossy())
    })
}
