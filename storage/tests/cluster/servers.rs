//! A keyspace and topics of its own for each test, on the servers that the environment names.

use std::time::Duration;

use navette_storage::cluster::{self, Attachments, Options, Store, schema};
use navette_storage::conformance::Backend;
use parking_lot::Mutex;
use scylla::client::session_builder::SessionBuilder;
use uuid::Uuid;

/// Where a test finds a server.
fn server(variable: &str) -> Vec<String> {
    let servers = std::env::var(variable).unwrap_or_default();
    assert!(
        !servers.is_empty(),
        "{variable} does not say where a server is: start one of each with `ops/cluster up`, and `. target/cluster/cluster.env`"
    );
    servers.split(',').map(str::to_owned).collect()
}

/// A keyspace and topics of its own, on the servers that the environment names.
pub(crate) struct Servers {
    pub(crate) options: Options,
    replay_again: Mutex<Option<usize>>,
}

impl Servers {
    pub(crate) fn new() -> Self {
        let mut options = Options::new("one", server("NAVETTE_TEST_KAFKA"), server("NAVETTE_TEST_CASSANDRA"));
        let name = format!("navette_test_{}", Uuid::now_v7().simple());
        options.kafka.prefix.clone_from(&name);
        options.cassandra.keyspace = name;
        options.kafka.journal_partitions = 3;
        // Other tests keep the servers busy.
        options.cassandra.request_timeout = Duration::from_secs(60);
        options.kafka.request_timeout = Duration::from_secs(60);
        options.kafka.acknowledge_timeout = Duration::from_secs(60);
        Self { options, replay_again: Mutex::default() }
    }

    /// Opens the data as another gateway of this name does.
    pub(crate) async fn gateway(&self, name: &str) -> (Store, Attachments) {
        Box::pin(schema::apply(&self.options.cassandra)).await.expect("the schema is applied");
        let options = Options { gateway: name.to_owned(), ..self.options.clone() };
        cluster::open(options).await.expect("the data are opened")
    }
}

impl Backend for Servers {
    type Store = Store;
    type Attachments = Attachments;

    async fn open(&self) -> (Store, Attachments) {
        let opened = self.gateway("one").await;
        let entries = self.replay_again.lock().take();
        if let Some(entries) = entries {
            opened.0.apply_again(entries).await.expect("the journal is applied again");
        }
        opened
    }

    async fn replay_again(&self, entries: u64) {
        *self.replay_again.lock() = Some(usize::try_from(entries).unwrap_or(usize::MAX));
    }
}

/// Does in the database what no gateway does.
pub(crate) async fn execute(nodes: &[String], statement: String) {
    let session = SessionBuilder::new().known_nodes(nodes).build().await.expect("the servers are there");
    session.query_unpaged(statement, ()).await.expect("the statement is executed");
}

impl Drop for Servers {
    /// Many keyspaces are more than a small server bears.
    fn drop(&mut self) {
        let (nodes, keyspace) = (self.options.cassandra.nodes.clone(), self.options.cassandra.keyspace.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(execute(&nodes, format!("DROP KEYSPACE IF EXISTS {keyspace}")));
        });
        dropped.join().expect("the data are removed");
    }
}
