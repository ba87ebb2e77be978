//! What an endpoint says.

mod login;
mod place;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZero;

use navette_router::Faults;
use navette_router::model::{ProcessCode, Status};
use navette_router::ports::{Endpoint, Key, SettingsReader};
use russh::keys::PublicKey;

use crate::Options;
pub(crate) use login::Login;
pub(crate) use place::{Places, inside};

pub(crate) const KEYS: &[Key] = &[
    Key::required("host", "the name or the address of the server"),
    Key::optional("port", "its port; 22 without it"),
    Key::required("user", "the name of the account"),
    Key::required(
        "host_key",
        "the server's public key, as ssh-keyscan prints it: ssh-ed25519 AAAA…; two with a comma while it changes",
    ),
    Key::secret("password", "the password of the account, unless it has a private key"),
    Key::secret("private_key", "the private key of the account, Ed25519 or ECDSA, in its text form"),
    Key::secret("private_key_passphrase", "the passphrase of the private key, if it has one"),
    Key::optional("directory", "where messages are put; the directory one arrives in without it"),
    Key::optional(
        "staging_directory",
        "where messages are written before they are put there, on the same disk; .navette in that directory without it",
    ),
    Key::optional("done_directory", "where the software puts what it read; DONE in that directory without it"),
    Key::optional("failed_directory", "where the software puts what it could not read; FAILED without it"),
    Key::optional("return_directory", "where the software puts its answers; nothing is collected without it"),
    Key::optional(
        "layout",
        "what a message is: file, a zip, or directory, one that holds the same files in attachment/; file without it",
    ),
    Key::optional("process_alias", "what the process is called in messages: letters and digits, no hyphen"),
    Key::optional("statuses", "what the states of answers mean here, where it differs: 14=SI_RECEIVED,17=ADD_AWAITING"),
    Key::optional("connections_max", "how many connections the server is asked for at once, 1 to 16; 4 without it"),
];

/// What an endpoint says.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) host_keys: Vec<PublicKey>,
    pub(crate) login: Login,
    pub(crate) places: Places,
    pub(crate) process: String,
    pub(crate) layout: Layout,
    pub(crate) connections_max: NonZero<usize>,
    statuses: Vec<(u32, Status)>,
}

/// What a message is on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A zip.
    File,
    /// A directory with the files in it.
    Directory,
}

/// What the states of the older platform mean, unless the endpoint says otherwise.
const STATUSES: [(u32, Status); 7] = [
    (14, Status::SiReceived),
    (15, Status::SiIntegrationError),
    (16, Status::InProgress),
    (17, Status::AddAwaiting),
    (19, Status::Done),
    (20, Status::Refused),
    (100, Status::Done),
];
const CONNECTIONS: std::ops::RangeInclusive<usize> = 1..=16;
const CONNECTIONS_DEFAULT: NonZero<usize> = NonZero::new(4).expect("invariant: more than none");

impl Settings {
    /// Reads it. Pure; finds all faults.
    pub fn read(endpoint: &Endpoint, options: &Options) -> Result<Self, Faults> {
        let mut reader = SettingsReader::new(endpoint, KEYS);
        let host = word(&mut reader, "host");
        let user = reader.text("user").map(str::to_owned);
        let port = reader.number("port", 1..=u16::MAX).unwrap_or(22);
        let host_keys = host_keys(&mut reader);
        let login = Login::read(&mut reader);
        let places = Places::read(&mut reader);
        let process = process(&mut reader, &endpoint.process, options);
        let layout = layout(&mut reader);
        let statuses = statuses(&mut reader);
        let connections = reader.number("connections_max", CONNECTIONS).and_then(NonZero::new);
        let settings = (|| {
            Some(Self {
                host: host?,
                port,
                user: user?,
                host_keys: host_keys?,
                login: login?,
                places: places?,
                process: process?,
                layout: layout?,
                connections_max: connections.unwrap_or(CONNECTIONS_DEFAULT),
                statuses: statuses?,
            })
        })();
        reader.finish(settings)
    }

    /// What a state of an answer means.
    pub(crate) fn status(&self, state: u32) -> Option<Status> {
        self.statuses.iter().find(|(known, _)| *known == state).map(|(_, status)| *status)
    }

    /// The same for all endpoints that may share a connection, and for no others.
    pub(crate) fn server(&self) -> Server {
        let mut hasher = DefaultHasher::new();
        self.login.hash(&mut hasher);
        self.host_keys.iter().for_each(|key| key.key_data().hash(&mut hasher));
        Server { host: self.host.clone(), port: self.port, user: self.user.clone(), trust: hasher.finish() }
    }
}

/// An account on a server, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    host: String,
    port: u16,
    user: String,
    /// Stands for the keys and the login.
    trust: u64,
}

fn word(reader: &mut SettingsReader<'_>, name: &str) -> Option<String> {
    let text = reader.text(name)?;
    if text.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '@')) || text.len() > 255 {
        reader
            .fault(name, "is not the name of a server; write it like sftp.mairie.example.fr, without sftp:// and user");
        return None;
    }
    Some(text.to_owned())
}

fn host_keys(reader: &mut SettingsReader<'_>) -> Option<Vec<PublicKey>> {
    let mut keys = Vec::new();
    for text in reader.list("host_key") {
        match PublicKey::from_openssh(text) {
            Ok(key) if key.algorithm().is_rsa() => {
                reader
                    .fault("host_key", "is an RSA key, which is not supported; give the server's Ed25519 or ECDSA key");
                return None;
            }
            Ok(key) => keys.push(key),
            Err(_) => {
                reader.fault("host_key", "is not a public key; write it as ssh-keyscan prints it, from ssh-ed25519 on");
                return None;
            }
        }
    }
    Some(keys).filter(|keys| !keys.is_empty())
}

fn process(reader: &mut SettingsReader<'_>, code: &ProcessCode, options: &Options) -> Option<String> {
    let own = reader.text("process_alias");
    let word = own.or_else(|| options.aliases.get(code.as_str()).map(String::as_str)).unwrap_or(code.as_str());
    if word.len() <= 30 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Some(word.to_owned());
    }
    let fault = match own {
        Some(_) => "is not a word of 1 to 30 letters and digits; readers of messages split names at hyphens",
        None => {
            "is missing: the code of the process has a character that readers of messages split at; give a word for it"
        }
    };
    reader.fault("process_alias", fault);
    None
}

fn layout(reader: &mut SettingsReader<'_>) -> Option<Layout> {
    match reader.text("layout") {
        None | Some("file") => Some(Layout::File),
        Some("directory") => Some(Layout::Directory),
        Some(_) => {
            reader.fault("layout", "is not a known value; use one of file, directory");
            None
        }
    }
}

fn statuses(reader: &mut SettingsReader<'_>) -> Option<Vec<(u32, Status)>> {
    let mut statuses = Vec::new();
    for part in reader.list("statuses") {
        let pair = part.split_once('=').and_then(|(state, status)| {
            let status = status.trim().parse().ok().filter(|status| navette_router::lifecycle::is_recipients(*status));
            Some((state.trim().parse().ok()?, status?))
        });
        let Some(pair) = pair else {
            reader.fault(
                "statuses",
                "is not a list like 14=SI_RECEIVED,17=ADD_AWAITING, with statuses that a recipient sets",
            );
            return None;
        };
        statuses.push(pair);
    }
    statuses.extend(STATUSES);
    Some(statuses)
}
