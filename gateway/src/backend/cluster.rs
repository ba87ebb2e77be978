//! On servers that several gateways share.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use navette_storage::cluster::options::{Cassandra, Kafka};
use navette_storage::cluster::{self, Login, Mechanism, Options, Security, Tls, attachments, schema};

use super::{Attachments, Store, count, half_moved};
use crate::configuration::{Bucket, Configuration, KafkaMechanism};
use crate::password;
use crate::tokens::MasterKey;

/// On what gateways agree: the fingerprint of their key.
pub(crate) const MASTER_KEY: &str = "tokens.master_key";

/// Connects to the servers, and makes sure that their data are complete. Returns when what every gateway knows by heart is read.
pub(super) async fn open(configuration: &Configuration) -> Result<(Store, Attachments)> {
    let (store, attachments) = open_as_it_is(configuration).await?;
    half_moved::refuse_cluster(&store).await?;
    Ok((Store::Cluster(Box::new(store)), Attachments::Cluster(attachments)))
}

/// The same, complete or not.
pub(crate) async fn open_as_it_is(configuration: &Configuration) -> Result<(cluster::Store, cluster::Attachments)> {
    let options = options(configuration)?;
    let gateway = options.gateway.clone();
    let opened = cluster::open(options).await.context("storage.cluster: the gateway cannot work on its servers")?;
    tracing::info!(gateway, "the servers of the cluster are in use");
    Ok(opened)
}

/// Brings the tables up to date.
pub(super) async fn apply_schema(configuration: &Configuration) -> Result<()> {
    let options = options(configuration)?.cassandra;
    schema::apply(&options).await.context("storage.cluster.cassandra: the schema cannot be applied")
}

/// The statements that would.
pub(crate) async fn schema_plan(configuration: &Configuration) -> Result<Vec<String>> {
    let options = options(configuration)?.cassandra;
    schema::plan(&options).await.context("storage.cluster.cassandra: the schema cannot be planned")
}

/// Whether there are tables of an earlier version.
pub(super) async fn is_older(configuration: &Configuration) -> Result<bool> {
    let options = options(configuration)?.cassandra;
    let found = schema::found(&options).await.context("storage.cluster.cassandra: the schema cannot be read")?;
    Ok((1..schema::VERSION).contains(&found))
}

/// Makes sure that this gateway has the key of all others at the place that `setting` names.
pub(crate) async fn agree(store: &cluster::Store, setting: &'static str, key: &MasterKey, path: &Path) -> Result<()> {
    let own = key.fingerprint();
    let agreed =
        store.agree(setting, &own).await.with_context(|| format!("{setting} of the other gateways is not known"))?;
    ensure!(
        agreed == own,
        "{setting}: {} is not the key that this cluster began with; copy that of another gateway here",
        path.display()
    );
    Ok(())
}

/// What the configuration says of the servers.
///
/// # Errors
/// When this gateway has no name, or the file of a password cannot be read.
pub(crate) fn options(configuration: &Configuration) -> Result<Options> {
    let cluster = &configuration.storage.cluster;
    let gateway = match &cluster.gateway {
        Some(gateway) => gateway.clone(),
        None => machine_name()?,
    };
    Ok(Options {
        gateway,
        kafka: Kafka {
            brokers: servers(cluster.kafka.brokers.as_deref()),
            security: Security {
                tls: cluster.kafka.tls.then(|| Tls { authorities: cluster.kafka.authorities.clone() }),
                login: login("storage.cluster.kafka", &cluster.kafka.user, &cluster.kafka.password_file)?,
            },
            mechanism: match cluster.kafka.mechanism {
                KafkaMechanism::Plain => Mechanism::Plain,
                KafkaMechanism::ScramSha256 => Mechanism::ScramSha256,
                KafkaMechanism::ScramSha512 => Mechanism::ScramSha512,
            },
            prefix: cluster.kafka.prefix.clone(),
            journal_partitions: cluster.kafka.journal_partitions.get(),
            replication: cluster.kafka.replication.get(),
            journal_retained_for: cluster.kafka.journal_retained_for.0,
            acknowledge_timeout: cluster.kafka.acknowledge_timeout.0,
            request_timeout: cluster.kafka.request_timeout.0,
            queue_max_bytes: count(cluster.kafka.queue_max_bytes),
            session_timeout: cluster.kafka.session_timeout.0,
        },
        cassandra: Cassandra {
            nodes: servers(cluster.cassandra.nodes.as_deref()),
            security: Security {
                tls: cluster.cassandra.tls.then(|| Tls { authorities: cluster.cassandra.authorities.clone() }),
                login: login("storage.cluster.cassandra", &cluster.cassandra.user, &cluster.cassandra.password_file)?,
            },
            keyspace: cluster.cassandra.keyspace.clone(),
            replication: cluster.cassandra.replication.get(),
            request_timeout: cluster.cassandra.request_timeout.0,
            decide_timeout: cluster.cassandra.decide_timeout.0,
            second_node_after: cluster.cassandra.second_node_after.0,
            connect_timeout: cluster.cassandra.connect_timeout.0,
        },
        bucket: bucket(&cluster.bucket)?,
        attachments: attachments::Options {
            inline_max_bytes: configuration.storage.attachments.inline_max_bytes.0,
            upload_chunks_in_flight: cluster.upload_chunks_in_flight.get(),
            download_chunks_in_flight: cluster.download_chunks_in_flight.get(),
            discards_max: configuration.storage.attachments.discards_max.get(),
        },
        writer_stripes: configuration.storage.writer_stripes.get(),
        commits_max: cluster.commits_max.get(),
        entry_max_bytes: count(cluster.entry_max_bytes),
        batch_max_bytes: count(cluster.batch_max_bytes),
        writes_in_flight: cluster.writes_in_flight.get(),
        takeover_after: cluster.takeover_after.0,
        takeovers_in_flight: cluster.takeovers_in_flight.get(),
        clock_ahead_milliseconds: configuration.clock_ahead_milliseconds,
    })
}

/// Who the gateway is to the servers of a section; a user and a password go together, or the configuration would not be there.
fn login(section: &str, user: &Option<String>, password_file: &Option<PathBuf>) -> Result<Option<Login>> {
    let (Some(user), Some(path)) = (user, password_file) else { return Ok(None) };
    Ok(Some(Login { user: user.clone(), password: password::read(&format!("{section}.password_file"), path)? }))
}

/// The bucket that keeps new attachments; a key and its secret go together, or the configuration would not be there.
fn bucket(section: &Bucket) -> Result<Option<attachments::Bucket>> {
    let Some(name) = section.name.clone() else { return Ok(None) };
    let login = match (&section.access_key, &section.secret_key_file) {
        (Some(key), Some(path)) => Some((key.clone(), password::read("storage.cluster.bucket.secret_key_file", path)?)),
        _ => None,
    };
    Ok(Some(attachments::Bucket {
        name,
        region: section.region.clone(),
        endpoint: section.endpoint.clone(),
        prefix: section.prefix.clone(),
        login,
        authorities: section.authorities.clone(),
        request_timeout: section.request_timeout.0,
        connect_timeout: section.connect_timeout.0,
        upload_parts_in_flight: section.upload_parts_in_flight.get(),
    }))
}

fn servers(listed: Option<&str>) -> Vec<String> {
    listed.unwrap_or_default().split(',').map(|server| server.trim().to_owned()).collect()
}

/// The name of the machine, with `-` for what the name of a gateway cannot hold.
fn machine_name() -> Result<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_str().ok().filter(|name| !name.is_empty());
    let name =
        name.context("storage.cluster.gateway: is missing, and the machine has no name that could stand for it")?;
    let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    Ok(name.chars().take(100).map(|character| if fits(character) { character } else { '-' }).collect())
}
