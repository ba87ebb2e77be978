//! The servers of `ops/cluster`, and what is done to them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Three brokers and three nodes.
#[derive(Debug)]
pub(crate) struct Servers {
    data: PathBuf,
    pub(crate) brokers: String,
    pub(crate) nodes: Vec<SocketAddr>,
}

pub(crate) const BROKERS: [&str; 3] = ["kafka-1", "kafka-2", "kafka-3"];
pub(crate) const NODES: [&str; 3] = ["cassandra-1", "cassandra-2", "cassandra-3"];

impl Servers {
    /// Those below this folder, which run.
    pub(crate) fn below(data: &Path) -> Result<Self> {
        let path = data.join("cluster.env");
        let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let value = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            found.map(str::to_owned).with_context(|| format!("{} has no {name}", path.display()))
        };
        let nodes = value("NAVETTE_TEST_CASSANDRA")?;
        let nodes = nodes.split(',').map(|node| node.parse().context("no address")).collect::<Result<Vec<_>>>()?;
        ensure!(nodes.len() == NODES.len(), "three nodes are needed: ops/cluster up --nodes 3");
        Ok(Self { data: data.to_owned(), brokers: value("NAVETTE_TEST_KAFKA")?, nodes })
    }

    /// `kill`, `pause`, `resume` or `start`.
    pub(crate) async fn tell(&self, action: &str, names: &[&str]) -> Result<()> {
        let mut command = Command::new("ops/cluster");
        command.arg(action).arg("--data").arg(&self.data).args(names).stdin(Stdio::null());
        let output = command.output().await.context("ops/cluster cannot be run")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "ops/cluster {action} {names:?}: {said}");
        Ok(())
    }

    /// From now on a server can write no file beyond its first byte, as when the disk is full.
    pub(crate) async fn fill_disk(&self, name: &str) -> Result<()> {
        let pid = std::fs::read_to_string(self.data.join(name).join("pid")).context("the server does not run")?;
        let limited = Command::new("prlimit").args(["--fsize=1:1", "--pid", pid.trim()]).status().await;
        ensure!(limited.context("prlimit cannot be run")?.success(), "the disk of {name} cannot be limited");
        Ok(())
    }

    /// Writes a message that is no entry into a topic.
    pub(crate) async fn poison(&self, topic: &str, partition: u32, headers: &[&str], payload: &str) -> Result<()> {
        let mut command = Command::new("kcat");
        command.args(["-P", "-b", &self.brokers, "-t", topic, "-p", &partition.to_string(), "-k", "nobody"]);
        command.args(headers.iter().flat_map(|header| ["-H", header]));
        let mut kcat = command.stdin(Stdio::piped()).spawn().context("kcat cannot be run")?;
        kcat.stdin.take().context("kcat reads nothing")?.write_all(payload.as_bytes()).await?;
        ensure!(kcat.wait().await?.success(), "kcat cannot write into {topic}");
        Ok(())
    }
}
