//! TLS: certificates that are read again without a restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ProducesTickets, ServerConfig, ServerSessionMemoryCache, StoresServerSessions};
use rustls::version::{TLS12, TLS13};

use crate::metrics::FrontMetrics;

/// Where the certificate and its key are, and how sessions are kept.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// PEM file of the certificate and its chain.
    pub certificate: PathBuf,
    /// PEM file of the private key.
    pub key: PathBuf,
    /// How many TLS 1.2 sessions are remembered.
    pub sessions_max: usize,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {expected} in PEM", path.display())]
    NotPem {
        /// Which file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong with it.
        #[source]
        source: pem::Error,
    },
    /// The key is not that of the certificate, or of a kind that is not supported.
    #[error("{} and {} do not make a server certificate", certificate.display(), key.display())]
    Unusable {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// What is wrong with them.
        #[source]
        source: rustls::Error,
    },
}

/// The certificates in use. Connections take them as they are when they are accepted.
#[derive(Debug)]
pub struct Certificates {
    options: TlsOptions,
    current: ArcSwap<ServerConfig>,
    /// The contents that were tried last, so that broken files are complained about once.
    tried: Mutex<Files>,
    /// Kept across reloads, or every client would do a full handshake after each.
    ticketer: Arc<dyn ProducesTickets>,
    sessions: Arc<dyn StoresServerSessions>,
    metrics: OnceLock<Arc<FrontMetrics>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Certificates {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// When they cannot be read, or do not belong together.
    pub fn open(options: TlsOptions) -> Result<Self, CertificateError> {
        let ticketer = aws_lc_rs::Ticketer::new().map_err(|source| unusable(&options, source))?;
        let sessions: Arc<dyn StoresServerSessions> = ServerSessionMemoryCache::new(options.sessions_max);
        let files = Files::read(&options)?;
        let config = server_config(&options, &files, &ticketer, &sessions)?;
        let current = ArcSwap::from_pointee(config);
        Ok(Self { options, current, tried: Mutex::new(files), ticketer, sessions, metrics: OnceLock::new() })
    }

    pub(super) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }

    /// Counts reloads from now on.
    pub(super) fn count_with(&self, metrics: Arc<FrontMetrics>) {
        // A second server with the same certificates leaves them where they are.
        drop(self.metrics.set(metrics));
    }

    /// Looks at the files, and takes what they hold if it is new. Gives whether it was.
    ///
    /// # Errors
    /// When they hold something new that cannot be used; the former certificate stays. The same contents are not tried again.
    pub fn refresh(&self) -> Result<bool, CertificateError> {
        let files = Files::read(&self.options)?;
        let mut tried = self.tried.lock();
        if *tried == files {
            return Ok(false);
        }
        let config = server_config(&self.options, &files, &self.ticketer, &self.sessions);
        *tried = files;
        self.current.store(Arc::new(config?));
        Ok(true)
    }

    /// As [`Certificates::refresh`], with the outcome counted and logged.
    pub fn refresh_and_report(&self) {
        let metrics = self.metrics.get();
        match self.refresh() {
            Ok(false) => {}
            Ok(true) => {
                if let Some(metrics) = metrics {
                    metrics.certificate_reloads.inc();
                }
                tracing::info!("a new certificate is in use");
            }
            Err(error) => {
                if let Some(metrics) = metrics {
                    metrics.failed_certificate_reloads.inc();
                }
                let error: &(dyn std::error::Error + 'static) = &error;
                tracing::error!(error, "the new certificate cannot be used; the former one stays");
            }
        }
    }
}

impl Files {
    fn read(options: &TlsOptions) -> Result<Self, CertificateError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| CertificateError::Unreadable { path: path.to_owned(), source })
        };
        Ok(Self { certificate: read(&options.certificate)?, key: read(&options.key)? })
    }
}

fn server_config(
    options: &TlsOptions,
    files: &Files,
    ticketer: &Arc<dyn ProducesTickets>,
    sessions: &Arc<dyn StoresServerSessions>,
) -> Result<ServerConfig, CertificateError> {
    let not_pem = |path: &Path, expected| {
        let path = path.to_owned();
        move |source| CertificateError::NotPem { path, expected, source }
    };
    let chain = CertificateDer::pem_slice_iter(&files.certificate)
        .collect::<Result<Vec<_>, _>>()
        .and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) })
        .map_err(not_pem(&options.certificate, "certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(&files.key).map_err(not_pem(&options.key, "private key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|source| unusable(options, source))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = Arc::clone(ticketer);
    config.session_storage = Arc::clone(sessions);
    Ok(config)
}

fn unusable(options: &TlsOptions, source: rustls::Error) -> CertificateError {
    CertificateError::Unusable { certificate: options.certificate.clone(), key: options.key.clone(), source }
}
