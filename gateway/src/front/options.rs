//! How the front is set up.

use std::time::Duration;

use crate::configuration::Configuration;

/// How the front is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many connections may be open at a time.
    pub max_connections: usize,
    /// The largest head of a request, and how much of an HTTP/1.1 connection is read at a time, in bytes; at least 8 KiB.
    pub head_max_bytes: usize,
    /// How many headers a request may have.
    pub headers_max: usize,
    /// What a compressed body may become, in bytes.
    pub decoded_max_bytes: u64,
    /// How many times its own size a compressed body may become.
    pub decoded_max_ratio: u32,
    /// From the first byte of a request to the end of its headers.
    pub head_timeout: Duration,
    /// How long a connection may stay open without a request.
    pub idle_timeout: Duration,
    /// How long a body may pause.
    pub body_stall_timeout: Duration,
    /// How many bytes of a body grant a second of waiting for the rest; zero: any body may drip in.
    pub body_min_bytes_per_second: u64,
    /// How long a client may take nothing of an answer.
    pub write_stall_timeout: Duration,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long requests in progress may take to end once the front stops.
    pub drain_timeout: Duration,
    /// What may be in flight at a time, in bytes.
    pub in_flight_max_bytes: u64,
    /// What every request is charged, in bytes.
    pub request_base_bytes: u64,
    /// What a request is charged at most for its body, in bytes.
    pub request_window_bytes: u64,
    /// What a refused client is told to wait; written in whole seconds, at least one.
    pub retry_after: Duration,
    /// How many requests may be in progress on one HTTP/2 connection.
    pub http2_streams_max: u32,
    /// How much of a body an HTTP/2 client may send before it was taken, in bytes.
    pub http2_stream_window_bytes: u32,
    /// The same for all bodies of a connection together, in bytes.
    pub http2_connection_window_bytes: u32,
}

impl From<&Configuration> for Options {
    fn from(configuration: &Configuration) -> Self {
        let Configuration { server, tls, limits, timeouts, admission, http2, drain, .. } = configuration;
        let window = |size: u64| u32::try_from(size).unwrap_or(u32::MAX);
        Self {
            max_connections: server.max_connections.get(),
            head_max_bytes: limits.head_max_bytes.as_usize(),
            headers_max: limits.headers_max.get(),
            decoded_max_bytes: limits.decoded_max_bytes.0,
            decoded_max_ratio: limits.decoded_max_ratio.get(),
            head_timeout: timeouts.head.0,
            idle_timeout: timeouts.idle.0,
            body_stall_timeout: timeouts.body_stall.0,
            body_min_bytes_per_second: timeouts.body_min_bytes_per_second.0,
            write_stall_timeout: timeouts.write_stall.0,
            handshake_timeout: tls.handshake_timeout.0,
            drain_timeout: drain.timeout.0,
            in_flight_max_bytes: admission.in_flight_max_bytes.0,
            request_base_bytes: admission.request_base_bytes.0,
            request_window_bytes: admission.request_window_bytes.0,
            retry_after: admission.retry_after.0,
            http2_streams_max: http2.streams_max.get(),
            http2_stream_window_bytes: window(http2.stream_window_bytes.0),
            http2_connection_window_bytes: window(http2.connection_window_bytes.0),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::from(&Configuration::default())
    }
}
