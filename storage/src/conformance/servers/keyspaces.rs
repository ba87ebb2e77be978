//! A few keyspaces, lent to one test after the other: to make the tables and to remove them takes a small server seconds each time.

use std::fs::File;

use futures_util::future::join_all;
use scylla::client::session::Session;

use crate::cluster::connect;
use crate::cluster::options::Cassandra;

/// Tests that may be at work at once, whatever their processes.
const CLAIMS_MAX: usize = 64;
/// What says which version the tables have is not emptied.
const VERSIONS: &str = "schema_versions";

/// A keyspace that nobody else uses meanwhile.
#[derive(Debug)]
pub struct Claim {
    number: usize,
    /// The lock of this file goes with whoever holds it, even when that is killed.
    _lock: File,
}

impl Claim {
    /// The first that is free on these servers.
    ///
    /// # Panics
    /// When all of them are taken.
    pub fn new(options: &Cassandra) -> Self {
        let servers: String =
            options.nodes.join("_").chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
        let claim = |number| {
            let path = std::env::temp_dir().join(format!("navette-test-{servers}-{number}.lock"));
            let lock = File::create(path).ok()?;
            lock.try_lock().is_ok().then_some(Self { number, _lock: lock })
        };
        (0..CLAIMS_MAX).find_map(claim).expect("a keyspace that no other test uses")
    }

    /// Its name. Whoever claims it applies the schema, then empties it.
    pub fn keyspace(&self) -> String {
        format!("navette_test_{}", self.number)
    }

    /// Removes what the last test left: the marks of what that removed too, so all tables when there is anything in one.
    ///
    /// # Panics
    /// When the servers do not do it.
    pub async fn empty(&self, options: &Cassandra) {
        let (session, keyspace) = (session(options).await, self.keyspace());
        let question = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?";
        let answer = session.query_unpaged(question, (&keyspace,)).await.expect("the tables are named");
        let rows = answer.into_rows_result().expect("rows");
        let names = rows.rows::<(String,)>().expect("names").map(|row| row.expect("a name").0);
        let tables: Vec<String> =
            names.filter(|name| name != VERSIONS).map(|name| format!("{keyspace}.{name}")).collect();
        let looks = tables.iter().map(|table| holds_something(&session, table));
        if join_all(looks).await.contains(&true) {
            let emptied = tables.iter().map(|table| session.query_unpaged(format!("TRUNCATE {table}"), ()));
            join_all(emptied).await.into_iter().for_each(|emptied| drop(emptied.expect("a table is emptied")));
        }
    }
}

async fn holds_something(session: &Session, table: &str) -> bool {
    let found = session.query_unpaged(format!("SELECT * FROM {table} LIMIT 1"), ()).await;
    // A table that cannot be read for all the marks in it is not empty either.
    found.map_or(true, |found| found.into_rows_result().expect("rows").rows_num() > 0)
}

/// A session of the test's own, to do what no gateway does.
///
/// # Panics
/// When the servers are not there.
pub async fn session(options: &Cassandra) -> Session {
    connect(options).await.expect("the servers are there")
}
