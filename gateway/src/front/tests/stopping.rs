use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::fixture::{Fixture, answered, http2, read_to_end, read_until, soon};
use crate::front::Outcome;

#[tokio::test]
async fn requests_in_progress_are_answered_and_no_new_connection_is_taken() {
    let mut hub = Fixture::start(|_| {});
    let mut waiting = hub.connect().await;
    waiting.write_all(b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let mut multiplexed = http2(hub.connect().await).await;
    let stream = tokio::spawn(async move { answered(&mut multiplexed, http::Request::get("http://h/wait"), "").await });
    let mut idle = hub.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    read_until(&mut idle, "secure=").await;
    hub.waiting(2).await;

    hub.begin_stop();
    assert_eq!(read_to_end(&mut idle).await, "");
    let address = hub.address;
    soon("a closed listener", async {
        let mut look = tokio::time::interval(Duration::from_millis(5));
        while TcpStream::connect(address).await.is_ok() {
            look.tick().await;
        }
    })
    .await;
    hub.release(2);
    let answer = read_to_end(&mut waiting).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(stream.await.unwrap().0, 200);
    assert_eq!(hub.stopped().await, Outcome::Drained);
}

#[tokio::test]
async fn a_request_that_does_not_end_in_time_is_cut_off() {
    let mut hub = Fixture::start(|options| options.drain_timeout = Duration::from_millis(50));
    let mut waiting = hub.connect().await;
    waiting.write_all(b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    hub.waiting(1).await;
    hub.begin_stop();
    assert_eq!(read_to_end(&mut waiting).await, "");
    assert_eq!(hub.stopped().await, Outcome::CutOff);
}
