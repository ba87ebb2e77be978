//! The way to a server, which can be cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// What happens to connections.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// They go through.
    Open,
    /// They are taken, and nothing comes.
    Silent,
    /// They are cut when so many bytes went to the server.
    CutAfter(u64),
}

/// A port that leads to another.
pub(crate) struct Link {
    port: u16,
    target: u16,
    way: Arc<Mutex<Way>>,
    connected: Arc<AtomicU64>,
    /// Held by each connection.
    present: Arc<()>,
    running: Mutex<Option<AbortHandle>>,
}

impl Link {
    pub(crate) async fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let link = Self {
            port,
            target,
            way: Arc::new(Mutex::new(Way::Open)),
            connected: Arc::default(),
            present: Arc::default(),
            running: Mutex::new(None),
        };
        link.run(listener);
        link
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// How many connections were made so far.
    pub(crate) fn connected(&self) -> u64 {
        self.connected.load(Ordering::SeqCst)
    }

    /// Waits until nobody is connected.
    pub(crate) async fn is_left(&self) {
        let left = async {
            while Arc::strong_count(&self.present) > 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), left).await.expect("in time, the connection is closed");
    }

    /// Cuts what is connected; what comes later goes this way.
    pub(crate) async fn set(&self, way: Way) {
        self.close();
        *self.way.lock() = way;
        let listening = async {
            loop {
                match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).await {
                    Ok(listener) => return listener,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        let listener = tokio::time::timeout(Duration::from_secs(30), listening).await.expect("the port is free again");
        self.run(listener);
    }

    /// Cuts what is connected; nobody listens any more.
    pub(crate) fn close(&self) {
        if let Some(running) = self.running.lock().take() {
            running.abort();
        }
    }

    fn run(&self, listener: TcpListener) {
        let (way, target, connected) = (Arc::clone(&self.way), self.target, Arc::clone(&self.connected));
        let present = Arc::clone(&self.present);
        let running = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connected.fetch_add(1, Ordering::SeqCst);
                let way = *way.lock();
                let present = Arc::clone(&present);
                connections.spawn(async move {
                    connection(socket, target, way).await;
                    drop(present);
                });
            }
        });
        *self.running.lock() = Some(running.abort_handle());
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}

async fn connection(client: TcpStream, target: u16, way: Way) {
    let most = match way {
        Way::Silent => return std::future::pending().await,
        Way::Open => u64::MAX,
        Way::CutAfter(bytes) => bytes,
    };
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    for socket in [&client, &server] {
        socket.set_nodelay(true).expect("a socket");
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // Either end ends both.
    tokio::select! {
        () = carry(from_client, to_server, most) => {}
        () = carry(from_server, to_client, u64::MAX) => {}
    }
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, most: u64) {
    let mut buffer = vec![0; 64 * 1024];
    let mut left = most;
    while let Ok(read) = from.read(&mut buffer).await {
        if read == 0 || read as u64 > left || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        left -= read as u64;
    }
}
