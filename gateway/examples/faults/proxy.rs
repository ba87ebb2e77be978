//! A relay of bytes that can be told to be slow, or to cut every connection on which an answer comes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How bytes are relayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relay {
    /// At once.
    Pass,
    /// Answers are held back for so long.
    Delay(Duration),
    /// Requests go through; the connection is cut instead of handing an answer over.
    CutAnswers,
}

const BUFFER_BYTES: usize = 64 * 1_024;

/// A relay in front of one server.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    relay: Arc<watch::Sender<Relay>>,
}

impl Proxy {
    /// Listens at `listen` for those who want to reach `server`.
    pub(crate) async fn start(listen: SocketAddr, server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(listen).await.with_context(|| format!("{listen} cannot be listened at"))?;
        let address = listener.local_addr()?;
        let relay = Arc::new(watch::Sender::new(Relay::Pass));
        let relays = Arc::clone(&relay);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // Whoever is not reached is not there: the client sees its connection end.
                let Ok(server) = TcpStream::connect(server).await else { continue };
                if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
                    continue;
                }
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                let mut both = tokio::task::JoinSet::new();
                both.spawn(relay_requests(from_client, to_server));
                both.spawn(relay_answers(from_server, to_client, relays.subscribe()));
                // One end closed both.
                tokio::spawn(async move {
                    both.join_next().await;
                    both.shutdown().await;
                });
            }
        });
        Ok(Self { address, relay })
    }

    pub(crate) fn set(&self, relay: Relay) {
        self.relay.send_replace(relay);
    }
}

async fn relay_requests(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn relay_answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, relay: watch::Receiver<Relay>) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let now = *relay.borrow();
        match now {
            Relay::Pass => {}
            // What is wanted is to be slow.
            Relay::Delay(period) => tokio::time::sleep(period).await,
            Relay::CutAnswers => return,
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
