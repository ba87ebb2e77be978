//! The software of a recipient, which answers as it is told to.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use navette_adapter_webhook::{Networks, Options, Webhook};
use navette_router::model::ProcessCode;
use navette_router::ports::Endpoint;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Short, so that who never answers is soon given up.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(2);

/// What the server does with a call.
#[derive(Debug, Clone)]
pub(crate) enum Reaction {
    /// Answers with these bytes, and keeps the call when they say 2xx.
    Answer(String),
    /// Goes away.
    Close,
    /// Says nothing, not even for TLS.
    Silence,
}

impl Reaction {
    pub(crate) fn status(line: &str) -> Self {
        Self::Answer(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n"))
    }
}

/// A call that was answered with 2xx.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    head: String,
    pub(crate) body: String,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// A running server with a certificate of its own for localhost.
pub(crate) struct Server {
    directory: TempDir,
    port: u16,
    state: Arc<Mutex<State>>,
    running: Mutex<AbortHandle>,
}

struct State {
    reaction: Reaction,
    /// The first is its own; the last is shown.
    acceptors: Vec<TlsAcceptor>,
    taken: Vec<Call>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let directory = TempDir::new().expect("a directory");
        let (acceptor, certificate) = certificate("localhost");
        std::fs::write(directory.path().join("authorities.pem"), certificate).expect("the authorities are written");
        let state =
            State { reaction: Reaction::status("204 No Content"), acceptors: vec![acceptor], taken: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let running = Mutex::new(tokio::spawn(serve(listener, Arc::clone(&state))).abort_handle());
        Self { directory, port, state, running }
    }

    pub(crate) fn reacts(&self, reaction: Reaction) {
        self.state.lock().unwrap().reaction = reaction;
    }

    /// From now on another certificate is shown: one for `name`.
    pub(crate) fn shows_certificate_for(&self, name: &str) {
        self.state.lock().unwrap().acceptors.push(certificate(name).0);
    }

    pub(crate) fn shows_its_own_certificate(&self) {
        self.state.lock().unwrap().acceptors.truncate(1);
    }

    /// What was answered with 2xx, each call once.
    pub(crate) fn taken(&self) -> Vec<Call> {
        let mut calls: Vec<Call> = Vec::new();
        for call in self.state.lock().unwrap().taken.clone() {
            if calls.iter().all(|known| known.header("webhook-id") != call.header("webhook-id")) {
                calls.push(call);
            }
        }
        calls
    }

    /// Nobody listens any more.
    pub(crate) fn stop(&self) {
        self.running.lock().unwrap().abort();
    }

    pub(crate) async fn start_again(&self) {
        self.stop();
        let listening = async {
            loop {
                match TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await {
                    Ok(listener) => return listener,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        let listener = tokio::time::timeout(Duration::from_secs(30), listening).await.expect("the port is free again");
        *self.running.lock().unwrap() = tokio::spawn(serve(listener, Arc::clone(&self.state))).abort_handle();
    }

    /// How calls are made that may reach this server.
    pub(crate) fn options(&self) -> Options {
        Options {
            time_limit: TIME_LIMIT,
            authorities: Some(self.directory.path().join("authorities.pem")),
            networks: Networks::with(vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]),
            ..Options::new("https://hub.example.fr")
        }
    }

    pub(crate) fn webhook(&self) -> Webhook {
        Webhook::new(self.options()).expect("an adapter")
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::new(ProcessCode::new("CERTDC").unwrap())
            .set("url", format!("https://localhost:{}/navette?from=hub", self.port))
            .seal("secret", SECRET)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn certificate(name: &str) -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let configuration = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a configuration");
    (TlsAcceptor::from(Arc::new(configuration)), made.cert.pem())
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        connections.spawn(connection(socket, Arc::clone(&state)));
    }
}

async fn connection(socket: TcpStream, state: Arc<Mutex<State>>) {
    let (reaction, acceptor) = {
        let state = state.lock().unwrap();
        (state.reaction.clone(), state.acceptors.last().expect("its own").clone())
    };
    if matches!(reaction, Reaction::Silence) {
        return std::future::pending().await;
    }
    let Ok(mut stream) = acceptor.accept(socket).await else { return };
    let Some(call) = read(&mut stream).await else { return };
    if let Reaction::Answer(answer) = reaction {
        if answer.starts_with("HTTP/1.1 2") {
            state.lock().unwrap().taken.push(call);
        }
        let _sent = stream.write_all(answer.as_bytes()).await;
        let _closed = stream.shutdown().await;
    }
}

async fn read(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<Call> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let call = Call { head: head.to_owned(), body: body.to_owned() };
            let length: usize = call.header("content-length").and_then(|length| length.parse().ok())?;
            if body.len() >= length {
                return Some(call);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
