//! Whom the hub must be certified by.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use http::uri::Authority;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Failure;

/// Whom a hub must be certified by, and its name.
#[derive(Clone)]
pub(crate) struct Trust {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Trust").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The authorities of a PEM file, or those of the machine, for the hub of this name.
///
/// # Errors
/// When there are none.
pub(crate) fn trust(authority: &Authority, file: Option<&Path>) -> Result<Trust> {
    let mut roots = rustls::RootCertStore::empty();
    let certificates: Vec<CertificateDer<'static>> = match file {
        Some(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .with_context(|| format!("--ca {} is not a PEM file of certificates", path.display()))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let (added, _) = roots.add_parsable_certificates(certificates);
    anyhow::ensure!(added > 0, "there is no certificate to trust: name a PEM file with --ca");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let configuration = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS is not available")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(authority.host().trim_matches(['[', ']']).to_owned())
        .with_context(|| format!("{} is not the name of a host", authority.host()))?;
    Ok(Trust { connector: TlsConnector::from(Arc::new(configuration)), name })
}

impl Trust {
    pub(super) async fn connect(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Failure> {
        self.connector.connect(self.name.clone(), stream).await.map_err(|error| match error.kind() {
            // Cut off by a hub that goes down: not a question of trust.
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset => Failure::Unreachable(error),
            _ => Failure::Tls(error),
        })
    }
}
