//! Two gateways, the servers they share, and what stands between them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::gateway::{Gateway, Parties, Setup};
use crate::proxy::Proxy;
use crate::servers::Servers;

pub(crate) const JOURNAL_PARTITIONS: u32 = 6;

/// Everything that may fail.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) servers: Servers,
    /// What the gateways' topics and tables are named after.
    pub(crate) prefix: String,
    /// In front of the nodes, for the first gateway.
    pub(crate) nodes: Vec<Proxy>,
    /// In front of the first gateway, for its callers.
    pub(crate) callers: Proxy,
    /// The gateway that fails.
    pub(crate) one: Gateway,
    /// The gateway that does not.
    pub(crate) two: Gateway,
    _directory: Option<TempDir>,
}

impl World {
    /// Starts both gateways, with topics and tables of their own.
    pub(crate) async fn start(program: &Path, cluster: &Path, kept: Option<&Path>) -> Result<Self> {
        let servers = Servers::below(cluster)?;
        let (directory, path) = match kept {
            Some(path) => (None, path.to_owned()),
            None => {
                let made = tempfile::Builder::new().prefix("navette-faults-").tempdir().context("no directory")?;
                let path = made.path().to_owned();
                (Some(made), path)
            }
        };
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        let mut nodes = Vec::new();
        // The driver finds the other nodes by their addresses, at the port of the one that it begins with.
        let mut port = 0;
        for node in &servers.nodes {
            let proxy = Proxy::start(SocketAddr::new(node.ip(), port), *node).await?;
            port = proxy.address.port();
            nodes.push(proxy);
        }
        let prefix = format!("faults_{}", std::process::id());
        let setup = |name, nodes: String| Setup {
            program: program.to_owned(),
            directory: path.clone(),
            name,
            environment: environment(&servers, &prefix, nodes),
        };
        let one = Gateway::start(setup("one", joined(nodes.iter().map(|proxy| proxy.address)))).await?;
        let two = Gateway::start(setup("two", joined(servers.nodes.iter().copied()))).await?;
        let callers = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), one.address).await?;
        Ok(Self { servers, prefix, nodes, callers, one, two, _directory: directory })
    }

    /// Those who come to each of the gateways.
    pub(crate) async fn parties(&self) -> Result<[Parties; 2]> {
        Ok([
            Parties::at(self.callers.address, &self.one.access).await?,
            Parties::at(self.two.address, &self.two.access).await?,
        ])
    }
}

fn joined(addresses: impl Iterator<Item = SocketAddr>) -> String {
    addresses.map(|address| address.to_string()).collect::<Vec<_>>().join(",")
}

fn environment(servers: &Servers, prefix: &str, nodes: String) -> Vec<(String, String)> {
    [
        ("STORAGE_BACKEND", "cluster".to_owned()),
        ("STORAGE_CLUSTER_KAFKA_BROKERS", servers.brokers.clone()),
        ("STORAGE_CLUSTER_KAFKA_PREFIX", prefix.to_owned()),
        ("STORAGE_CLUSTER_KAFKA_JOURNAL_PARTITIONS", JOURNAL_PARTITIONS.to_string()),
        ("STORAGE_CLUSTER_KAFKA_REPLICATION", "3".to_owned()),
        ("STORAGE_CLUSTER_CASSANDRA_NODES", nodes),
        ("STORAGE_CLUSTER_CASSANDRA_KEYSPACE", prefix.to_owned()),
        ("STORAGE_CLUSTER_CASSANDRA_REPLICATION", "3".to_owned()),
    ]
    .into_iter()
    .map(|(key, value)| (format!("NAVETTE_{key}"), value))
    .collect()
}
