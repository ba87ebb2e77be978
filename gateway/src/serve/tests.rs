use std::time::Duration;

use http::{Request, Response};
use navette_adapter_api::Body;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::*;
use crate::front::{RequestBody, RequestContext};

const PATIENCE: Duration = Duration::from_secs(30);

struct Nothing;

impl Handler for Nothing {
    fn endpoint_names(&self) -> &[&'static str] {
        &[]
    }

    async fn handle(&self, _: Request<RequestBody>, _: &RequestContext) -> Response<Body> {
        Response::new(Body::Empty)
    }
}

fn configuration(directory: &TempDir) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.server.listen = "127.0.0.1:0".parse().unwrap();
    configuration.admin.listen = "127.0.0.1:0".parse().unwrap();
    configuration.storage.directory = directory.path().join("data");
    configuration.storage.disk_floor_bytes = crate::configuration::ByteSize(1);
    configuration
}

async fn get(address: SocketAddr, path: &str) -> String {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    tokio::time::timeout(PATIENCE, exchange).await.unwrap()
}

#[tokio::test]
async fn a_hub_is_watched_while_it_starts_then_serves_and_drains() {
    let directory = tempfile::tempdir().unwrap();
    let prepared = Prepared::new(configuration(&directory)).await.unwrap();
    let admin = prepared.admin_address();
    let readiness = Arc::clone(&prepared.platform().readiness);
    let replay = readiness.step("replay");
    assert!(directory.path().join("data/master.key").exists());
    assert!(get(admin, "/health/live").await.starts_with("HTTP/1.1 200"));
    let starting = get(admin, "/health/ready").await;
    assert!(starting.starts_with("HTTP/1.1 503") && starting.contains(r#"{"name":"replay","ok":false"#), "{starting}");
    replay.done();

    let (told, listens) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let listening = |address| {
        told.send(address).unwrap();
        Ok(())
    };
    let serving = tokio::spawn(prepared.serve_until(Nothing, listening, async move { drop(stopped.await) }));
    let address = tokio::time::timeout(PATIENCE, listens).await.unwrap().unwrap();
    assert!(get(address, "/").await.starts_with("HTTP/1.1 200"));
    assert!(get(admin, "/health/ready").await.starts_with("HTTP/1.1 200"));
    let metrics = get(admin, "/metrics").await;
    assert!(metrics.contains("navette_http_connections_accepted_total 1\n"), "{metrics}");
    stop.send(()).unwrap();
    assert_eq!(serving.await.unwrap().unwrap(), Outcome::Drained);
    assert!(!readiness.report().ready);
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_with_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut configuration = configuration(&directory);
    configuration.server.listen = taken.local_addr().unwrap();
    let error = Prepared::new(configuration.clone()).await.unwrap_err().to_string();
    assert_eq!(error, format!("server.listen: {} cannot be listened at", taken.local_addr().unwrap()));
    configuration.admin.listen = std::mem::replace(&mut configuration.server.listen, "127.0.0.1:0".parse().unwrap());
    let error = Prepared::new(configuration).await.unwrap_err().to_string();
    assert!(error.starts_with("admin.listen: "), "{error}");
}
