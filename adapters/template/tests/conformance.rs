//! The suite that every adapter passes that goes to recipients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use navette_adapter_kit::digest;
use navette_adapter_kit::push::{self, Breakage, Held, Peer};
use navette_adapter_template::Template;
use navette_router::model::ProcessCode;
use navette_router::ports::Endpoint;
use tempfile::TempDir;

/// A disk with the directory of one recipient.
struct Disk {
    root: TempDir,
    adapter: Arc<Template>,
}

impl Disk {
    fn new() -> Self {
        let root = TempDir::new().expect("a directory");
        std::fs::create_dir(root.path().join("rodez")).expect("a recipient's directory");
        let adapter = Arc::new(Template::new(root.path().to_owned()));
        Self { root, adapter }
    }

    fn directory(&self) -> PathBuf {
        self.root.path().join("rodez")
    }
}

fn entries(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn is_shown(path: &Path) -> bool {
    !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

impl Peer for Disk {
    type Adapter = Template;

    fn adapter(&self) -> Arc<Template> {
        Arc::clone(&self.adapter)
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::new(ProcessCode::new("CERTDC").expect("a code")).set("directory", "rodez")
    }

    fn bad_endpoints(&self) -> Vec<(Endpoint, Vec<&'static str>)> {
        ["../rodez", ".rodez", "a\nb"].map(|name| (self.endpoint().set("directory", name), vec!["directory"])).into()
    }

    async fn held(&self) -> Vec<Held> {
        let held = |message: PathBuf| {
            let files = entries(&message).into_iter().filter(|path| !path.ends_with("case.json"));
            let file = |path: PathBuf| std::fs::read(path).expect("a file");
            Held { files: files.map(file).map(|bytes| (digest(&bytes), bytes.len() as u64)).collect() }
        };
        entries(&self.directory()).into_iter().filter(|path| is_shown(path)).map(held).collect()
    }

    async fn breaks(&self, _: Breakage) -> bool {
        // A disk is not a server: what happens when its directory is missing is a test of its own.
        false
    }

    async fn mends(&self) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_template_conforms_to_the_port_of_adapters() {
    push::conforms(&Disk::new()).await;
}
