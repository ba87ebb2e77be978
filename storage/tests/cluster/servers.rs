//! Empty tables and topics for each test, on the servers that the environment names.

#[path = "keyspaces.rs"]
pub(crate) mod keyspaces;

use std::time::Duration;

use navette_storage::cluster::{self, Attachments, Options, Store, schema};
use navette_storage::conformance::Backend;
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use uuid::Uuid;

use keyspaces::Claim;

/// Where a test finds the servers of one kind.
fn named_by(variable: &str) -> Vec<String> {
    let servers = std::env::var(variable).unwrap_or_default();
    assert!(
        !servers.is_empty(),
        "{variable} does not say where servers are, and this test needs a real Kafka and a real Cassandra: \
         start them with `ops/cluster up`, and the tests with `env $(cat target/cluster/cluster.env) cargo test ...`"
    );
    servers.split(',').map(str::to_owned).collect()
}

/// How a test works on the servers: topics and a keyspace of its own, which are not there yet.
pub(crate) fn options() -> Options {
    let mut options = Options::new("one", named_by("NAVETTE_TEST_KAFKA"), named_by("NAVETTE_TEST_CASSANDRA"));
    let name = format!("navette_test_{}", Uuid::now_v7().simple());
    options.kafka.prefix.clone_from(&name);
    options.cassandra.keyspace = name;
    options.kafka.journal_partitions = 3;
    // As many copies as there can be: what is not there on most of the servers is not there.
    let copies = options.cassandra.nodes.len().min(3);
    options.cassandra.replication = u16::try_from(copies).expect("at most three");
    options.kafka.replication = u16::try_from(options.kafka.brokers.len().min(3)).expect("at most three");
    // Other tests keep the servers busy.
    options.cassandra.request_timeout = Duration::from_secs(60);
    options.kafka.request_timeout = Duration::from_secs(60);
    options.kafka.acknowledge_timeout = Duration::from_secs(60);
    options
}

/// Topics of its own, and tables that nobody else uses meanwhile.
pub(crate) struct Servers {
    pub(crate) options: Options,
    replay_again: Mutex<Option<usize>>,
    claim: Claim,
    is_empty: OnceCell<()>,
}

impl Servers {
    pub(crate) fn new() -> Self {
        let mut options = options();
        let claim = Claim::new(&options.cassandra.nodes);
        options.cassandra.keyspace = claim.keyspace();
        Self { options, replay_again: Mutex::default(), claim, is_empty: OnceCell::new() }
    }

    /// Opens the data as another gateway of this name does.
    pub(crate) async fn gateway(&self, name: &str) -> (Store, Attachments) {
        // Boxed, because a future that asks servers is large, and the cases should not carry it.
        self.is_empty.get_or_init(|| Box::pin(self.make_empty())).await;
        let options = Options { gateway: name.to_owned(), ..self.options.clone() };
        cluster::open(options).await.expect("the data are opened")
    }

    async fn make_empty(&self) {
        schema::apply(&self.options.cassandra).await.expect("the schema is applied");
        self.claim.empty(&self.options.cassandra.nodes).await;
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
