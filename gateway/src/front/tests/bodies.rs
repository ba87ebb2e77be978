use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::fixture::{Fixture, answered, http2, read_to_end, read_until};

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn put(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_compressed_body_reaches_the_handler_decoded() {
    let hub = Fixture::start(|_| {});
    let body = "une démarche, ".repeat(50_000);
    let answer = hub.raw(put("/echo", "Content-Encoding: gzip\r\n", &gzipped(body.as_bytes()))).await;
    assert!(answer.contains(&format!("PUT {} decoded=true", body.len())), "{answer}");
    let unknown = hub.raw(put("/echo", "Content-Encoding: br\r\n", b"abc")).await;
    assert!(unknown.starts_with("HTTP/1.1 415"), "{unknown}");
    let broken = hub.raw(put("/echo", "Content-Encoding: x-gzip\r\n", b"not gzip")).await;
    assert!(broken.starts_with("HTTP/1.1 400"), "{broken}");
}

#[tokio::test]
async fn a_gzip_bomb_is_refused() {
    let hub = Fixture::start(|_| {});
    let bomb = gzipped(&vec![0; 32 << 20]);
    let answer = hub.raw(put("/echo", "Content-Encoding: gzip\r\n", &bomb)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let hub = Fixture::start(|options| options.decoded_max_bytes = 1000);
    let answer = hub.raw(put("/echo", "Content-Encoding: gzip\r\n", &gzipped(&[b'a'; 1001]))).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn an_answer_is_compressed_for_who_takes_it() {
    let hub = Fixture::start(|_| {});
    let mut client = http2(hub.connect().await).await;
    let (_, plain) = answered(&mut client, Request::get("http://h/json"), "").await;
    let answer = hub.raw("GET /json HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains("content-encoding: gzip\r\n") && answer.contains("vary: accept-encoding\r\n"), "{answer}");
    assert!(answer.len() < plain.len() / 4);
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_408() {
    let hub = Fixture::start(|options| options.body_stall_timeout = Duration::from_millis(50));
    let mut stream = hub.connect().await;
    stream.write_all(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc").await.unwrap();
    let answer = read_until(&mut stream, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(hub.metric("navette_http_body_stalls_total"), 1.0);
}

#[tokio::test]
async fn a_body_that_drips_in_is_answered_408() {
    let hub = Fixture::start(|options| {
        options.body_stall_timeout = Duration::from_millis(200);
        options.body_min_bytes_per_second = 1 << 30;
    });
    let (mut answer, mut request) = hub.connect().await.into_split();
    request.write_all(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n").await.unwrap();
    let drip = async {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        loop {
            tick.tick().await;
            if request.write_all(b"a").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = drip => {}
        answer = read_until(&mut answer, "\r\n\r\n") => assert!(answer.starts_with("HTTP/1.1 408"), "{answer}"),
    }
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_leaves_nothing() {
    let hub = Fixture::start(|_| {});
    let mut stream = hub.connect().await;
    stream.write_all(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc").await.unwrap();
    hub.metric_becomes("navette_http_connections", 1.0).await;
    drop(stream);
    hub.metric_becomes("navette_http_connections", 0.0).await;
    assert_eq!(hub.metric("navette_in_flight_bytes"), 0.0);
}

#[tokio::test]
async fn an_answer_that_comes_before_the_body_is_seen_and_the_connection_lives() {
    let hub = Fixture::start(|_| {});
    let mut stream = hub.connect().await;
    let body = vec![b'x'; 100_000];
    for _ in 0..3 {
        stream.write_all(b"PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n").await.unwrap();
        stream.write_all(&body).await.unwrap();
        let answer = read_until(&mut stream, "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_in_a_large_body_is_seen() {
    let hub = Fixture::start(|_| {});
    let stream = hub.connect().await;
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        writer.write_all(b"PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n").await.unwrap();
        // Far more than the buffers of the sockets hold.
        for _ in 0..32 {
            writer.write_all(&vec![b'x'; 1 << 20]).await.unwrap();
        }
    });
    sending.await.unwrap();
    let answer = read_to_end(&mut reader).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_to_go_on_is_told() {
    let hub = Fixture::start(|_| {});
    let mut stream = hub.connect().await;
    let head =
        |path: &str| format!("PUT {path} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    stream.write_all(head("/echo").as_bytes()).await.unwrap();
    assert_eq!(read_until(&mut stream, "\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    assert!(read_until(&mut stream, "secure=").await.contains("PUT 3 "));
    stream.write_all(head("/refuse").as_bytes()).await.unwrap();
    let refused = read_until(&mut stream, "\r\n\r\n").await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_loses_its_connection() {
    let hub = Fixture::start(|options| options.write_stall_timeout = Duration::from_millis(50));
    let mut stream = hub.connect().await;
    stream.write_all(b"GET /stream?100000000 HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    hub.metric_becomes("navette_http_write_stalls_total", 1.0).await;
    hub.metric_becomes("navette_http_connections", 0.0).await;
    assert_eq!(hub.metric("navette_in_flight_bytes"), 0.0);
    let mut received = Vec::new();
    drop(stream.read_to_end(&mut received).await);
    assert!(received.len() < 100_000_000);
}
