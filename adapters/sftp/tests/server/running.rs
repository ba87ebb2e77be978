//! A server that runs, and what it told whoever counts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use navette_adapter_sftp::server::{Observer, Options, Server};
use parking_lot::Mutex;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{PrivateKey, PublicKey};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::hub::Hub;

/// Far longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What was counted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) turned_away: Vec<&'static str>,
    pub(crate) accepted: usize,
    pub(crate) refused: usize,
    pub(crate) sessions: usize,
    pub(crate) bytes: u64,
    pub(crate) read: usize,
    pub(crate) acknowledged: usize,
    pub(crate) failed: Vec<&'static str>,
}

#[derive(Debug, Default)]
pub(crate) struct Counting(Mutex<Counts>);

impl Observer for Counting {
    fn turned_away(&self, limit: &'static str) {
        self.0.lock().turned_away.push(limit);
    }
    fn login_accepted(&self) {
        self.0.lock().accepted += 1;
    }
    fn login_refused(&self) {
        self.0.lock().refused += 1;
    }
    fn session_began(&self) {
        self.0.lock().sessions += 1;
    }
    fn session_ended(&self) {
        self.0.lock().sessions -= 1;
    }
    fn bytes_sent(&self, bytes: u64) {
        self.0.lock().bytes += bytes;
    }
    fn message_read(&self) {
        self.0.lock().read += 1;
    }
    fn acknowledged(&self) {
        self.0.lock().acknowledged += 1;
    }
    fn failed(&self, doing: &'static str, _: &(dyn std::error::Error + 'static)) {
        self.0.lock().failed.push(doing);
    }
}

/// A server that runs. It is cut when this is dropped.
pub(crate) struct Running {
    port: u16,
    pub(crate) hub: Arc<Hub>,
    counting: Arc<Counting>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// The defaults, without the wait before a refusal.
pub(crate) fn options() -> Options {
    Options { refusal_time: Duration::ZERO, ..Options::default() }
}

pub(crate) fn host_key() -> PrivateKey {
    Ed25519Keypair::from_seed(&[7; 32]).into()
}

impl Running {
    pub(crate) async fn start(options: Options) -> Self {
        let hub = Arc::new(Hub::default());
        let counting = Arc::new(Counting::default());
        let server = Server::new(host_key(), Arc::clone(&hub), options, Arc::clone(&counting) as _).expect("a key");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.serve(listener, async {
            let _told = stopped.await;
        }));
        Self { port, hub, counting, stop: Some(stop), task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    pub(crate) fn key() -> PublicKey {
        host_key().public_key().clone()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counting.0.lock().clone()
    }

    /// Waits until what was counted is like this.
    pub(crate) async fn counts_until(&self, what: &str, is_so: impl Fn(&Counts) -> bool) {
        let wait = async {
            while !is_so(&self.counts()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "in time, {what}: {:?}", self.counts());
    }

    /// Tells it to stop, and waits until it did.
    pub(crate) async fn stop(mut self) -> Counts {
        self.stop.take().expect("it runs").send(()).expect("it runs");
        in_time("the server stops", &mut self.task).await.expect("the server ends");
        self.counts()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("in time, {what}"))
}
