//! How near the front is to what it takes at a time.

use std::sync::Arc;

use super::Admission;
use crate::metrics::{FrontMetrics, Limit, Registry};

/// Shows connections and bytes in flight among the named limits.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; both limits are below 2^53")]
pub(crate) fn register(
    registry: &Registry,
    admission: &Admission,
    metrics: &Arc<FrontMetrics>,
    max_connections: usize,
) {
    admission.register(registry);
    let connections = metrics.connections.clone();
    registry.limit(
        Limit::new("server.max_connections", move || connections.get() as f64, move || max_connections as f64)
            .flickering(),
    );
    let (admission, metrics) = (admission.clone(), Arc::clone(metrics));
    let max_bytes = admission.max_bytes();
    registry.limit(
        Limit::new(
            "admission.in_flight_max_bytes",
            move || admission.in_flight_bytes() as f64,
            move || max_bytes as f64,
        )
        .flickering()
        .refusing(move || metrics.shed.get() as f64),
    );
}
