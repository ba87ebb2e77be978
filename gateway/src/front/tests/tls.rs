use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::fixture::{Fixture, answered, http2, read_to_end, soon};
use crate::front::{CertificateError, Certificates, TlsOptions};

/// A certificate in files, and a hub that uses it.
struct Secured {
    directory: TempDir,
    certificates: Arc<Certificates>,
    hub: Fixture,
}

fn write(directory: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(directory.join("certificate.pem"), cert.pem()).unwrap();
    std::fs::write(directory.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

fn options(directory: &Path) -> TlsOptions {
    TlsOptions { certificate: directory.join("certificate.pem"), key: directory.join("key.pem"), sessions_max: 16 }
}

fn start() -> (Secured, CertificateDer<'static>) {
    let directory = tempfile::tempdir().unwrap();
    let certificate = write(directory.path());
    let certificates = Arc::new(Certificates::open(options(directory.path())).unwrap());
    let hub = Fixture::start_with(
        |options| options.handshake_timeout = super::fixture::PATIENCE,
        Some(Arc::clone(&certificates)),
    );
    (Secured { directory, certificates, hub }, certificate)
}

fn client(
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    protocols: &[&str],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Arc::new(config)
}

async fn connect(hub: &Fixture, config: &Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = hub.connect().await;
    let name = ServerName::try_from("localhost").unwrap();
    soon("a handshake", TlsConnector::from(Arc::clone(config)).connect(name, stream)).await
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn both_versions_of_tls_carry_http_1_and_tls_1_3_http_2() {
    let (secured, certificate) = start();
    for (version, expected) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        for protocols in [&["http/1.1"][..], &[]] {
            let mut stream = connect(&secured.hub, &client(&certificate, version, protocols)).await.unwrap();
            assert_eq!(stream.get_ref().1.protocol_version(), Some(expected));
            stream.write_all(GET).await.unwrap();
            let answer = read_to_end(&mut stream).await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("secure=true"), "{answer}");
        }
        let stream = connect(&secured.hub, &client(&certificate, version, &["h2", "http/1.1"])).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut client = http2(stream).await;
        let answer = answered(&mut client, Request::put("https://localhost/"), vec![0; 300_000]).await;
        assert_eq!(answer, (200, "PUT 300000 decoded=false secure=true".to_owned()));
    }
    assert_eq!(secured.hub.metric("navette_tls_handshakes_total"), 6.0);
}

#[tokio::test]
async fn a_new_certificate_is_taken_without_a_restart_and_a_broken_one_is_not() {
    let (secured, former) = start();
    let path = secured.directory.path();
    assert!(!secured.certificates.refresh().unwrap());
    let old_connection = connect(&secured.hub, &client(&former, &TLS13, &["http/1.1"])).await.unwrap();

    // Half of a new pair.
    std::fs::write(path.join("key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(matches!(secured.certificates.refresh(), Err(CertificateError::Unusable { .. })));
    assert!(!secured.certificates.refresh().unwrap(), "it is tried once");
    std::fs::write(path.join("certificate.pem"), "nonsense").unwrap();
    assert!(matches!(secured.certificates.refresh(), Err(CertificateError::NotPem { expected: "certificate", .. })));
    std::fs::remove_file(path.join("key.pem")).unwrap();
    assert!(matches!(secured.certificates.refresh(), Err(CertificateError::Unreadable { .. })));
    assert!(connect(&secured.hub, &client(&former, &TLS13, &[])).await.is_ok(), "the former one stays");

    let new = write(path);
    secured.certificates.refresh_and_report();
    assert!(connect(&secured.hub, &client(&new, &TLS13, &[])).await.is_ok());
    assert!(connect(&secured.hub, &client(&former, &TLS13, &[])).await.is_err());
    assert_eq!(secured.hub.metric("navette_tls_certificate_reloads_total"), 1.0);
    // Who was connected stays so.
    let mut old_connection = old_connection;
    old_connection.write_all(GET).await.unwrap();
    assert!(read_to_end(&mut old_connection).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_comes_back_without_a_full_handshake_even_after_a_reload() {
    let (secured, certificate) = start();
    for version in [&TLS12, &TLS13] {
        let config = client(&certificate, version, &["http/1.1"]);
        let mut kinds = Vec::new();
        for round in 0..3 {
            let mut stream = connect(&secured.hub, &config).await.unwrap();
            stream.write_all(GET).await.unwrap();
            read_to_end(&mut stream).await;
            kinds.push(stream.get_ref().1.handshake_kind().unwrap());
            if round == 1 {
                // The same certificate with an empty line more: new contents, and a reload.
                let file = secured.directory.path().join("certificate.pem");
                let pem = std::fs::read_to_string(&file).unwrap();
                std::fs::write(file, pem + "\n").unwrap();
                assert!(secured.certificates.refresh().unwrap());
            }
        }
        assert_eq!(kinds[1..], [rustls::HandshakeKind::Resumed; 2], "{version:?}");
    }
}

#[tokio::test]
async fn what_is_not_tls_or_too_slow_is_dropped() {
    let (secured, _) = start();
    let answer = secured.hub.raw("GET / HTTP/1.1\r\n\r\n").await;
    assert!(!answer.contains("HTTP"), "{answer}");
    assert_eq!(secured.hub.metric("navette_tls_failed_handshakes_total"), 1.0);

    let limit = Duration::from_millis(50);
    let hub = Fixture::start_with(|options| options.handshake_timeout = limit, Some(Arc::clone(&secured.certificates)));
    let mut silent = hub.connect().await;
    assert_eq!(read_to_end(&mut silent).await, "");
    assert_eq!(hub.metric("navette_tls_failed_handshakes_total"), 1.0);
}
