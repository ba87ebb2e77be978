//! How a person sees on the servers of a cluster what the demo did.

use std::path::Path;

use crate::configuration::{Backend, Cassandra, Cluster, Configuration, Kafka, KafkaMechanism};
use crate::system;

/// Where the hub of the demo keeps everything.
pub(super) fn place(configuration: Option<&Configuration>, data: &Path) -> String {
    let Some(cluster) = cluster(configuration) else { return format!("data in {}", data.display()) };
    let (kafka, cassandra) = (&cluster.kafka, &cluster.cassandra);
    format!("Kafka at {}, Cassandra at {}, keys in {}", named(&kafka.brokers), named(&cassandra.nodes), data.display())
}

/// The servers of a configuration that is on a cluster.
pub(super) fn cluster(configuration: Option<&Configuration>) -> Option<&Cluster> {
    let storage = &configuration?.storage;
    (storage.backend == Backend::Cluster).then_some(&storage.cluster)
}

/// Commands that show the entries and the cases of a folder.
pub(super) fn commands(cluster: &Cluster, folder: &str) -> [String; 2] {
    [entries(&cluster.kafka, folder), cases(&cluster.cassandra, folder)]
}

fn entries(kafka: &Kafka, folder: &str) -> String {
    let protocol = match (kafka.tls, &kafka.user) {
        (true, Some(_)) => Some("SASL_SSL"),
        (true, None) => Some("SSL"),
        (false, Some(_)) => Some("SASL_PLAINTEXT"),
        (false, None) => None,
    };
    let mechanism = match kafka.mechanism {
        KafkaMechanism::Plain => "PLAIN",
        KafkaMechanism::ScramSha256 => "SCRAM-SHA-256",
        KafkaMechanism::ScramSha512 => "SCRAM-SHA-512",
    };
    let options = [
        protocol.map(|protocol| format!("security.protocol={protocol}")),
        kafka.authorities.as_ref().map(|path| format!("ssl.ca.location={}", quoted(&path.to_string_lossy()))),
        kafka.user.as_ref().map(|user| format!("sasl.mechanisms={mechanism} -X sasl.username={}", quoted(user))),
        kafka.password_file.as_ref().map(|path| format!("sasl.password=\"{}\"", first_line(path))),
    ];
    let options: String = options.into_iter().flatten().map(|option| format!(" -X {option}")).collect();
    let brokers = named(&kafka.brokers).split(',').map(str::trim).collect::<Vec<_>>().join(",");
    let topic = format!("{}.journal", kafka.prefix);
    format!("kcat -b {brokers}{options} -t {topic} -C -e -q -f '%k %s\\n' | grep '^{folder}'")
}

fn cases(cassandra: &Cassandra, folder: &str) -> String {
    let trusted = cassandra.authorities.as_deref().unwrap_or_else(|| Path::new(system::AUTHORITIES));
    let authorities = cassandra.tls.then(|| format!("SSL_CERTFILE={} ", quoted(&trusted.to_string_lossy())));
    let tls = if cassandra.tls { " --ssl" } else { "" };
    let user = cassandra.user.as_ref().map(|user| format!(" -u {}", quoted(user)));
    let password = cassandra.password_file.as_ref().map(|path| format!(" -p \"{}\"", first_line(path)));
    let first = named(&cassandra.nodes).split(',').next().unwrap_or_default().trim();
    let (host, port) = first.rsplit_once(':').unwrap_or((first, "9042"));
    let host = host.trim_matches(['[', ']']);
    let [authorities, user, password] = [authorities, user, password].map(Option::unwrap_or_default);
    format!(
        "{authorities}cqlsh{tls}{user}{password} {host} {port} -e \"SELECT id, record FROM {}.records WHERE folder = {folder} AND kind = 'case'\"",
        cassandra.keyspace
    )
}

fn first_line(path: &Path) -> String {
    format!("$(head -n 1 {})", quoted(&path.to_string_lossy()))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@%+=,".contains(character);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Servers that a configuration which was accepted names.
fn named(servers: &Option<String>) -> &str {
    servers.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = "01a21a2d-3851-734d-8e5d-42beb7467cb3";
    const SERVERS: &str = "[storage]\nbackend = \"cluster\"\n[storage.cluster]\ngateway = \"one\"\n\
                           [storage.cluster.kafka]\nbrokers = \"k-1:9092, k-2:9092\"\nSECURITY\n\
                           [storage.cluster.cassandra]\nnodes = \"c-1:9142,c-2:9142\"\nSECURITY\n";

    fn told(security: &str) -> [String; 2] {
        let configuration = Configuration::parse(&SERVERS.replace("SECURITY", security), []).expect("a configuration");
        commands(&configuration.storage.cluster, FOLDER)
    }

    #[test]
    fn the_commands_name_the_servers_the_topic_and_the_keyspace() {
        let [kcat, cqlsh] = told("");
        let expected = "kcat -b k-1:9092,k-2:9092 -t navette.journal -C -e -q -f '%k %s\\n' | grep '^";
        assert_eq!(kcat, format!("{expected}{FOLDER}'"));
        let expected = "cqlsh c-1 9142 -e \"SELECT id, record FROM navette.records WHERE folder = ";
        assert_eq!(cqlsh, format!("{expected}{FOLDER} AND kind = 'case'\""));
    }

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        let security = "tls = true\nuser = \"it's me\"\npassword_file = \"/a b\"";
        let [kcat, cqlsh] = told(security);
        assert!(kcat.contains(r#"sasl.username='it'\''s me' -X sasl.password="$(head -n 1 '/a b')" -t"#), "{kcat}");
        let expected = r#"SSL_CERTFILE=/etc/ssl/certs/ca-certificates.crt cqlsh --ssl -u 'it'\''s me' -p "$(head"#;
        assert!(cqlsh.starts_with(expected), "{cqlsh}");
    }

    #[test]
    fn they_come_in_where_servers_ask_who_is_there_and_show_no_password() {
        let security = "tls = true\nauthorities = \"/a.pem\"\nuser = \"navette\"\npassword_file = \"/p\"";
        let [kcat, cqlsh] = told(security);
        let expected = " -X security.protocol=SASL_SSL -X ssl.ca.location=/a.pem -X sasl.mechanisms=SCRAM-SHA-512 \
                        -X sasl.username=navette -X sasl.password=\"$(head -n 1 /p)\" -t navette.journal ";
        assert!(kcat.contains(expected), "{kcat}");
        let expected = "SSL_CERTFILE=/a.pem cqlsh --ssl -u navette -p \"$(head -n 1 /p)\" c-1 9142 ";
        assert!(cqlsh.starts_with(expected), "{cqlsh}");
    }
}
