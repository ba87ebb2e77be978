//! A recipient's account on a real server.

#![expect(clippy::print_stderr, reason = "what was skipped is for whoever runs the tests")]

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use navette_adapter_kit::push::Held;
use navette_adapter_kit::sshd::{self, Sshd};
use navette_adapter_sftp::{Options, Sftp};
use navette_router::model::ProcessCode;
use navette_router::ports::Endpoint;
use zip::ZipArchive;

use crate::link::Link;

/// A recipient's account, behind a link that can be cut.
pub(crate) struct Account {
    pub(crate) server: tokio::sync::Mutex<Sshd>,
    pub(crate) link: Link,
    endpoint: Endpoint,
    home: PathBuf,
}

impl Account {
    /// One on a server that just started; none when there is no OpenSSH.
    pub(crate) async fn open() -> Option<Self> {
        let Some(program) = sshd::program() else {
            eprintln!("skipped: there is no OpenSSH server, and {} names none; ops/test installs it", sshd::VARIABLE);
            return None;
        };
        let server = Sshd::start(&program).await;
        let link = Link::to(server.port()).await;
        let home = server.home();
        for directory in ["in", "in/DONE", "in/FAILED", "out"] {
            std::fs::create_dir(home.join(directory)).expect("a directory");
        }
        let endpoint = Endpoint::new(ProcessCode::new("DAUA").unwrap())
            .set("host", "127.0.0.1")
            .set("port", link.port().to_string())
            .set("user", server.user())
            .set("host_key", server.host_key())
            .set("directory", "in")
            .set("return_directory", "out")
            .seal("private_key", server.client_key());
        Some(Self { server: tokio::sync::Mutex::new(server), link, endpoint, home })
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// A file of the account.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// The messages that the recipient's software would find.
    pub(crate) fn messages(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path("in")).expect("the directory is there");
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect()
    }
}

/// The adapter, with time limits for tests.
pub(crate) fn adapter() -> Sftp {
    Sftp::new(Options {
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(3),
        connections_max: NonZero::new(16).unwrap(),
        ..Options::default()
    })
}

/// What a message holds of attachments.
pub(crate) fn held(path: &Path) -> Held {
    let file = std::fs::File::open(path).expect("a message");
    let mut archive = ZipArchive::new(file).expect("a zip");
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        if name == "message.xml" || name.contains("-ent-") {
            continue;
        }
        files.push(summed(&mut entry));
    }
    Held { files }
}

/// The SHA-256 and the size of what comes.
fn summed(reader: &mut impl std::io::Read) -> (navette_router::model::Digest, u64) {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let (mut buffer, mut size) = (vec![0; 1 << 20], 0);
    loop {
        let read = reader.read(&mut buffer).expect("readable");
        if read == 0 {
            break;
        }
        context.update(&buffer[..read]);
        size += read as u64;
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    (navette_router::model::Digest(digest), size)
}
