//! The backend and the domain over it, as the configuration says.

mod attachments;
#[cfg(feature = "cluster")]
pub(crate) mod cluster;
pub(crate) mod embedded;
mod files;
pub(crate) mod half_moved;
mod store;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use navette_router::Limits;
use navette_router::ports::SystemClock;

pub use attachments::Attachments;
pub(crate) use files::HubFiles;
pub use store::Store;

use crate::chores;
use crate::configuration::{Backend, ByteSize, Configuration};
use crate::tokens::MasterKey;
use crate::{deliveries, ways};

#[cfg(not(feature = "cluster"))]
pub(crate) const WITHOUT_CLUSTER: &str =
    "storage.backend: is cluster, and this navette was built without the feature of this name";

/// The hub as this program runs it.
pub type Hub = navette_router::Hub<Store, Attachments, SystemClock>;

/// Opens what the configuration names. Returns when the journal is replayed, or what the servers hold is read.
///
/// # Errors
/// A sentence that says what cannot be opened, and why.
pub async fn open(configuration: &Configuration) -> Result<Arc<Hub>> {
    let ways = ways::open(configuration)?;
    let rules = deliveries::rules(&configuration.deliveries, &ways);
    let (store, attachments) = match configuration.storage.backend {
        Backend::Embedded => embedded::open(configuration).await?,
        #[cfg(feature = "cluster")]
        Backend::Cluster => cluster::open(configuration).await?,
        #[cfg(not(feature = "cluster"))]
        Backend::Cluster => bail!(WITHOUT_CLUSTER),
    };
    let clock = SystemClock::ahead(configuration.clock_ahead_milliseconds);
    let hub = Hub::new(store, attachments, clock, limits(configuration)).with_ways(ways).with_deliveries(rules);
    Ok(Arc::new(match chores::mail::rules(&configuration.mail) {
        Some(rules) => hub.with_mail(rules),
        None => hub,
    }))
}

/// Makes what has to be there before a hub is opened and that nobody needs to think about: for a sandbox.
///
/// # Errors
/// A sentence that says what cannot be made, and why.
pub async fn prepare(configuration: &Configuration) -> Result<()> {
    match configuration.storage.backend {
        Backend::Embedded => Ok(()),
        #[cfg(feature = "cluster")]
        Backend::Cluster => cluster::apply_schema(configuration).await,
        #[cfg(not(feature = "cluster"))]
        Backend::Cluster => bail!(WITHOUT_CLUSTER),
    }
}

/// Takes a place beside the gateways that others run with the same configuration: a name of its own, for at its start a gateway removes
/// what a former one of its name left, and no tables of theirs are brought up to date.
///
/// # Errors
/// A sentence that says what is to be done first.
pub async fn stand_beside(configuration: &mut Configuration) -> Result<()> {
    match configuration.storage.backend {
        Backend::Embedded => Ok(()),
        #[cfg(feature = "cluster")]
        Backend::Cluster => {
            let name = format!("{}-sandbox", cluster::options(configuration)?.gateway);
            configuration.storage.cluster.gateway = Some(name);
            anyhow::ensure!(
                !cluster::is_older(configuration).await?,
                "storage.cluster.cassandra.keyspace: has tables of an earlier version, which may be in use: `navette schema apply` first"
            );
            Ok(())
        }
        #[cfg(not(feature = "cluster"))]
        Backend::Cluster => bail!(WITHOUT_CLUSTER),
    }
}

/// Makes sure that all gateways have the same key at the place that `setting` names: with another master key, none would take the tokens and
/// the secrets of the others, and with another sealing key, open what they sealed.
///
/// # Errors
/// When they have not.
pub async fn agree(hub: &Hub, setting: &'static str, key: &MasterKey, path: &Path) -> Result<()> {
    match hub.store() {
        Store::Embedded(_) => {
            // Nobody else is there.
            let _ = (setting, key, path);
            Ok(())
        }
        #[cfg(feature = "cluster")]
        Store::Cluster(store) => cluster::agree(store, setting, key, path).await,
    }
}

/// The statements that bring the tables of the cluster up to date; none when they are.
///
/// # Errors
/// When the configuration names no cluster, when its servers do not answer, when a later version was there.
pub async fn schema_plan(configuration: &Configuration) -> Result<Vec<String>> {
    match configuration.storage.backend {
        Backend::Embedded => {
            bail!("storage.backend: is embedded, which brings its data up to date by itself; there is nothing to do")
        }
        #[cfg(feature = "cluster")]
        Backend::Cluster => cluster::schema_plan(configuration).await,
        #[cfg(not(feature = "cluster"))]
        Backend::Cluster => bail!(WITHOUT_CLUSTER),
    }
}

fn limits(configuration: &Configuration) -> Limits {
    let limits = &configuration.limits;
    Limits {
        cases_per_folder: limits.cases_per_folder.get(),
        attachments_per_folder: limits.attachments_per_folder.get(),
        events_per_case: limits.events_per_case.get(),
        attachments_per_event: limits.attachments_per_event.get(),
        attachment_max_bytes: limits.attachment_max_bytes.0,
        page_default: limits.list_default_rows.get(),
        page_max: limits.list_max_rows.get(),
        referential_page_max: limits.referential_max_rows.get(),
    }
}

fn count(size: ByteSize) -> usize {
    size.as_usize()
}
