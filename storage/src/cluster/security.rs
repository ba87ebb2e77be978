//! How servers are spoken to: whether the connection is encrypted, whom it trusts, and who the gateway says it is.

use std::path::PathBuf;
use std::sync::Arc;

use rdkafka::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};

/// How servers of one kind are spoken to; in the clear and without a login when nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Security {
    /// TLS, from the first byte; nothing is sent to a server whose certificate is not for its address.
    pub tls: Option<Tls>,
    /// Who the gateway says it is.
    pub login: Option<Login>,
}

/// Whose certificates are believed.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// PEM file of the authorities that are trusted; those of the system when nothing is said.
    pub authorities: Option<PathBuf>,
}

/// A user of the servers.
#[derive(Debug, Clone)]
pub struct Login {
    /// Name.
    pub user: String,
    /// Password.
    pub password: SecretString,
}

/// How a login is proven to Kafka (SASL).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mechanism {
    /// The password itself is sent.
    Plain,
    /// The password is never sent (RFC 7677).
    ScramSha256,
    /// The same with SHA-512.
    #[default]
    ScramSha512,
}

impl Mechanism {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// Why the authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthoritiesError {
    /// The file is not there, or not PEM.
    #[error("the authorities in {path} cannot be read")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// One of the certificates is none.
    #[error("a certificate among the authorities cannot be used")]
    Certificate(#[source] rustls::Error),
    /// There is no certificate at all.
    #[error("no authority is known: name a PEM file with at least one certificate")]
    None,
}

impl Security {
    /// Tells a client of Kafka.
    pub(super) fn tell(&self, mechanism: Mechanism, client: &mut ClientConfig) {
        let protocol = match (self.tls.is_some(), self.login.is_some()) {
            (false, false) => "plaintext",
            (true, false) => "ssl",
            (false, true) => "sasl_plaintext",
            (true, true) => "sasl_ssl",
        };
        client.set("security.protocol", protocol);
        if self.tls.is_some() {
            client.set("ssl.endpoint.identification.algorithm", "https");
        }
        if let Some(path) = self.tls.as_ref().and_then(|tls| tls.authorities.as_ref()) {
            client.set("ssl.ca.location", path.to_string_lossy());
        }
        if let Some(login) = &self.login {
            client
                .set("sasl.mechanism", mechanism.as_str())
                .set("sasl.username", &login.user)
                .set("sasl.password", login.password.expose_secret());
        }
    }

    /// How the view's servers are connected to.
    pub(super) fn connector(&self) -> Result<Option<Arc<rustls::ClientConfig>>, AuthoritiesError> {
        let Some(tls) = &self.tls else { return Ok(None) };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let connector = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(AuthoritiesError::Certificate)?
            .with_root_certificates(tls.roots()?)
            .with_no_client_auth();
        Ok(Some(Arc::new(connector)))
    }
}

impl Tls {
    fn roots(&self) -> Result<RootCertStore, AuthoritiesError> {
        let mut roots = RootCertStore::empty();
        match &self.authorities {
            Some(path) => {
                let unreadable = |source| AuthoritiesError::File { path: path.clone(), source };
                for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                    roots.add(certificate.map_err(unreadable)?).map_err(AuthoritiesError::Certificate)?;
                }
            }
            // What of the system cannot be read is not trusted; that is not for a hub to mend.
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() { Err(AuthoritiesError::None) } else { Ok(roots) }
    }
}
