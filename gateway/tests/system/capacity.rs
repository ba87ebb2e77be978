//! Many who do nothing, and more than the hub admits.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::hub::{Hub, Told, over_http};
use crate::large::ALONE;
use crate::parties::{Must as _, note};

const IDLE_CONNECTIONS: usize = 10_000;
/// What a published client waits at most before it gives up.
const CLIENT_PATIENCE: Duration = Duration::from_secs(2);
/// Clients of one address run short of ports.
const CONNECTIONS_PER_ADDRESS: usize = 5_000;

async fn connect(number: usize, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let last = u8::try_from(2 + number / CONNECTIONS_PER_ADDRESS).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0)))?;
    socket.connect(to).await
}

#[tokio::test]
async fn ten_thousand_idle_connections_keep_nobody_waiting() {
    let _alone = ALONE.lock().await;
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
    if limit.maximum.is_some_and(|maximum| maximum < 12_000) {
        eprintln!("skipped: the system allows {:?} open descriptors", limit.maximum);
        return;
    }
    let hub = over_http().configured("TIMEOUTS_IDLE", "10m").start().await;
    let depositor = hub.depositor("CERTDC").await;
    let recipient = hub.recipient("CERTDC").await;
    let before = hub.metric("navette_http_connections").await;

    let address = hub.address();
    let connections: Vec<TcpStream> = stream::iter((0..IDLE_CONNECTIONS).map(|number| connect(number, address)))
        .buffer_unordered(64)
        .try_collect()
        .await
        .unwrap();
    #[expect(clippy::cast_precision_loss, reason = "ten thousand is a float")]
    hub.metric_becomes("navette_http_connections", before + IDLE_CONNECTIONS as f64).await;

    let began = Instant::now();
    let files = [note("a.txt", "a")];
    let folder = depositor.deposits(&files, &[&recipient]).await;
    recipient.fetches(&folder.cases[0], &files).await;
    let elapsed = began.elapsed();
    assert!(elapsed < CLIENT_PATIENCE, "five requests took {elapsed:?}");
    let memory = hub.memory();
    assert!(memory.resident_bytes < 400 << 20, "{memory:?}");
    eprintln!("{IDLE_CONNECTIONS} idle connections: {} MiB", memory.resident_bytes >> 20);
    drop(connections);
    hub.metric_becomes("navette_http_connections", before).await;
}

#[tokio::test]
async fn more_than_is_admitted_is_turned_away_and_told_when_to_come_back() {
    // Room for one large body and a few small requests.
    let hub = over_http()
        .configured("ADMISSION_IN_FLIGHT_MAX_BYTES", "1 MiB")
        .configured("ADMISSION_REQUEST_WINDOW_BYTES", "900 KiB")
        .start()
        .await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let files = [note("a.txt", &"0123456789".repeat(200_000)), note("b.txt", "b")];
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    let upload = |length: usize| {
        format!(
            "PUT /teledossiers/v1/folders/{}/attachments/{} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n",
            folder.id,
            folder.attachments[0],
            depositor.partner.token().unwrap(),
        )
    };
    let mut first = hub.connect().await;
    first.write_all(upload(2_000_000).as_bytes()).await.unwrap();
    hub.metric_becomes("navette_attachments_uploads", 1.0).await;
    let second = hub.told(upload(2_000_000)).await;
    assert_eq!(second.status(), 503, "{}", second.0);
    assert!(second.0.contains("retry-after: 1"), "{}", second.0);
    // Small requests still fit.
    depositor.partner.get("/notifications").await.must(200);
    // Whoever watches sees which limit it was, and how near the others are.
    let key = "admission.in_flight_max_bytes";
    let told = capacity(&hub).await;
    let row = told["limits"].as_array().unwrap().iter().find(|row| row["limit"] == key).unwrap();
    assert_eq!(row["max"], 1024.0 * 1024.0, "{row}");
    assert!(row["saturation"].as_f64().unwrap() > 0.8 && row["refused"] == 1.0, "{row}");
    for limit in
        ["processors", "worker committer", "worker applier", "descriptors", "memory", "storage.disk_floor_bytes"]
    {
        let row = told["limits"].as_array().unwrap().iter().find(|row| row["limit"] == limit).expect(limit);
        assert!(row["max"].as_f64().unwrap() > 0.0 && row["used"].as_f64().unwrap() >= 0.0, "{row}");
    }
    first.write_all(&files[0].bytes).await.unwrap();
    assert_eq!(Told::read(&mut first).await.status(), 204);
    depositor.sends(&folder, &files).await;
    depositor.completes(&folder).await;
    assert_eq!(hub.metric("navette_http_shed_total").await, 1.0);
    // It is over, and still remembered.
    assert!(hub.metric(&format!("navette_limit_peak{{limit=\"{key}\"}}")).await >= 932.0 * 1024.0);
}

/// What `navette capacity` says of the hub.
async fn capacity(hub: &Hub) -> serde_json::Value {
    let admin = hub.admin_address().to_string();
    let command = tokio::process::Command::new(env!("CARGO_BIN_EXE_navette"))
        .args(["capacity", "--json", "--interval", "500ms", "--admin", &admin])
        .output();
    let output = command.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
