//! Whom the hub must be certified by.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use http::uri::Authority;
use rustls::CertificateError;
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
    /// The authorities that were named.
    file: Option<PathBuf>,
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
    Ok(Trust { connector: TlsConnector::from(Arc::new(configuration)), name, file: file.map(Path::to_owned) })
}

impl Trust {
    pub(super) async fn connect(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Failure> {
        self.connector.connect(self.name.clone(), stream).await.map_err(|error| match error.kind() {
            // Cut off by a hub that goes down: not a question of trust.
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset => Failure::Unreachable(error),
            _ => {
                let remedy = remedy(&error, self.file.as_deref());
                Failure::Tls(error, remedy)
            }
        })
    }
}

/// What to do about it.
fn remedy(error: &std::io::Error, file: Option<&Path>) -> String {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(fault)) = cause else {
        return "is it HTTPS that is spoken there?".to_owned();
    };
    match (fault, file) {
        (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }, _) => {
            "name the hub in its addresses as its certificate does".to_owned()
        }
        (
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
            _,
        ) => "look at the dates of its certificate, and at the clock of this machine".to_owned(),
        (_, None) => "give its authority with --ca".to_owned(),
        (_, Some(file)) => {
            format!("what was given with --ca, {}, did not certify it: give the authority that did", file.display())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_fits_the_fault_and_what_was_given() {
        let of = |error: rustls::Error, file: Option<&str>| remedy(&std::io::Error::other(error), file.map(Path::new));
        let unknown = || rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(of(unknown(), None), "give its authority with --ca");
        assert!(of(unknown(), Some("ca.pem")).contains("ca.pem, did not certify it: give the authority that did"));
        let other_name = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
        assert!(of(other_name, Some("ca.pem")).contains("as its certificate does"));
        let ended = rustls::Error::InvalidCertificate(CertificateError::Expired);
        assert!(of(ended, None).contains("the dates of its certificate"));
        let plain = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert!(of(plain, Some("ca.pem")).contains("is it HTTPS"));
    }
}
