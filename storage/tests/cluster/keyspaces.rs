//! A few keyspaces, lent to one test after the other: to make the tables and to remove them takes a small server seconds each time.

use std::fs::File;

use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;

/// Tests that may be at work at once, whatever their processes.
const CLAIMS_MAX: usize = 64;
/// What says which version the tables have is not emptied.
const VERSIONS: &str = "schema_versions";

/// A keyspace that nobody else uses meanwhile.
#[derive(Debug)]
pub(crate) struct Claim {
    number: usize,
    /// The lock of this file goes with whoever holds it, even when that is killed.
    _lock: File,
}

impl Claim {
    /// The first that is free on these servers.
    pub(crate) fn new(nodes: &[String]) -> Self {
        let servers: String =
            nodes.join("_").chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
        let claim = |number| {
            let path = std::env::temp_dir().join(format!("navette-test-{servers}-{number}.lock"));
            let lock = File::create(path).ok()?;
            lock.try_lock().is_ok().then_some(Self { number, _lock: lock })
        };
        (0..CLAIMS_MAX).find_map(claim).expect("a keyspace that no other test uses")
    }

    pub(crate) fn keyspace(&self) -> String {
        format!("navette_test_{}", self.number)
    }

    /// Removes what the last test left.
    pub(crate) async fn empty(&self, nodes: &[String]) {
        let (session, keyspace) = (session(nodes).await, self.keyspace());
        let question = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?";
        let answer = session.query_unpaged(question, (&keyspace,)).await.expect("the tables are named");
        let rows = answer.into_rows_result().expect("rows");
        for row in rows.rows::<(String,)>().expect("names") {
            let (table,) = row.expect("a name");
            if table == VERSIONS {
                continue;
            }
            let found = session.query_unpaged(format!("SELECT * FROM {keyspace}.{table} LIMIT 1"), ()).await;
            let found = found.expect("a table is read").into_rows_result().expect("rows");
            // That takes longer than to look.
            if found.rows_num() > 0 {
                let truncate = format!("TRUNCATE {keyspace}.{table}");
                session.query_unpaged(truncate, ()).await.expect("a table is emptied");
            }
        }
    }
}

/// A session of the test's own, to do what no gateway does.
pub(crate) async fn session(nodes: &[String]) -> Session {
    Box::pin(SessionBuilder::new().known_nodes(nodes).build()).await.expect("the servers are there")
}
