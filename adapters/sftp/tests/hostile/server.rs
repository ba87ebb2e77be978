//! A server in memory that speaks SSH over real sockets.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use navette_adapter_sftp::{Options, Sftp};
use navette_router::model::ProcessCode;
use navette_router::ports::Endpoint;
use parking_lot::{Mutex, MutexGuard};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session as SshSession, run_stream};
use russh::{Channel, ChannelId};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use crate::files::{Disk, Mischief, Session};

const PASSWORD: &str = "le mot de passe";

pub(crate) struct Server {
    port: u16,
    disk: Arc<Mutex<Disk>>,
    running: AbortHandle,
}

impl Server {
    pub(crate) async fn start(mischief: Mischief) -> Self {
        let directories = ["in", "in/DONE", "in/FAILED", "out"].map(str::to_owned).to_vec();
        let disk = Arc::new(Mutex::new(Disk { mischief, directories, ..Disk::default() }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let running = tokio::spawn(serve(listener, Arc::clone(&disk))).abort_handle();
        Self { port, disk, running }
    }

    pub(crate) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock()
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::new(ProcessCode::new("DAUA").unwrap())
            .set("host", "localhost")
            .set("port", self.port.to_string())
            .set("user", "mairie")
            .set("host_key", host_key().public_key().to_openssh().expect("a key"))
            .set("directory", "in")
            .set("return_directory", "out")
            .seal("password", PASSWORD)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// The adapter, with time limits for tests.
pub(crate) fn adapter() -> Sftp {
    Sftp::new(Options {
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(2),
        connections_max: NonZero::new(4).unwrap(),
        ..Options::default()
    })
}

fn host_key() -> PrivateKey {
    Ed25519Keypair::from_seed(&[7; 32]).into()
}

async fn serve(listener: TcpListener, disk: Arc<Mutex<Disk>>) {
    let config = Arc::new(Config { keys: vec![host_key()], nodelay: true, ..Config::default() });
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let client = Client { disk: Arc::clone(&disk), channels: HashMap::new() };
        let config = Arc::clone(&config);
        connections.spawn(async move {
            if let Ok(session) = run_stream(config, socket, client).await {
                let _ended = session.await;
            }
        });
    }
}

struct Client {
    disk: Arc<Mutex<Disk>>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Handler for Client {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(if (user, password) == ("mairie", PASSWORD) { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut SshSession,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut SshSession,
    ) -> Result<(), russh::Error> {
        match self.channels.remove(&id).filter(|_| name == "sftp") {
            Some(channel) => {
                session.channel_success(id)?;
                russh_sftp::server::run(channel.into_stream(), Session::new(Arc::clone(&self.disk))).await;
            }
            None => session.channel_failure(id)?,
        }
        Ok(())
    }
}
