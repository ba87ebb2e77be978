use std::path::PathBuf;

use super::*;

fn parse(toml: &str, environment: &[(&str, &str)]) -> Result<Configuration, String> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Configuration::parse(toml, environment).map_err(|error| error.to_string())
}

#[test]
fn an_empty_file_gives_the_defaults_and_they_are_valid() {
    assert_eq!(parse("", &[]), Ok(Configuration::default()));
}

#[test]
fn the_file_that_init_writes_gives_the_defaults() {
    let file = reference_file();
    assert_eq!(parse(&file, &[]), Ok(Configuration::default()));
    for key in ["listen = \"127.0.0.1:8080\"", "# certificate = \"/etc/navette/certificate.pem\"", "[storage.journal]"]
    {
        assert!(file.lines().any(|line| line == key), "{key} in\n{file}");
    }
}

#[test]
fn every_key_is_documented() {
    for line in reference_page().lines().filter(|line| line.starts_with("| `")) {
        assert!(!line.ends_with("|  |"), "{line}");
    }
    assert_eq!(reference_page().matches("| `NAVETTE_").count(), reference::keys().len());
}

#[test]
fn the_committed_reference_page_is_the_generated_one() {
    crate::committed::check("docs/configuration.md", &reference_page());
}

#[test]
fn sizes_and_times_are_read_from_the_file() {
    let configuration = parse("[timeouts]\nidle = \"5m\"\n[limits]\njson_max_bytes = \"1 MiB\"\n", &[]).unwrap();
    assert_eq!(configuration.timeouts.idle, Period::seconds(300));
    assert_eq!(configuration.limits.json_max_bytes, ByteSize::mib(1));
}

#[test]
fn the_environment_overrides_the_file() {
    let environment = [
        ("NAVETTE_SERVER_LISTEN", "[::1]:443"),
        ("NAVETTE_SERVER_MAX_CONNECTIONS", "12"),
        ("NAVETTE_STORAGE_JOURNAL_SEGMENT_BYTES", "128 MiB"),
        ("NAVETTE_TLS_CERTIFICATE", "/c.pem"),
        ("NAVETTE_TLS_KEY", "/k.pem"),
        ("NAVETTE_LOG_FORMAT", "text"),
        ("NAVETTE_SAMPLES", "/samples"),
        ("NAVETTE_MAILDEV", "/maildev"),
        ("PATH", "/bin"),
    ];
    let configuration = parse("[server]\nlisten = \"0.0.0.0:1\"\nbacklog = 5\n", &environment).unwrap();
    assert_eq!(configuration.server.listen.to_string(), "[::1]:443");
    assert_eq!(configuration.server.max_connections.get(), 12);
    assert_eq!(configuration.server.backlog.get(), 5);
    assert_eq!(configuration.storage.journal.segment_bytes, ByteSize::mib(128));
    assert_eq!(configuration.tls.certificate, Some(PathBuf::from("/c.pem")));
    assert_eq!(configuration.log.format, LogFormat::Text);
}

#[test]
fn no_two_keys_share_a_variable() {
    let mut variables: Vec<_> = reference::keys().iter().map(|key| environment::variable(&key.path)).collect();
    let count = variables.len();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), count);
}

#[test]
fn what_is_wrong_is_said_with_its_key() {
    for (toml, environment, expected) in [
        ("[server]\nlisen = \"x\"", &[][..], "server.lisen: unknown field `lisen`"),
        ("[servers]", &[], "servers: unknown field `servers`"),
        ("[server]\nmax_connections = 0", &[], "server.max_connections: invalid value: integer `0`"),
        ("[server]\nlisten = \"nowhere\"", &[], "server.listen: invalid socket address"),
        ("[timeouts]\nidle = 30", &[], "timeouts.idle: invalid type: integer `30`, expected a time"),
        ("[timeouts]\nidle = \"30\"", &[], "timeouts.idle: \"30\" is not a time"),
        ("[timeouts]\nidle = \"0s\"", &[], "timeouts.idle: is 0ms and must be at least 1ms"),
        ("[limits]\nhead_max_bytes = \"1 KiB\"", &[], "limits.head_max_bytes: is 1 KiB and must be at least 8 KiB"),
        ("[tls]\nkey = \"k\"", &[], "tls.certificate: is missing; tls.key needs it"),
        ("[tokens]\nkey_period = \"30m\"", &[], "tokens.key_period: is 30m and must be at least 1h"),
        ("[log]\nfilter = \"loud\"", &[], "log.filter: is \"loud\""),
        ("[server", &[], "the configuration is not valid TOML"),
        (
            "",
            &[("NAVETTE_SERVER_LISTN", "x")],
            "the variable NAVETTE_SERVER_LISTN names no key of the configuration; did you mean NAVETTE_SERVER_LISTEN?",
        ),
        ("", &[("NAVETTE_X", "x")], "the variable NAVETTE_X names no key of the configuration"),
        (
            "",
            &[("NAVETTE_SERVER_BACKLOG", "many")],
            "server.backlog: the variable NAVETTE_SERVER_BACKLOG says \"many\"",
        ),
    ] {
        let message = parse(toml, environment).unwrap_err();
        assert!(message.starts_with(expected), "{message}\ninstead of\n{expected}");
    }
}

#[test]
fn all_faults_of_the_values_are_listed_at_once() {
    let message = parse("[timeouts]\nidle = \"0s\"\nhead = \"0s\"\n", &[]).unwrap_err();
    assert_eq!(message.lines().count(), 2, "{message}");
}

#[test]
fn paths_that_cannot_be_reached_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut configuration = Configuration::default();
    configuration.storage.directory = directory.path().join("deep/down/data");
    configuration.tls.certificate = Some(file.clone());
    configuration.tls.key = Some(file.clone());
    assert!(configuration.check_paths().is_ok());

    configuration.storage.directory = file.join("data");
    configuration.tls.key = Some(directory.path().join("absent.pem"));
    let message = configuration.check_paths().unwrap_err().to_string();
    let lines: Vec<_> = message.lines().collect();
    assert!(lines[0].starts_with("tls.key: ") && lines[0].contains("absent.pem cannot be read"), "{message}");
    assert!(lines[1].starts_with("storage.directory: ") && lines[1].ends_with("is not a directory"), "{message}");
}

#[test]
fn a_file_says_more_than_the_defaults_of_a_sandbox() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("navette.toml");
    std::fs::write(&path, "[storage]\ndirectory = \"/srv\"\n[storage.journal]\nsegment_bytes = \"128 MiB\"\n").unwrap();
    let defaults =
        [("NAVETTE_STORAGE_DISK_FLOOR_BYTES", "64 MiB"), ("NAVETTE_STORAGE_JOURNAL_SEGMENT_BYTES", "96 MiB")];
    // The environment is that of this process: what cargo gives to it must not stand in the way.
    let configuration = Configuration::load_upon(&defaults, Some(&path)).unwrap();
    assert_eq!(configuration.storage.directory, PathBuf::from("/srv"));
    assert_eq!(configuration.storage.disk_floor_bytes, ByteSize::mib(64));
    assert_eq!(configuration.storage.journal.segment_bytes, ByteSize::mib(128));
    let without = Configuration::load_upon(&defaults, None).unwrap();
    assert_eq!(without.storage.journal.segment_bytes, ByteSize::mib(96));
    let missing = Configuration::load_upon(&defaults, Some(&directory.path().join("missing"))).unwrap_err();
    assert!(missing.to_string().ends_with("missing cannot be read"), "{missing}");
}
