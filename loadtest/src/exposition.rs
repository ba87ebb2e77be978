//! How a run goes, for Prometheus.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::{Encoder as _, GaugeVec, Opts, Registry, TextEncoder};
use tokio::net::TcpListener;

use crate::judge::Kind;
use crate::measure::{Operation, seconds_at};
use crate::run::Sampler;

/// Takes its place, before anything begins.
///
/// # Errors
/// When the address cannot be listened at.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let hint = "name another with --metrics, or port 0 for any that is free";
    TcpListener::bind(address).await.with_context(|| format!("--metrics {address} cannot be listened at: {hint}"))
}

/// Serves until it is no longer polled.
pub(crate) async fn serve(listener: TcpListener, sampler: Arc<Sampler>) {
    while let Ok((stream, _)) = listener.accept().await {
        let sampler = Arc::clone(&sampler);
        tokio::spawn(async move {
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let answer = answer(request.uri().path(), &sampler);
                async move { Ok::<_, Infallible>(answer) }
            });
            // Whoever reads may go away.
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

fn answer(path: &str, sampler: &Sampler) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    if path != "/metrics" {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    match text(sampler) {
        Ok(text) => {
            response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(prometheus::TEXT_FORMAT));
            *response.body_mut() = text.into();
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}

/// The figures of this instant.
#[expect(clippy::cast_precision_loss, reason = "Prometheus counts in floating point")]
fn text(sampler: &Sampler) -> prometheus::Result<Vec<u8>> {
    let registry = Registry::new();
    let gauge = |name: &str, help: &str, labels: &[&str], rows: &[(&[&str], f64)]| -> prometheus::Result<()> {
        let gauge = GaugeVec::new(Opts::new(name, help), labels)?;
        for (values, value) in rows {
            gauge.with_label_values(values).set(*value);
        }
        registry.register(Box::new(gauge))
    };
    let (seen, total) = (sampler.snapshot(), sampler.total());
    let deposits: [(&[&str], f64); 4] = [
        (&["intended"], total.intended as f64),
        (&["acknowledged"], total.acknowledged as f64),
        (&["missed"], total.missed as f64),
        (&["failed"], total.failed as f64),
    ];
    gauge("navette_load_deposits", "Deposits so far, by what became of them.", &["outcome"], &deposits)?;
    let cases: [(&[&str], f64); 3] = [
        (&["acknowledged"], seen.standing.acknowledged as f64),
        (&["delivered"], seen.standing.delivered as f64),
        (&["returned"], seen.standing.returned as f64),
    ];
    gauge("navette_load_cases", "Cases so far, by how far they are.", &["state"], &cases)?;
    let broken: Vec<([&str; 1], f64)> =
        Kind::ALL.iter().map(|kind| ([kind.as_str()], sampler.findings(*kind) as f64)).collect();
    let broken: Vec<(&[&str], f64)> = broken.iter().map(|(labels, value)| (labels.as_slice(), *value)).collect();
    gauge("navette_load_broken_promises", "Promises of the hub that were broken, by kind.", &["kind"], &broken)?;
    let requests: [(&[&str], f64); 2] =
        [(&["answered"], total.answered as f64), (&["failed"], total.errors_total() as f64)];
    gauge("navette_load_requests", "Requests so far, by what became of them.", &["outcome"], &requests)?;
    gauge("navette_load_deposits_in_flight", "Deposits on their way.", &[], &[(&[], seen.in_flight as f64)])?;
    gauge("navette_load_owed", "Cases and answers that are owed.", &[], &[(&[], seen.standing.outstanding as f64)])?;
    gauge("navette_load_cores", "Cores that the load test takes.", &[], &[(&[], seen.client_share)])?;
    let mut rows: Vec<([&str; 2], f64)> = Vec::new();
    for operation in Operation::ALL {
        let Some(latencies) = total.of(*operation) else { continue };
        for (word, quantile) in [("0.5", 0.5), ("0.99", 0.99), ("1", 1.0)] {
            rows.extend(seconds_at(latencies, quantile).map(|seconds| ([operation.as_str(), word], seconds)));
        }
    }
    let rows: Vec<(&[&str], f64)> = rows.iter().map(|(labels, value)| (labels.as_slice(), *value)).collect();
    gauge(
        "navette_load_latency_seconds",
        "Latency so far, by operation and quantile.",
        &["operation", "quantile"],
        &rows,
    )?;
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text)?;
    Ok(text)
}
