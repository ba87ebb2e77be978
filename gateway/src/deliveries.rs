//! Brings to recipients what is due, and takes what they answer. What waits is in the ledger; here is only what one process needs to bring it: a window of what is due
//! at each endpoint, the ways there, and the attempts that are under way. All of it is lost with the process, and found again.

mod attempt;
mod options;
mod paths;
mod returns;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;

use navette_router::Faults;
use navette_router::model::{EndpointRecord, Subscription};
use navette_router::ports::Link;

use crate::backend::Hub;
use crate::configuration::Deliveries;
use crate::metrics::{DeliveryMetrics, Registry, ReturnMetrics};
use paths::Paths;
use worker::Worker;

pub use options::Options;
pub(crate) use options::rules;

/// Finds the way to the endpoint of a subscription, or every fault of its settings. Pure.
pub type FindWay = Box<dyn Fn(&Subscription, &EndpointRecord) -> Result<Arc<dyn Link>, Faults> + Send + Sync>;

/// What is shown of both directions.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Metrics {
    /// What becomes of deliveries.
    pub deliveries: DeliveryMetrics,
    /// What comes back.
    pub returns: ReturnMetrics,
}

impl Metrics {
    /// Declares them.
    pub fn new(registry: &Registry) -> Self {
        Self { deliveries: DeliveryMetrics::new(registry), returns: ReturnMetrics::new(registry) }
    }
}

/// Brings what is due as the configuration says, on the ways of the hub, and takes what comes back.
pub(crate) fn bring_by(
    hub: Arc<Hub>,
    section: &Deliveries,
    metrics: Metrics,
) -> impl Future<Output = ()> + Send + use<> {
    let ways = hub.ways().clone();
    let find_way: FindWay = Box::new(move |subscription, endpoint| ways.link(subscription, endpoint));
    bring(hub, find_way, Options::from(section), metrics)
}

/// Brings what is due and takes what comes back, again and again: all of it, or what is this gateway's where several share it. Whatever is
/// under way when this is dropped ends there: nothing of it is half visible, and it is attempted again.
pub async fn bring(hub: Arc<Hub>, find_way: FindWay, options: Options, metrics: Metrics) {
    let paths = Paths::new(find_way);
    let brings = Worker::new(Arc::clone(&hub), &paths, &options, &metrics.deliveries).run();
    let collects = returns::collect(&hub, &paths, &options, &metrics.returns);
    tokio::join!(brings, collects);
}
