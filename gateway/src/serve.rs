//! The life of a hub around its handler: prepare, serve, drain.
//!
//! [`Prepared`] opens everything that can fail and that the handler needs, and starts the admin listener, so that a long replay
//! can be watched; the public address is reserved but nobody listens. Then the handler is built, and [`Prepared::serve`] runs it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::AbortHandle;

use crate::configuration::{Configuration, Tls};
use crate::front::{CertificateError, Certificates, Handler, Options, Outcome, Reserved, Server, TlsOptions};
use crate::health::{AdminListener, Readiness, disk_above_floor};
use crate::metrics::{Registry, TokenMetrics};
use crate::signals::{StopSignals, keep_certificates_fresh};
use crate::tokens::{self, MasterKey, MasterKeyError, Secrets, Tokens};
use crate::{process_limits, service_manager};

const MASTER_KEY_FILE: &str = "master.key";

/// Why the hub does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened at.
    #[error("{key}: {address} cannot be listened at")]
    Address {
        /// The key of the configuration.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The certificate cannot be used.
    #[error("the certificate cannot be used")]
    Certificate(#[from] CertificateError),
    /// There is no master key.
    #[error("the master key cannot be used")]
    MasterKey(#[from] MasterKeyError),
    /// Signals cannot be listened for.
    #[error("signals cannot be listened for")]
    Signals(#[source] io::Error),
}

/// What a handler is built from.
#[derive(Debug, Clone)]
pub struct Platform {
    /// How everything is set up.
    pub configuration: Arc<Configuration>,
    /// Where metrics are registered.
    pub registry: Registry,
    /// Where checks are added.
    pub readiness: Arc<Readiness>,
    /// Issues and verifies tokens.
    pub tokens: Arc<Tokens>,
    /// Makes client secrets and recognizes them.
    pub secrets: Arc<Secrets>,
    /// What the token endpoint counts.
    pub token_metrics: Arc<TokenMetrics>,
}

impl Platform {
    /// Opens the master key, below the data directory unless configured otherwise, and declares metrics.
    ///
    /// # Errors
    /// When there is no master key.
    pub fn open(configuration: Configuration) -> Result<Self, MasterKeyError> {
        let master = MasterKey::open(&master_key_path(&configuration))?;
        let options = tokens::Options {
            lifetime: configuration.tokens.lifetime.0,
            key_period: configuration.tokens.key_period.0,
        };
        let registry = Registry::new();
        Ok(Self {
            tokens: Arc::new(Tokens::new(&master, options)),
            secrets: Arc::new(Secrets::new(&master)),
            token_metrics: Arc::new(TokenMetrics::new(&registry)),
            readiness: Arc::new(Readiness::new()),
            registry,
            configuration: Arc::new(configuration),
        })
    }
}

/// Where the master key of this configuration is.
pub fn master_key_path(configuration: &Configuration) -> PathBuf {
    let configured = configuration.tokens.master_key.clone();
    configured.unwrap_or_else(|| configuration.storage.directory.join(MASTER_KEY_FILE))
}

/// A hub that only lacks its handler.
#[derive(Debug)]
pub struct Prepared {
    platform: Platform,
    reserved: Reserved,
    certificates: Option<Arc<Certificates>>,
    admin_address: SocketAddr,
    admin: Task,
}

impl Prepared {
    /// Opens and reserves what can fail, and starts the admin listener.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn new(configuration: Configuration) -> Result<Self, StartError> {
        process_limits::raise_descriptors(configuration.server.max_connections.get());
        let unavailable = |key, address| move |source| StartError::Address { key, address, source };
        let public = configuration.server.listen;
        let reserved = Reserved::new(public).map_err(unavailable("server.listen", public))?;
        let certificates = certificates(&configuration.tls)?;
        let platform = Platform::open(configuration)?;

        let storage = &platform.configuration.storage;
        platform.readiness.add("disk", disk_above_floor(storage.directory.clone(), storage.disk_floor_bytes));
        let address = platform.configuration.admin.listen;
        let admin = AdminListener::bind(address, platform.registry.clone(), Arc::clone(&platform.readiness)).await;
        let admin = admin.map_err(unavailable("admin.listen", address))?;
        let admin_address = admin.address().map_err(unavailable("admin.listen", address))?;
        let admin = Task::spawn(admin.serve());
        Ok(Self { platform, reserved, certificates, admin_address, admin })
    }

    /// What the handler is built from.
    pub const fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Where metrics and health are.
    pub const fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Serves until SIGTERM or SIGINT, then drains. `listening` is told the public address once it listens.
    ///
    /// # Errors
    /// When the address cannot be listened at, or whatever `listening` says.
    pub async fn serve<H: Handler>(
        self,
        handler: H,
        listening: impl FnOnce(SocketAddr) -> anyhow::Result<()>,
    ) -> anyhow::Result<Outcome> {
        let mut signals = StopSignals::listen().map_err(StartError::Signals)?;
        self.serve_until(handler, listening, async move { signals.received().await }).await
    }

    /// As [`Prepared::serve`], until `stop` rather than a signal.
    ///
    /// # Errors
    /// As [`Prepared::serve`].
    pub async fn serve_until<H: Handler>(
        self,
        handler: H,
        listening: impl FnOnce(SocketAddr) -> anyhow::Result<()>,
        stop: impl Future<Output = ()>,
    ) -> anyhow::Result<Outcome> {
        let Self { platform, reserved, certificates, admin_address, admin } = self;
        let configuration = &platform.configuration;
        let key = "server.listen";
        let unavailable = |source| StartError::Address { key, address: configuration.server.listen, source };
        let listener = reserved.listen(configuration.server.backlog.get()).map_err(unavailable)?;
        let options = Options::from(configuration.as_ref());
        let server = Server::new(listener, handler, &options, certificates.clone(), &platform.registry);
        let address = server.address().map_err(unavailable)?;

        let fresh = keep_certificates_fresh(certificates.clone(), configuration.tls.poll_interval.0);
        let _fresh = Task::spawn(fresh.map_err(StartError::Signals)?);
        let _watchdog = Task::spawn(service_manager::keep_watchdog_quiet());
        listening(address)?;
        tracing::info!(%address, admin = %admin_address, tls = certificates.is_some(), version = env!("CARGO_PKG_VERSION"), "ready");
        service_manager::ready();

        let notice = configuration.drain.notice.0;
        let readiness = Arc::clone(&platform.readiness);
        let outcome = server.serve(async move {
            stop.await;
            readiness.drain();
            service_manager::stopping();
            // Requests are still taken: whoever asks for readiness needs time to turn away.
            tokio::time::sleep(notice).await;
        });
        let outcome = outcome.await;
        tracing::info!(?outcome, "stopped");
        drop(admin);
        Ok(outcome)
    }
}

fn certificates(tls: &Tls) -> Result<Option<Arc<Certificates>>, CertificateError> {
    let (Some(certificate), Some(key)) = (tls.certificate.clone(), tls.key.clone()) else { return Ok(None) };
    let options = TlsOptions { certificate, key, sessions_max: tls.sessions_max.get() };
    Certificates::open(options).map(|certificates| Some(Arc::new(certificates)))
}

/// A task that ends with whoever holds this.
#[derive(Debug)]
struct Task(AbortHandle);

impl Task {
    fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(future).abort_handle())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
