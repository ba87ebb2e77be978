//! Brings to recipients what is due. What waits is in the ledger; here is only what one process needs to bring it: a window of what is due
//! at each endpoint, the ways there, and the attempts that are under way. All of it is lost with the process, and found again.

mod attempt;
mod options;
mod paths;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;

use navette_router::Faults;
use navette_router::model::{EndpointRecord, Subscription};
use navette_router::ports::Link;

use crate::backend::Hub;
use crate::configuration::Deliveries;
use crate::metrics::DeliveryMetrics;

pub use options::Options;
pub(crate) use options::rules;

/// Finds the way to the endpoint of a subscription, or every fault of its settings. Pure.
pub type FindWay = Box<dyn Fn(&Subscription, &EndpointRecord) -> Result<Arc<dyn Link>, Faults> + Send + Sync>;

/// Brings what is due as the configuration says, on the ways of the hub.
pub(crate) fn bring_by(
    hub: Arc<Hub>,
    section: &Deliveries,
    metrics: DeliveryMetrics,
) -> impl Future<Output = ()> + Send + use<> {
    let ways = hub.ways().clone();
    let find_way: FindWay = Box::new(move |subscription, endpoint| ways.link(subscription, endpoint));
    bring(hub, find_way, Options::from(section), metrics)
}

/// Brings what is due, again and again, while it is this gateway's turn. Whatever is under way when this is dropped ends there: nothing
/// of it is half visible, and it is attempted again.
pub async fn bring(hub: Arc<Hub>, find_way: FindWay, options: Options, metrics: DeliveryMetrics) {
    loop {
        hub.store().chores_turn().await;
        let worker = worker::Worker::new(Arc::clone(&hub), &find_way, &options, &metrics);
        worker.run().await;
    }
}
