//! HTTP itself: versions, methods, headers, encodings, listeners.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};

use crate::hub::{Setup, soon};
use crate::parties::{Must as _, complaints, inbox, note, sha256, text};

pub(crate) async fn http_2_tells_the_same_story(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let wire = TokioIo::new(hub.connect_speaking("h2").await);
    let (client, connection) =
        hyper::client::conn::http2::Builder::new(TokioExecutor::new()).handshake(wire).await.unwrap();
    tokio::spawn(connection);
    let ask = async |token: &str, method: Method, path: String, body: Bytes| {
        let mut client = client.clone();
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", hub.access.teledossiers_url))
            .header("authorization", format!("Bearer {token}"))
            .body(Full::new(body))
            .unwrap();
        let answer = soon("an answer", client.send_request(request)).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = soon("its body", answer.into_body().collect()).await.unwrap().to_bytes();
        (status, headers, body)
    };
    let object = |body: &Bytes| serde_json::from_slice::<Value>(body).unwrap();

    let file = note("a.txt", &"0123456789".repeat(300_000));
    let (osl, si) = (depositor.partner.token().unwrap(), recipient.partner.token().unwrap());
    let draft = depositor.folder(std::slice::from_ref(&file), &[&recipient]).to_string();
    let (status, _, body) = ask(&osl, Method::POST, "/folders".to_owned(), draft.into()).await;
    assert_eq!(status, 201);
    let folder = object(&body);
    let (id, case) = (text(&folder, "id"), text(&folder["cases"][0], "id"));
    let attachment = text(&folder["attachments"][0], "id");
    let path = format!("/folders/{id}/attachments/{attachment}");
    let (status, ..) = ask(&osl, Method::PUT, path, file.bytes.clone().into()).await;
    assert_eq!(status, 204);
    let completion = json!({ "globalStatus": "HUBEE_COMPLETED" }).to_string();
    let (status, ..) = ask(&osl, Method::PATCH, format!("/folders/{id}"), completion.into()).await;
    assert_eq!(status, 204);

    // Several at a time on the one connection.
    let path = format!("/cases/{case}/attachments/{attachment}");
    let downloads = (0..8).map(|_| ask(&si, Method::GET, path.clone(), Bytes::new()));
    for (status, headers, body) in futures_util::future::join_all(downloads).await {
        assert_eq!((status, headers["digest"].to_str().unwrap()), (200, sha256(&body).as_str()));
        assert!(body == file.bytes);
    }
    let (status, ..) = ask("forged", Method::GET, format!("/cases/{case}"), Bytes::new()).await;
    assert_eq!(status, 401);
}

pub(crate) async fn patch_may_be_sent_as_post(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let files = [note("a.txt", "a")];
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    depositor.sends(&folder, &files).await;
    let path = format!("/folders/{}", folder.id);
    let body = json!({ "globalStatus": "HUBEE_COMPLETED" }).to_string();
    let with = async |method: Method, value: &str| {
        let headers = [("content-type", "application/json"), ("x-http-method-override", value)];
        depositor.partner.send(method, &path, body.clone().into(), &headers).await
    };
    with(Method::POST, "DELETE").await.must(400);
    with(Method::GET, "PATCH").await.must(200);
    assert_eq!(depositor.reads(&folder).await["globalStatus"], "HUBEE_RECEIVED");
    with(Method::POST, "PATCH").await.must(204);
    assert_eq!(inbox(&recipient.partner).await.len(), 1);
}

pub(crate) async fn every_answer_carries_the_identifier_of_its_request(setup: Setup) {
    let hub = setup.start().await;
    let partner = hub.depositor("CERTDC").await.partner;
    for (path, status) in [("/notifications", 200), ("/folders/x", 400), ("/x", 404)] {
        let answer = partner.get(path).await.must(status);
        assert_eq!(answer.headers["x-request-id"].len(), 36);
        let mine = [("x-request-id", "mine_1-2")];
        let answer = partner.send(Method::GET, path, Bytes::new(), &mine).await.must(status);
        assert_eq!(answer.headers["x-request-id"], "mine_1-2");
        let strange = [("x-request-id", "somebody@example.fr")];
        let answer = partner.send(Method::GET, path, Bytes::new(), &strange).await.must(status);
        assert_eq!(answer.headers["x-request-id"].len(), 36);
    }
    let told = hub.told("GET /teledossiers/v1/notifications HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n").await;
    assert!(told.0.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{}", told.0);
    assert_eq!(complaints(&told.json()), ["Invalid Credentials"]);
}

pub(crate) async fn answers_are_compressed_for_whoever_can_read_it(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let files: Vec<_> = (0..40).map(|number| note(&format!("{number}.txt"), "a")).collect();
    let folder = depositor.deposits(&files, &[&recipient]).await;
    let path = format!("/cases/{}", folder.cases[0]);
    let get = async |path: &str, encoding: &str| {
        let headers = [("accept-encoding", encoding)];
        recipient.partner.send(Method::GET, path, Bytes::new(), &headers).await.must(200)
    };
    let plain = get(&path, "identity").await;
    assert!(!plain.headers.contains_key("content-encoding"));
    let compressed = get(&path, "deflate, gzip;q=0.5").await;
    assert_eq!(compressed.headers["content-encoding"], "gzip");
    assert!(compressed.body.len() < plain.body.len() / 2);
    let mut decoded = Vec::new();
    GzDecoder::new(compressed.body.as_ref()).read_to_end(&mut decoded).unwrap();
    assert!(decoded == plain.body);
    let file = get(&format!("{path}/attachments/{}", folder.attachments[0]), "gzip").await;
    assert!(!file.headers.contains_key("content-encoding"), "the digest is that of the bytes that are sent");
}

pub(crate) async fn metrics_and_health_are_not_public(setup: Setup) {
    let hub = setup.start().await;
    let partner = hub.depositor("CERTDC").await.partner;
    for path in ["/metrics", "/health/live", "/health/ready"] {
        let url = hub.access.base_url().to_owned();
        partner.send_to(&url, Method::GET, path, Bytes::new(), &[]).await.must(404);
        assert_eq!(hub.admin(path).await.status, 200, "{path}");
    }
    assert_eq!(hub.admin("/health/ready").await.json()["ready"], true);
    let page = String::from_utf8(hub.admin("/metrics").await.body.to_vec()).unwrap();
    let organization = partner.credential().organization.clone().unwrap();
    for secret in [partner.credential().client_id.as_str(), &partner.credential().client_secret, &organization] {
        assert!(!page.contains(secret));
    }
}
