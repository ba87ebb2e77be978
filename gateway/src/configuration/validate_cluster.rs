//! What the types cannot say about the servers that gateways share. Pure.

use std::time::Duration;

use super::validate::Faults;
use super::{Backend, Bucket, Configuration, KafkaMechanism};

const GATEWAY_MAX_CHARS: usize = 100;
/// What Kafka lets the name of a topic be, less what is put behind the prefix.
const PREFIX_MAX_CHARS: usize = 200;
/// What Cassandra lets the name of a keyspace be.
const KEYSPACE_MAX_CHARS: usize = 48;

/// Adds what is wrong. What is only needed on a cluster is only missing there; what is there must be right anywhere.
pub(super) fn check(configuration: &Configuration, faults: &mut Faults) {
    let cluster = &configuration.storage.cluster;
    let (kafka, cassandra) = (&cluster.kafka, &cluster.cassandra);
    if configuration.storage.backend == Backend::Cluster {
        needed(configuration, faults);
    }
    for (key, servers) in
        [("storage.cluster.kafka.brokers", &kafka.brokers), ("storage.cluster.cassandra.nodes", &cassandra.nodes)]
    {
        if let Some(wrong) = servers.iter().flat_map(|servers| servers.split(',')).find(|server| !is_server(server)) {
            faults.add(key, format!("names {wrong:?} and must name servers as host:port, separated by commas"));
        }
    }
    if cluster.gateway.as_deref().is_some_and(|gateway| !is_name(gateway, GATEWAY_MAX_CHARS)) {
        let expected = format!("letters, digits, - and _, at most {GATEWAY_MAX_CHARS}");
        faults.add("storage.cluster.gateway", format!("is {:?} and must be {expected}", cluster.gateway));
    }
    if !is_name(&kafka.prefix, PREFIX_MAX_CHARS) {
        let expected = format!("letters, digits, - and _, at most {PREFIX_MAX_CHARS}");
        faults.add("storage.cluster.kafka.prefix", format!("is {:?} and must be {expected}", kafka.prefix));
    }
    if !is_keyspace(&cassandra.keyspace) {
        let expected =
            format!("a lower case letter, then lower case letters, digits and _, at most {KEYSPACE_MAX_CHARS} in all");
        faults.add("storage.cluster.cassandra.keyspace", format!("is {:?} and must be {expected}", cassandra.keyspace));
    }
    secured(configuration, faults);
    bucket(&cluster.bucket, faults);
    faults.size("storage.cluster.entry_max_bytes", cluster.entry_max_bytes, 64 << 10, 512 << 20);
    faults.size("storage.cluster.batch_max_bytes", cluster.batch_max_bytes, 64 << 10, 512 << 20);
    faults.size(
        "storage.cluster.kafka.queue_max_bytes",
        kafka.queue_max_bytes,
        cluster.entry_max_bytes.0,
        // What the client library counts in KiB of 32 bits.
        1 << 40,
    );
    for (key, period) in [
        ("storage.cluster.takeover_after", cluster.takeover_after),
        ("storage.cluster.kafka.acknowledge_timeout", kafka.acknowledge_timeout),
        ("storage.cluster.kafka.request_timeout", kafka.request_timeout),
        ("storage.cluster.kafka.journal_retained_for", kafka.journal_retained_for),
        ("storage.cluster.cassandra.request_timeout", cassandra.request_timeout),
        ("storage.cluster.cassandra.decide_timeout", cassandra.decide_timeout),
        ("storage.cluster.cassandra.connect_timeout", cassandra.connect_timeout),
        ("storage.cluster.bucket.request_timeout", cluster.bucket.request_timeout),
        ("storage.cluster.bucket.connect_timeout", cluster.bucket.connect_timeout),
    ] {
        faults.at_least(key, period, Duration::from_millis(100));
    }
    // Sooner would ask every question twice.
    faults.at_least(
        "storage.cluster.cassandra.second_node_after",
        cassandra.second_node_after,
        Duration::from_millis(20),
    );
    // Brokers refuse less, unless they were told otherwise.
    faults.at_least("storage.cluster.kafka.session_timeout", kafka.session_timeout, Duration::from_secs(6));
}

/// What belongs together, and what must not be sent in the clear.
fn secured(configuration: &Configuration, faults: &mut Faults) {
    let (kafka, cassandra) = (&configuration.storage.cluster.kafka, &configuration.storage.cluster.cassandra);
    let sections = [
        ("storage.cluster.kafka", kafka.tls, &kafka.authorities, &kafka.user, &kafka.password_file),
        ("storage.cluster.cassandra", cassandra.tls, &cassandra.authorities, &cassandra.user, &cassandra.password_file),
    ];
    for (section, tls, authorities, user, password_file) in sections {
        match (user, password_file) {
            (Some(_), None) => {
                faults.add(&format!("{section}.password_file"), format!("is missing; {section}.user needs it"));
            }
            (None, Some(_)) => {
                faults.add(&format!("{section}.user"), format!("is missing; {section}.password_file needs it"));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        if authorities.is_some() && !tls {
            faults.add(
                &format!("{section}.tls"),
                format!("is false and must be true for {section}.authorities to matter"),
            );
        }
    }
    let in_the_clear = "is false and must be true: a password must not be sent in the clear";
    if kafka.user.is_some() && kafka.mechanism == KafkaMechanism::Plain && !kafka.tls {
        faults.add("storage.cluster.kafka.tls", in_the_clear);
    }
    if cassandra.user.is_some() && !cassandra.tls {
        faults.add("storage.cluster.cassandra.tls", in_the_clear);
    }
}

/// An object store is addressed and entered in one way only.
fn bucket(bucket: &Bucket, faults: &mut Faults) {
    match (&bucket.access_key, &bucket.secret_key_file) {
        (Some(_), None) => {
            faults.add(
                "storage.cluster.bucket.secret_key_file",
                "is missing; storage.cluster.bucket.access_key needs it",
            );
        }
        (None, Some(_)) => {
            faults.add(
                "storage.cluster.bucket.access_key",
                "is missing; storage.cluster.bucket.secret_key_file needs it",
            );
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    if let Some(endpoint) = &bucket.endpoint {
        let host = ["https://", "http://"].iter().find_map(|scheme| endpoint.strip_prefix(scheme));
        if host.is_none_or(|host| host.trim_matches('/').is_empty()) {
            let expected = "https://host, with :port where it is not 443";
            faults.add("storage.cluster.bucket.endpoint", format!("is {endpoint:?} and must be {expected}"));
        }
    }
    let parts = || bucket.prefix.split('/');
    if parts().any(|part| !is_name(part, PREFIX_MAX_CHARS)) {
        let expected = "letters, digits, - and _, in parts between single slashes";
        faults.add("storage.cluster.bucket.prefix", format!("is {:?} and must be {expected}", bucket.prefix));
    }
}

fn needed(configuration: &Configuration, faults: &mut Faults) {
    let cluster = &configuration.storage.cluster;
    if !cfg!(feature = "cluster") {
        let remedy = "build it with --features cluster, or take a release package, which can";
        faults.add("storage.backend", format!("is cluster and this navette was built without it: {remedy}"));
    }
    if cluster.kafka.brokers.is_none() {
        faults.add("storage.cluster.kafka.brokers", "is missing; storage.backend = \"cluster\" needs it");
    }
    if cluster.cassandra.nodes.is_none() {
        faults.add("storage.cluster.cassandra.nodes", "is missing; storage.backend = \"cluster\" needs it");
    }
}

fn is_server(text: &str) -> bool {
    text.trim().rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && !host.contains(char::is_whitespace) && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

fn is_name(text: &str, max_chars: usize) -> bool {
    let right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.len() <= max_chars && text.bytes().all(right)
}

fn is_keyspace(text: &str) -> bool {
    let right = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.len() <= KEYSPACE_MAX_CHARS
        && text.bytes().all(right)
}

#[cfg(test)]
mod tests {
    use super::super::{Configuration, ConfigurationError};

    fn faults(toml: &str) -> Vec<String> {
        match Configuration::parse(toml, []) {
            Ok(_) => Vec::new(),
            Err(ConfigurationError::Invalid(faults)) => faults.iter().map(|fault| fault.key.clone()).collect(),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_cluster_needs_its_servers_and_the_feature() {
        let keys = faults("[storage]\nbackend = \"cluster\"");
        let mut expected = vec!["storage.cluster.kafka.brokers", "storage.cluster.cassandra.nodes"];
        if !cfg!(feature = "cluster") {
            expected.insert(0, "storage.backend");
        }
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_password_needs_its_user_and_must_not_be_sent_in_the_clear() {
        let keys = faults(
            "[storage.cluster.kafka]\nuser = \"navette\"\npassword_file = \"/password\"\nmechanism = \"plain\"\n\
             [storage.cluster.cassandra]\nuser = \"navette\"\nauthorities = \"/authorities.pem\"",
        );
        let expected = [
            "storage.cluster.cassandra.password_file",
            "storage.cluster.cassandra.tls",
            "storage.cluster.kafka.tls",
            "storage.cluster.cassandra.tls",
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_login_that_proves_itself_needs_no_encryption() {
        let keys = faults("[storage.cluster.kafka]\nuser = \"navette\"\npassword_file = \"/password\"");
        assert!(keys.is_empty(), "{keys:?}");
    }

    #[test]
    fn a_bucket_is_addressed_and_entered_in_one_way() {
        let keys = faults(
            "[storage.cluster.bucket]\nname = \"navette\"\nendpoint = \"s3.example.fr\"\nprefix = \"/files\"\naccess_key = \"key\"",
        );
        let expected = [
            "storage.cluster.bucket.secret_key_file",
            "storage.cluster.bucket.endpoint",
            "storage.cluster.bucket.prefix",
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn names_and_servers_are_checked_all_at_once() {
        let keys = faults(
            "[storage.cluster]\ngateway = \"one two\"\n\
             [storage.cluster.kafka]\nbrokers = \"kafka-1:9092,kafka-2\"\nprefix = \"\"\n\
             [storage.cluster.cassandra]\nnodes = \":9042\"\nkeyspace = \"Navette\"",
        );
        let expected = [
            "storage.cluster.kafka.brokers",
            "storage.cluster.cassandra.nodes",
            "storage.cluster.gateway",
            "storage.cluster.kafka.prefix",
            "storage.cluster.cassandra.keyspace",
        ];
        assert_eq!(keys, expected);
    }
}
