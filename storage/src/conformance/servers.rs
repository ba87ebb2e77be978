//! Real servers for the tests of the cluster: the ones that `NAVETTE_TEST_KAFKA` and `NAVETTE_TEST_CASSANDRA` name.

mod keyspaces;
mod objects;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use uuid::Uuid;

use crate::cluster::{Login, Options, Security, Tls};

pub use keyspaces::{Claim, session};
pub use objects::ObjectServer;

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

/// What servers want that encrypt and ask who is there.
#[derive(Debug)]
pub struct Secured {
    /// PEM file of the authority that signed their certificates.
    pub authorities: PathBuf,
    /// The user, of all servers.
    pub user: String,
    /// The file with the password.
    pub password_file: PathBuf,
}

impl Secured {
    /// What the environment says; nothing when the servers take everybody.
    ///
    /// # Panics
    /// When it says a part only.
    pub fn named() -> Option<Self> {
        let value = |variable: &str| std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not there"));
        std::env::var_os("NAVETTE_TEST_AUTHORITIES").map(|authorities| Self {
            authorities: authorities.into(),
            user: value("NAVETTE_TEST_USER").into_string().expect("a name"),
            password_file: value("NAVETTE_TEST_PASSWORD_FILE").into(),
        })
    }

    fn security(&self) -> Security {
        let password = std::fs::read_to_string(&self.password_file).expect("the password is read");
        Security {
            tls: Some(Tls { authorities: Some(self.authorities.clone()) }),
            login: Some(Login {
                user: self.user.clone(),
                password: SecretString::from(password.lines().next().expect("a line").to_owned()),
            }),
        }
    }
}

/// How a test works on the servers: topics and a keyspace of its own, which are not there yet.
///
/// # Panics
/// When the environment names no servers.
pub fn options() -> Options {
    let mut options = Options::new("one", named_by("NAVETTE_TEST_KAFKA"), named_by("NAVETTE_TEST_CASSANDRA"));
    let name = format!("navette_test_{}", Uuid::now_v7().simple());
    if let Some(secured) = Secured::named() {
        options.kafka.security = secured.security();
        options.cassandra.security = secured.security();
    }
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
