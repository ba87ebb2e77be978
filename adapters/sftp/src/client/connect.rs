//! From a name to a session: TCP, the server's key, the login, the subsystem.

use std::borrow::Cow;
use std::sync::Arc;

use navette_router::ports::{DeliveryError, DeliveryErrorKind};
use russh::client::{self, AuthResult, Handle, Handler, KeyboardInteractiveAuthResponse};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate};
use russh::{MethodKind, Preferred, cipher};
use secrecy::ExposeSecret as _;
use tokio::net::TcpStream;

use super::{Session, cut};
use crate::settings::Login;
use crate::{Options, Settings};

/// AES-GCM first: several times as fast as what the library prefers, with instructions that all servers have.
pub(crate) const CIPHERS: &[cipher::Name] =
    &[cipher::AES_128_GCM, cipher::AES_256_GCM, cipher::CHACHA20_POLY1305, cipher::AES_256_CTR, cipher::AES_128_CTR];
/// What the server may send before we have read it.
const WINDOW_BYTES: u32 = 1 << 20;
/// A server that asks more questions than this wants something else than a password.
const QUESTIONS_MAX: usize = 3;

/// Knows the server by its key.
pub(crate) struct Known {
    keys: Vec<PublicKey>,
}

/// Why there is no session.
#[derive(Debug)]
pub(crate) enum Refusal {
    Protocol(russh::Error),
    OtherKey(String),
}

impl From<russh::Error> for Refusal {
    fn from(error: russh::Error) -> Self {
        Self::Protocol(error)
    }
}

impl Handler for Known {
    type Error = Refusal;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Refusal> {
        let shown = shown.public_key();
        if self.keys.iter().any(|key| key.key_data() == shown.key_data()) {
            return Ok(true);
        }
        Err(Refusal::OtherKey(fingerprint(&shown)))
    }
}

pub(crate) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// A session of the account, within the time limit.
pub(crate) async fn connect(settings: &Settings, options: &Options) -> Result<Session, DeliveryError> {
    let stage = std::sync::Mutex::new("connecting");
    let connecting = connect_at_leisure(settings, options, &stage);
    match tokio::time::timeout(options.connect_timeout, connecting).await {
        Ok(result) => result,
        Err(_) => {
            let doing = stage.lock().map_or("connecting", |stage| *stage);
            let seconds = options.connect_timeout.as_secs();
            let explanation =
                format!("{doing}: no answer within {seconds} seconds; look at the firewall and at the server");
            Err(DeliveryError::new(DeliveryErrorKind::TimedOut, explanation))
        }
    }
}

async fn connect_at_leisure(
    settings: &Settings,
    options: &Options,
    stage: &std::sync::Mutex<&'static str>,
) -> Result<Session, DeliveryError> {
    let enter = |name| stage.lock().map(|mut stage| *stage = name).unwrap_or_default();
    let unreachable = |error: std::io::Error| {
        let cause = match error.kind() {
            std::io::ErrorKind::ConnectionRefused => {
                "nobody listens there; look at the port, and whether the server runs"
            }
            _ => "look at the name, at the network and at the firewall",
        };
        DeliveryError::new(DeliveryErrorKind::Unreachable, format!("port {}: {cause}", settings.port))
    };
    let socket = TcpStream::connect((settings.host.as_str(), settings.port)).await.map_err(unreachable)?;
    let peer = socket.peer_addr().map_err(unreachable)?;
    enter("the SSH handshake");
    let known = Known { keys: settings.host_keys.clone() };
    let configuration = Arc::new(configuration(settings, options));
    socket.set_nodelay(true).map_err(unreachable)?;
    let mut handle =
        client::connect_stream(configuration, socket, known).await.map_err(|refusal| refused(refusal, settings))?;
    enter("the login");
    log_in(&mut handle, settings).await?;
    enter("the start of SFTP");
    Session::open(handle, options, peer.ip()).await
}

fn configuration(settings: &Settings, options: &Options) -> client::Config {
    // A server shows one key of several: it is asked for one that is known.
    let algorithms = settings.host_keys.iter().map(PublicKey::algorithm).collect();
    client::Config {
        window_size: WINDOW_BYTES,
        channel_buffer_size: 16,
        nodelay: true,
        inactivity_timeout: Some(options.idle_for + options.request_timeout),
        preferred: Preferred { cipher: Cow::Borrowed(CIPHERS), key: Cow::Owned(algorithms), ..Preferred::DEFAULT },
        ..client::Config::default()
    }
}

async fn log_in(handle: &mut Handle<Known>, settings: &Settings) -> Result<(), DeliveryError> {
    let user = settings.user.as_str();
    let lost = |_: russh::Error| cut("the login");
    let result = match &settings.login {
        Login::Key(key) => {
            let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
            handle.authenticate_publickey(user, key).await.map_err(lost)?
        }
        Login::Password(password) => {
            handle.authenticate_password(user, password.expose_secret()).await.map_err(lost)?
        }
    };
    let AuthResult::Failure { remaining_methods, .. } = result else { return Ok(()) };
    if let Login::Password(password) = &settings.login
        && remaining_methods.contains(&MethodKind::KeyboardInteractive)
        && answer_questions(handle, user, password.expose_secret()).await.map_err(lost)?
    {
        return Ok(());
    }
    let remedy = match &settings.login {
        Login::Key(_) => "look at the user name, and whether the account knows the public key",
        Login::Password(_) => "look at the user name and at the password",
    };
    let others: Vec<&str> = remaining_methods.iter().map(<&str>::from).collect();
    let remedy = if others.is_empty() {
        remedy.to_owned()
    } else {
        format!("{remedy}; the server says that it would take {}", others.join(", "))
    };
    Err(DeliveryError::new(DeliveryErrorKind::LoginRefused, remedy))
}

/// Some servers ask for the password as a question.
async fn answer_questions(handle: &mut Handle<Known>, user: &str, password: &str) -> Result<bool, russh::Error> {
    let mut asked = handle.authenticate_keyboard_interactive_start(user, None).await?;
    for _ in 0..QUESTIONS_MAX {
        match asked {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| password.to_owned()).take(QUESTIONS_MAX).collect();
                asked = handle.authenticate_keyboard_interactive_respond(answers).await?;
            }
        }
    }
    Ok(matches!(asked, KeyboardInteractiveAuthResponse::Success))
}

fn refused(refusal: Refusal, settings: &Settings) -> DeliveryError {
    use DeliveryErrorKind as Kind;
    match refusal {
        Refusal::OtherKey(shown) => {
            let known: Vec<_> = settings.host_keys.iter().map(fingerprint).collect();
            let explanation = format!(
                "it shows the key {shown}, known is {}; nothing was sent. Ask whoever runs the server, by telephone, whether the \
                 key was changed: if so, set host_key to the new one; if not, somebody stands in between",
                known.join(", ")
            );
            DeliveryError::new(Kind::IdentityChanged, explanation)
        }
        Refusal::Protocol(russh::Error::NoCommonAlgo { .. }) => {
            let explanation = "it has no key of the kind that is known, or only ciphers that are no longer safe; look at host_key and \
                               at the server's version";
            DeliveryError::new(Kind::Protocol, explanation)
        }
        Refusal::Protocol(russh::Error::Version) => {
            DeliveryError::new(Kind::Protocol, "what answers there does not speak SSH; look at the port")
        }
        Refusal::Protocol(error) => cut("the SSH handshake").because(error),
    }
}
