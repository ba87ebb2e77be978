//! A recipient's own server, which is called: it keeps what it was told, and refuses while it is asked to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A call that came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// The identifier that stays the same when the same is brought again.
    pub(crate) id: String,
    pub(crate) body: Value,
    /// What it was answered.
    pub(crate) status: u16,
}

#[derive(Debug, Default)]
struct Shared {
    calls: Mutex<Vec<Call>>,
    refuses: AtomicBool,
}

/// The server. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Callee {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: AbortHandle,
}

impl Callee {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::<Shared>::default());
        let served = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&served)));
            }
        });
        Self { address, shared, task: task.abort_handle() }
    }

    /// The address that is called.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/navette", self.address)
    }

    /// Whether it answers 500 from now on.
    pub(crate) fn refuses(&self, refuses: bool) {
        self.shared.refuses.store(refuses, Ordering::SeqCst);
    }

    /// What came, in its order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().clone()
    }
}

impl Drop for Callee {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        if let Some((head, body)) = whole(&bytes) {
            let status = if shared.refuses.load(Ordering::SeqCst) { 500 } else { 204 };
            let id = header(&head, "webhook-id")?;
            shared.calls.lock().push(Call { id, body: serde_json::from_slice(&body).ok()?, status });
            let answer = format!("HTTP/1.1 {status} Answer\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.ok()?;
            return stream.shutdown().await.ok();
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Head and body of a request, once all of it is there.
fn whole(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
    let length: usize = header(&head, "content-length")?.parse().ok()?;
    let body = bytes.get(end + 4..)?.get(..length)?;
    Some((head, body.to_vec()))
}

fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned());
    values.next()
}
