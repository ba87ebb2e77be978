//! What the HTTP front counts. Children of labelled metrics are bound once: nothing is looked up by text on the way of a request
//! but the name of its endpoint.

use http::StatusCode;
use prometheus::{Histogram, IntCounter, IntGauge};

use super::Registry;

/// Seconds; from a cached read to the upload of a gigabyte.
const LATENCY_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The label of what was answered before the request reached an endpoint.
pub(crate) const NO_ENDPOINT: &str = "none";

/// What is counted of one endpoint.
#[derive(Debug)]
pub struct EndpointMetrics {
    name: &'static str,
    answers: [IntCounter; CLASSES.len()],
    duration: Histogram,
}

impl EndpointMetrics {
    /// One more answer, `seconds` after the head of its request had come.
    pub fn observe(&self, status: StatusCode, seconds: f64) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        self.answers[class].inc();
        self.duration.observe(seconds);
    }
}

/// What the HTTP front counts.
#[derive(Debug)]
#[non_exhaustive]
pub struct FrontMetrics {
    /// Sorted by name.
    endpoints: Vec<EndpointMetrics>,
    /// Bytes of bodies that came in, before they were decompressed.
    pub received_bytes: IntCounter,
    /// Bytes of bodies that went out, after they were compressed.
    pub sent_bytes: IntCounter,
    /// Connections that are open.
    pub connections: IntGauge,
    /// Connections that were accepted.
    pub accepted: IntCounter,
    /// Requests answered 503 because too much was in flight.
    pub shed: IntCounter,
    /// Finished TLS handshakes.
    pub handshakes: IntCounter,
    /// TLS handshakes that did not end well, or not in time.
    pub failed_handshakes: IntCounter,
    /// Bodies that paused for too long.
    pub body_stalls: IntCounter,
    /// Connections closed because the client took nothing of an answer for too long.
    pub write_stalls: IntCounter,
    /// Requests whose handling ended in a panic.
    pub panics: IntCounter,
    /// Certificates that were taken while running.
    pub certificate_reloads: IntCounter,
    /// Certificates that were refused while running.
    pub failed_certificate_reloads: IntCounter,
}

impl FrontMetrics {
    /// Declares them, with these endpoints as labels.
    pub fn new(registry: &Registry, endpoints: &[&'static str]) -> Self {
        let requests = registry.counters(
            "navette_http_requests_total",
            "Requests answered, by endpoint and class of status.",
            &["endpoint", "status"],
        );
        let durations = registry.histograms(
            "navette_http_request_duration_seconds",
            "From the head of a request to the head of its answer, by endpoint.",
            &["endpoint"],
            &LATENCY_BUCKETS,
        );
        let mut names = endpoints.to_vec();
        names.push(NO_ENDPOINT);
        names.sort_unstable();
        names.dedup();
        let bind = |name: &'static str| EndpointMetrics {
            name,
            answers: CLASSES.map(|class| requests.with_label_values(&[name, class])),
            duration: durations.with_label_values(&[name]),
        };
        let counter = |name, help| registry.counter(name, help);
        Self {
            endpoints: names.into_iter().map(bind).collect(),
            received_bytes: counter(
                "navette_http_received_bytes_total",
                "Bytes of bodies that came in, as they were sent.",
            ),
            sent_bytes: counter("navette_http_sent_bytes_total", "Bytes of bodies that went out."),
            connections: registry.gauge("navette_http_connections", "Connections that are open."),
            accepted: counter("navette_http_connections_accepted_total", "Connections that were accepted."),
            shed: counter("navette_http_shed_total", "Requests answered 503 because too much was in flight."),
            handshakes: counter("navette_tls_handshakes_total", "TLS handshakes that ended well."),
            failed_handshakes: counter(
                "navette_tls_failed_handshakes_total",
                "TLS handshakes that failed or took too long.",
            ),
            body_stalls: counter("navette_http_body_stalls_total", "Bodies of requests that paused for too long."),
            write_stalls: counter(
                "navette_http_write_stalls_total",
                "Connections closed because the client took nothing of an answer for too long.",
            ),
            panics: counter(
                "navette_http_panics_total",
                "Requests whose handling panicked, answered 500. Report each.",
            ),
            certificate_reloads: counter("navette_tls_certificate_reloads_total", "Certificates taken while running."),
            failed_certificate_reloads: counter(
                "navette_tls_failed_certificate_reloads_total",
                "Certificates refused while running; the former one stays.",
            ),
        }
    }

    /// What is counted of this endpoint; what has no name of its own is counted together.
    pub fn endpoint(&self, name: &str) -> &EndpointMetrics {
        let find = |name: &str| self.endpoints.binary_search_by(|endpoint| endpoint.name.cmp(name));
        let index = find(name).or_else(|_| find(NO_ENDPOINT)).unwrap_or_default();
        &self.endpoints[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_counted_for_its_endpoint_and_class() {
        let registry = Registry::new();
        let metrics = FrontMetrics::new(&registry, &["create_folder", "read_case"]);
        metrics.endpoint("read_case").observe(StatusCode::OK, 0.004);
        metrics.endpoint("whatever").observe(StatusCode::NOT_FOUND, 0.1);
        let text = registry.text();
        for line in [
            "navette_http_requests_total{endpoint=\"read_case\",status=\"2xx\"} 1",
            "navette_http_requests_total{endpoint=\"none\",status=\"4xx\"} 1",
            "navette_http_requests_total{endpoint=\"create_folder\",status=\"2xx\"} 0",
            "navette_http_request_duration_seconds_bucket{endpoint=\"read_case\",le=\"0.005\"} 1",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
        }
    }
}
