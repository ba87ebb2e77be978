//! What must be true before anything is moved.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use navette_storage::cluster;
use navette_storage::relocation::{Relocatable, Side, State};

use super::{Cluster, Machine};
use crate::backend::half_moved::{self, BEGUN};
use crate::backend::{self, embedded};
use crate::configuration::Configuration;
use crate::service;
use crate::tokens::MasterKey;

/// How often it is looked again whether a gateway that was killed still counts.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

pub(super) const NOT_EMPTY_CLUSTER: &str = "the cluster has data already, and they are not of a move that could go on; remove its keyspace \
     and its topics, then `navette schema apply`, or choose another storage.cluster.cassandra.keyspace and storage.cluster.kafka.prefix";
const NOT_EMPTY_DIRECTORY: &str = "the data directory has data already, and they are not of a move that could go on; move them away, \
     or choose another storage.directory";

/// No gateway has the cluster open. One that was killed a moment ago is waited for.
pub(super) async fn nobody_is_at_work(configuration: &Configuration) -> Result<()> {
    let options = backend::cluster::options(configuration)?;
    let began = Instant::now();
    loop {
        let gateways =
            cluster::gateways(&options).await.context("storage.cluster.kafka: it is not known who is at work")?;
        if gateways.is_empty() {
            return Ok(());
        }
        if began.elapsed() > options.kafka.session_timeout * 2 {
            bail!("storage.cluster: gateways are at work: {}; stop them first", gateways.join(", "));
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// The tables are there.
pub(super) async fn schema_is_applied(configuration: &Configuration) -> Result<()> {
    let plan = backend::cluster::schema_plan(configuration).await?;
    ensure!(
        plan.is_empty(),
        "storage.cluster.cassandra: the tables are not up to date; run `navette schema apply` first"
    );
    Ok(())
}

/// The data of this machine, which no hub has open.
pub(super) async fn machine(configuration: &Configuration) -> Result<Machine> {
    let opened = embedded::open_as_it_is(configuration).await;
    let (store, attachments) = opened.context("a hub that uses these data must be stopped first")?;
    Ok(Side { store, attachments })
}

/// The same, when there are some.
pub(super) async fn with_data(configuration: &Configuration) -> Result<Machine> {
    let directory = configuration.storage.directory.display();
    // Opening would make it.
    ensure!(configuration.storage.directory.join("journal").is_dir(), "storage.directory: {directory} has no data");
    let machine = machine(configuration).await?;
    ensure!(!machine.store.is_empty().await?, "storage.directory: {directory} has no data");
    Ok(machine)
}

/// The data of the cluster, complete or not.
pub(super) async fn cluster(configuration: &Configuration) -> Result<Cluster> {
    schema_is_applied(configuration).await?;
    let (store, attachments) = backend::cluster::open_as_it_is(configuration).await?;
    Ok(Side { store, attachments })
}

/// The same, complete, with all that gateways have begun.
pub(super) async fn complete_cluster(configuration: &Configuration) -> Result<Cluster> {
    let cluster = cluster(configuration).await?;
    half_moved::refuse_cluster(&cluster.store).await?;
    ensure!(!cluster.store.is_empty().await?, "storage.cluster: has no data");
    cluster.store.settled().await.context("the journal has entries that cannot be applied")?;
    Ok(cluster)
}

/// The master key of the data here: it goes with them, and must not be made anew.
pub(super) fn master_key(configuration: &Configuration) -> Result<(MasterKey, PathBuf)> {
    let path = service::master_key_path(configuration);
    let there =
        path.try_exists().with_context(|| format!("tokens.master_key: {} cannot be reached", path.display()))?;
    ensure!(
        there,
        "tokens.master_key: {} is missing; put the key of the source there, or no credential will be accepted any more",
        path.display()
    );
    Ok((MasterKey::open(&path).context("tokens.master_key cannot be used")?, path))
}

/// The master key here is that of the gateways of the cluster.
pub(super) async fn has_the_key_of(store: &cluster::Store, configuration: &Configuration) -> Result<()> {
    let (master, path) = master_key(configuration)?;
    let agreed = store.agreed(backend::cluster::MASTER_KEY).await?;
    ensure!(
        agreed.is_none_or(|agreed| agreed == master.fingerprint()),
        "tokens.master_key: {} is not the key of the cluster; copy that of a gateway here, or no credential will be accepted any more",
        path.display()
    );
    Ok(())
}

/// The state of the move between these two: a new one, or one that goes on.
pub(super) async fn state(
    directory: &Path,
    (source, from): (&impl Relocatable, &str),
    (destination, to): (&impl Relocatable, &str),
) -> Result<(State, bool)> {
    let known = State::read(directory)?;
    let has_ended = known.as_ref().is_some_and(|state| state.has_ended() && state.from == from);
    let begun = known.filter(|state| !state.has_ended());
    if let Some(state) = &begun {
        ensure!(
            state.from == from && state.to == to,
            "a move from {} to {} has begun with these data and has not ended; end that one, or remove {} to give it up",
            state.from,
            state.to,
            State::path(directory).display()
        );
    }
    let mut new = State::new(from, to, source.reached().await?);
    match (begun, destination.is_empty().await?) {
        (None, true) => Ok((new, false)),
        // It was emptied, or nothing has come there yet.
        (Some(begun), true) => {
            new.id = begun.id;
            Ok((new, false))
        }
        (Some(state), false) => Ok((state, true)),
        (None, false) if has_ended => {
            bail!(
                "everything was moved already; --verify-only compares both sides. To move it once more: {}",
                not_empty(to)
            )
        }
        (None, false) => bail!(not_empty(to)),
    }
}

fn not_empty(destination: &str) -> &'static str {
    if destination == "embedded" { NOT_EMPTY_DIRECTORY } else { NOT_EMPTY_CLUSTER }
}

/// The cluster is that of this move; from now on it is.
pub(super) async fn is_this_move(store: &cluster::Store, state: &State) -> Result<()> {
    let begun =
        store.agree(BEGUN, &state.id.to_string()).await.context("the beginning of the move cannot be written down")?;
    ensure!(
        begun == state.id.to_string(),
        "the cluster is that of another move than the one that began with these data; {NOT_EMPTY_CLUSTER}"
    );
    Ok(())
}
