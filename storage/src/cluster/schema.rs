//! The tables, and how they come to be: forward only, one version after the other.
//!
//! Every table answers one question, by one partition or by a few whose number is bounded. A record is JSON, for `cqlsh` to show.
//! What an entry writes carries its order as the write timestamp; only the columns that a light-weight transaction sets do not.

use std::collections::BTreeMap;

use scylla::client::session::Session;
use scylla::errors::{DbError, ExecutionError, RequestAttemptError};

use super::ConnectError;
use super::database::connect;
use super::error::Error;
use super::options::Cassandra;

/// The version that this software reads and writes.
pub const VERSION: usize = MIGRATIONS.len();

/// What makes each version out of the one before.
const MIGRATIONS: &[&[&str]] = &[&[
    // What all gateways must have the same of.
    "CREATE TABLE IF NOT EXISTS agreements (agreed_on text PRIMARY KEY, value text)",
    // Who decided last about a subject. What was decided long ago is applied, and is forgotten with the personal data in it.
    "CREATE TABLE IF NOT EXISTS decisions (subject uuid PRIMARY KEY, head uuid, decided bigint, intent text, applied bigint)
        WITH default_time_to_live = 604800",
    // All that is in a folder: one partition, so that an entry changes it at once or not at all.
    "CREATE TABLE IF NOT EXISTS records (folder uuid, kind text, owner uuid, id uuid, record text, position bigint, rank int,
        PRIMARY KEY (folder, kind, owner, id))",
    // In which folder something is.
    "CREATE TABLE IF NOT EXISTS lookups (id uuid PRIMARY KEY, kind text, folder uuid, owner uuid)",
    // What waits for a recipient, of one process and one hour.
    "CREATE TABLE IF NOT EXISTS inbox (recipient text, process text, bucket bigint, position bigint, rank int, id uuid,
        record text, PRIMARY KEY ((recipient, process, bucket), position, rank, id))",
    // In which hours something was put into the inboxes of a recipient.
    "CREATE TABLE IF NOT EXISTS inboxes (recipient text, process text, bucket bigint, late bigint,
        PRIMARY KEY (recipient, process, bucket))",
    // What is listed in the order of its identifiers: folders, cases of a recipient, statistics, acts.
    "CREATE TABLE IF NOT EXISTS listings (list text, bucket bigint, id uuid, record text,
        PRIMARY KEY ((list, bucket), id))",
    "CREATE TABLE IF NOT EXISTS listing_buckets (list text, bucket bigint, PRIMARY KEY (list, bucket))",
    // Copies that the portal of a recipient is to delete.
    "CREATE TABLE IF NOT EXISTS purges (recipient text, shard int, case_id uuid, attachment uuid, process text,
        PRIMARY KEY ((recipient, shard), case_id, attachment))",
    "CREATE TABLE IF NOT EXISTS mails (id uuid PRIMARY KEY, record text)",
    "CREATE TABLE IF NOT EXISTS mails_due (shard int, due bigint, id uuid, PRIMARY KEY (shard, due, id))",
    // The bytes of attachments.
    "CREATE TABLE IF NOT EXISTS chunks (content uuid, part int, number int, bytes blob,
        PRIMARY KEY ((content, part), number)) WITH compression = {'enabled': 'false'}",
    // Contents that no record names, or may not: uploads in progress, and what is to be deleted.
    "CREATE TABLE IF NOT EXISTS uploads (gateway text, place text, attachment uuid, PRIMARY KEY (gateway, place))",
    // Messages that cannot be read, for somebody to look at.
    "CREATE TABLE IF NOT EXISTS set_aside (topic text, partition_number int, message_offset bigint, reason text, message blob,
        PRIMARY KEY ((topic, partition_number), message_offset)) WITH default_time_to_live = 2592000",
], &[
    // What is to be brought to an endpoint, by the hour in which it is due.
    "CREATE TABLE IF NOT EXISTS deliveries_due (subscription uuid, bucket bigint, due bigint, id uuid, folder uuid,
        PRIMARY KEY ((subscription, bucket), due, id))",
    // In which hours something is due at an endpoint.
    "CREATE TABLE IF NOT EXISTS deliveries_hours (subscription uuid, bucket bigint, PRIMARY KEY (subscription, bucket))",
]];

/// Why the tables are not what this software needs.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Cassandra cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Cassandra did not do what it was asked.
    #[error("the schema of keyspace {keyspace} cannot be read or changed")]
    Servers {
        /// The keyspace.
        keyspace: String,
        /// Why.
        #[source]
        source: Box<Error>,
    },
    /// There are fewer nodes than the majority of the copies, which every row needs: none could be written; nothing was made.
    #[error(
        "keyspace {keyspace} was to have {copies} copies of each row, and the number of nodes is {nodes}, which is no majority of \
         them: ask for fewer copies (storage.cluster.cassandra.replication), or add nodes"
    )]
    TooFewNodes {
        /// The keyspace.
        keyspace: String,
        /// How many copies were asked for.
        copies: usize,
        /// How many nodes the smallest datacenter has.
        nodes: usize,
    },
    /// A later version of this software was here.
    #[error(
        "keyspace {keyspace} has schema {found} and this version of navette knows schema {VERSION}; start the later version"
    )]
    Newer {
        /// The keyspace.
        keyspace: String,
        /// Its version.
        found: usize,
    },
    /// Nobody brought the tables up to date.
    #[error(
        "keyspace {keyspace} has schema {found} and this version of navette needs schema {VERSION}; apply the schema first"
    )]
    Older {
        /// The keyspace.
        keyspace: String,
        /// Its version; 0 when there is none.
        found: usize,
    },
}

/// The statements that bring the keyspace up to date, in order; none when it is. [`SchemaError::Newer`] when it is ahead.
pub async fn plan(options: &Cassandra) -> Result<Vec<String>, SchemaError> {
    missing(&connect(options).await?, options).await
}

/// Brings the keyspace up to date. Doing it again, or by two at once, changes nothing more.
pub async fn apply(options: &Cassandra) -> Result<(), SchemaError> {
    let session = connect(options).await?;
    for statement in missing(&session, options).await? {
        session.query_unpaged(statement, ()).await.map_err(|error| servers(options, error.into()))?;
        // The next one may be sent to another node, which has to know what this one changed.
        let agreed = session.await_schema_agreement().await;
        agreed.map_err(|error| servers(options, ExecutionError::from(error).into()))?;
    }
    Ok(())
}

/// The version of the keyspace; 0 when it has none, or is not there.
pub async fn found(options: &Cassandra) -> Result<usize, SchemaError> {
    version(&connect(options).await?, options).await
}

async fn missing(session: &Session, options: &Cassandra) -> Result<Vec<String>, SchemaError> {
    let found = version(session, options).await?;
    if found > VERSION {
        return Err(SchemaError::Newer { keyspace: options.keyspace.clone(), found });
    }
    let (keyspace, copies) = (&options.keyspace, usize::from(options.replication));
    let mut statements = Vec::new();
    if found == 0 {
        let nodes = nodes_of_a_datacenter(session);
        let is_made_here = session.get_cluster_state().get_keyspace(keyspace).is_none();
        if is_made_here && nodes <= copies / 2 {
            return Err(SchemaError::TooFewNodes { keyspace: keyspace.clone(), copies, nodes });
        }
        statements.push(format!(
            "CREATE KEYSPACE IF NOT EXISTS {keyspace}
                WITH replication = {{'class': 'NetworkTopologyStrategy', 'replication_factor': {copies}}}"
        ));
        statements.push(format!(
            "CREATE TABLE IF NOT EXISTS {keyspace}.schema_versions (only int, version int, PRIMARY KEY (only, version))"
        ));
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(found) {
        statements.extend(migration.iter().map(|statement| in_keyspace(statement, keyspace)));
        statements.push(format!("INSERT INTO {keyspace}.schema_versions (only, version) VALUES (0, {number})"));
    }
    Ok(statements)
}

/// How many nodes the smallest datacenter has, those that are down included: each datacenter keeps all copies.
fn nodes_of_a_datacenter(session: &Session) -> usize {
    let mut nodes = BTreeMap::<Option<&str>, usize>::new();
    let state = session.get_cluster_state();
    for node in state.get_nodes_info() {
        *nodes.entry(node.datacenter.as_deref()).or_default() += 1;
    }
    nodes.into_values().min().unwrap_or_default()
}

/// Makes sure that the keyspace is what this software reads and writes.
pub(super) async fn check(session: &Session, options: &Cassandra) -> Result<(), SchemaError> {
    let keyspace = options.keyspace.clone();
    match version(session, options).await? {
        VERSION => Ok(()),
        found if found > VERSION => Err(SchemaError::Newer { keyspace, found }),
        found => Err(SchemaError::Older { keyspace, found }),
    }
}

/// The version of the keyspace; 0 when there is none.
async fn version(session: &Session, options: &Cassandra) -> Result<usize, SchemaError> {
    let question = format!("SELECT max(version) FROM {}.schema_versions WHERE only = 0", options.keyspace);
    let answer = match session.query_unpaged(question, ()).await {
        Ok(answer) => answer,
        // No such keyspace, or no such table.
        Err(ExecutionError::LastAttemptError(RequestAttemptError::DbError(DbError::Invalid, _))) => return Ok(0),
        Err(error) => return Err(servers(options, error.into())),
    };
    let rows = answer.into_rows_result().map_err(|error| servers(options, error.into()))?;
    let (version,) = rows.first_row::<(Option<i32>,)>().map_err(|error| servers(options, error.into()))?;
    Ok(version.and_then(|version| usize::try_from(version).ok()).unwrap_or_default())
}

fn servers(options: &Cassandra, source: Error) -> SchemaError {
    SchemaError::Servers { keyspace: options.keyspace.clone(), source: Box::new(source) }
}

/// The statement, about the table of this keyspace.
fn in_keyspace(statement: &str, keyspace: &str) -> String {
    statement.replacen("IF NOT EXISTS ", &format!("IF NOT EXISTS {keyspace}."), 1)
}
