use bytes::Bytes;
use http::Request;

use super::fixture::{Fixture, answered, http2};

#[tokio::test]
async fn one_connection_carries_many_requests_at_once() {
    let hub = Fixture::start(|options| options.http2_stream_window_bytes = 65_535);
    let client = http2(hub.connect().await).await;
    let requests = (0..40_usize).map(|index| {
        let mut client = client.clone();
        async move {
            let body = Bytes::from(vec![b'x'; index * 5000]);
            let answer = answered(&mut client, Request::put("http://h/echo"), body).await;
            assert_eq!(answer, (200, format!("PUT {} decoded=false secure=false", index * 5000)));
        }
    });
    futures_util::future::join_all(requests).await;
    assert_eq!(hub.metric("navette_http_connections_accepted_total"), 1.0);
    hub.metric_becomes("navette_in_flight_bytes", 0.0).await;
}

#[tokio::test]
async fn a_body_that_is_not_wanted_costs_the_stream_and_not_the_connection() {
    let hub = Fixture::start(|_| {});
    let mut client = http2(hub.connect().await).await;
    let (status, _) = answered(&mut client, Request::put("http://h/refuse"), vec![0; 100]).await;
    assert_eq!(status, 401);
    assert_eq!(answered(&mut client, Request::get("http://h/echo"), "").await.0, 200);
}

#[tokio::test]
async fn a_body_streams_out_over_http_2() {
    let hub = Fixture::start(|_| {});
    let mut client = http2(hub.connect().await).await;
    let (status, body) = answered(&mut client, Request::get("http://h/stream?5000000"), "").await;
    assert_eq!((status, body.len()), (200, 5_000_000));
    hub.metric_becomes("navette_http_sent_bytes_total", 5_000_000.0).await;
}
