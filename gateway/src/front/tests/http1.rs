use tokio::io::AsyncWriteExt as _;

use super::fixture::{Fixture, read_until};

#[tokio::test]
async fn a_connection_answers_one_request_after_the_other() {
    let hub = Fixture::start(|_| {});
    let mut stream = hub.connect().await;
    for length in [5, 0, 1] {
        let body = "x".repeat(length);
        let request = format!("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = read_until(&mut stream, "secure=false").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains(&format!("PUT {length} decoded=false")), "{answer}");
    }
    assert_eq!(hub.metric("navette_http_connections_accepted_total"), 1.0);
}

#[tokio::test]
async fn chunked_and_pipelined_requests_are_answered_in_order() {
    let hub = Fixture::start(|_| {});
    let chunked = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
    let last = "GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let answer = hub.raw(format!("{chunked}{chunked}{last}")).await;
    let bodies: Vec<_> =
        answer.lines().filter(|line| line.contains("decoded")).map(|line| line.split("HTTP").next().unwrap()).collect();
    assert_eq!(
        bodies,
        ["POST 7 decoded=false secure=false", "POST 7 decoded=false secure=false", "GET 0 decoded=false secure=false"]
    );
}

#[tokio::test]
async fn a_repeated_length_is_refused_and_the_connection_closed() {
    let hub = Fixture::start(|_| {});
    let double = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhelloGET /x HTTP/1.1\r\nHost: h\r\n\r\n";
    let both =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let reverse =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let different = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!";
    for request in [double, both, reverse, different] {
        let answer = hub.raw(request).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{request}\n{answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
        // The parser itself refuses lengths that differ.
        assert!(
            request == different || answer.contains(r#"{"errors":[{"code":400,"message":"the length of the body"#),
            "{answer}"
        );
    }
    let later = hub.raw(format!("GET /x HTTP/1.1\r\nHost: h\r\n\r\n{double}")).await;
    assert!(later.starts_with("HTTP/1.1 200") && later.contains("HTTP/1.1 400"), "{later}");
}

#[tokio::test]
async fn a_post_becomes_a_patch_when_it_asks_for_it() {
    let hub = Fixture::start(|_| {});
    let post = |word: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override: {word}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
        )
    };
    assert!(hub.raw(post("PATCH")).await.contains("PATCH 2 "));
    let answer = hub.raw(post("DELETE")).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(r#"{"errors":[{"code":400,"#), "{answer}");
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let hub = Fixture::start(|_| {});
    let get = |header: &str| format!("GET / HTTP/1.1\r\nHost: h\r\n{header}Connection: close\r\n\r\n");
    assert!(hub.raw(get("X-Request-Id: abc-123\r\n")).await.contains("x-request-id: abc-123\r\n"));
    let generated = hub.raw(get("X-Request-Id: a b\r\n")).await;
    let id = generated.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    assert_eq!(id.len(), 36, "{generated}");
}

#[tokio::test]
async fn a_panic_costs_one_request_only() {
    let hub = Fixture::start(|_| {});
    let request = "GET /panic HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let answer = hub.raw(request).await;
    assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("HTTP/1.1 200"), "{answer}");
    assert_eq!(hub.metric("navette_http_panics_total"), 1.0);
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let hub = Fixture::start(|_| {});
    for garbage in ["\0\0\0\0\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\0\x01\0"] {
        let answer = hub.raw(format!("{garbage}\r\n\r\n")).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{garbage:?}: {answer}");
    }
    let long = hub.raw(format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(200_000))).await;
    assert!(long.starts_with("HTTP/1.1 4"), "{long}");
    let many = hub.raw(format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(200))).await;
    assert!(many.starts_with("HTTP/1.1 431"), "{many}");
}
