use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::fixture::{Fixture, read_to_end, read_until};

const WAIT: &[u8] = b"GET /wait HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn what_does_not_fit_beside_what_is_in_flight_is_told_to_come_later() {
    let hub = Fixture::start(|options| {
        options.in_flight_max_bytes = 1 << 20;
        options.request_base_bytes = 1 << 10;
        options.retry_after = Duration::from_secs(3);
    });
    let mut first = hub.connect().await;
    first
        .write_all(b"PUT /wait HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n")
        .await
        .unwrap();
    hub.waiting(1).await;
    assert_eq!(hub.metric("navette_in_flight_bytes"), f64::from(1024 + 977 * 1024));

    let body = "x".repeat(100_000);
    let refused = hub
        .raw(format!("PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n{body}"))
        .await;
    assert!(refused.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{refused}");
    assert!(refused.contains("retry-after: 3\r\n") && refused.contains(r#"{"errors":[{"code":503,"#), "{refused}");
    assert_eq!(hub.metric("navette_http_shed_total"), 1.0);
    // Something small still fits.
    assert!(hub.raw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.starts_with("HTTP/1.1 200"));

    hub.release(1);
    read_until(&mut first, "HTTP/1.1 200").await;
    drop(first);
    hub.metric_becomes("navette_in_flight_bytes", 0.0).await;
}

#[tokio::test]
async fn an_answer_in_progress_is_in_flight_until_it_was_taken() {
    let hub = Fixture::start(|_| {});
    let mut stream = hub.connect().await;
    stream.write_all(b"GET /stream?50000000 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;
    assert!(hub.metric("navette_in_flight_bytes") > 0.0);
    read_to_end(&mut stream).await;
    hub.metric_becomes("navette_in_flight_bytes", 0.0).await;
}

#[tokio::test]
async fn a_connection_too_many_waits_for_its_turn() {
    let hub = Fixture::start(|options| options.max_connections = 1);
    let mut first = hub.connect().await;
    first.write_all(WAIT).await.unwrap();
    hub.waiting(1).await;
    let mut second = hub.connect().await;
    second.write_all(WAIT).await.unwrap();
    hub.release(1);
    assert!(read_to_end(&mut first).await.starts_with("HTTP/1.1 200"));
    drop(first);
    hub.waiting(2).await;
    hub.release(1);
    assert!(read_to_end(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_thousand_idle_connections_do_not_hinder_a_request() {
    let hub = Fixture::start(|_| {});
    let mut idle = Vec::new();
    for index in 0..1000 {
        let mut stream = hub.connect().await;
        // Some have had an answer before.
        if index % 10 == 0 {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
            read_until(&mut stream, "secure=").await;
        }
        idle.push(stream);
    }
    hub.metric_becomes("navette_http_connections", 1000.0).await;
    assert!(hub.raw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    drop(idle);
    hub.metric_becomes("navette_http_connections", 0.0).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_time_whatever_it_did_before() {
    let hub = Fixture::start(|options| options.idle_timeout = Duration::from_millis(60));
    let mut silent = hub.connect().await;
    let mut used = hub.connect().await;
    used.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    assert_eq!(read_to_end(&mut silent).await, "");
    assert!(read_to_end(&mut used).await.starts_with("HTTP/1.1 200"));
    let mut http2 = hub.connect().await;
    http2.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    read_to_end(&mut http2).await;
    hub.metric_becomes("navette_http_connections", 0.0).await;
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let hub = Fixture::start(|options| options.head_timeout = Duration::from_millis(60));
    let mut stream = hub.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n").await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
    // Nor is it when an ordinary request came before.
    let mut stream = hub.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    read_until(&mut stream, "secure=").await;
    stream.write_all(b"GET").await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
    hub.metric_becomes("navette_http_connections", 0.0).await;
}

#[tokio::test]
async fn a_request_in_progress_is_not_idle() {
    let hub = Fixture::start(|options| {
        options.idle_timeout = Duration::from_millis(40);
        options.head_timeout = Duration::from_millis(40);
    });
    let mut stream = hub.connect().await;
    stream.write_all(b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    hub.waiting(1).await;
    // Another connection lives and ends its whole time meanwhile.
    let mut other = hub.connect().await;
    assert_eq!(read_to_end(&mut other).await, "");
    hub.release(1);
    assert!(read_to_end(&mut stream).await.starts_with("HTTP/1.1 200"));
}
