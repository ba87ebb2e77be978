//! A hub from start to stop: replay, listen, serve, drain.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use navette_adapter_mail::Smtp;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::application::Application;
use crate::backend::{self, Hub};
use crate::configuration::Configuration;
use crate::front::{self, Certificates, Outcome, Reserved, Server, TlsOptions};
use crate::health::{AdminListener, Readiness};
use crate::metrics::{MailMetrics, Registry, RetentionMetrics, SftpMetrics, TokenMetrics};
use crate::surroundings::Surroundings;
use crate::tokens::{self, MasterKey, Secrets, Tokens};
use crate::{chores, deliveries, sftp, system, watch, ways};

/// How often it is looked whether nobody uses the data any more, and for how long.
const ALONE_INTERVAL: Duration = Duration::from_millis(2);
const ALONE_MAX: Duration = Duration::from_secs(5);

/// A hub that listens and has answered nobody yet.
pub struct Service {
    /// The hub.
    pub hub: Arc<Hub>,
    /// What makes and checks the secrets of credentials.
    pub secrets: Arc<Secrets>,
    configuration: Configuration,
    registry: Registry,
    readiness: Arc<Readiness>,
    tokens: Tokens,
    listener: TcpListener,
    certificates: Option<Arc<Certificates>>,
    retention_metrics: RetentionMetrics,
    mailer: Option<Smtp>,
    mail_metrics: MailMetrics,
    delivery_metrics: deliveries::Metrics,
    sftp: Option<sftp::Bound>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Service").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl Service {
    /// Opens the data, replays the journal, binds both listeners. The second one answers from the beginning, so that an operator
    /// sees a long replay as what it is.
    pub async fn start(configuration: Configuration) -> Result<Self> {
        system::raise_descriptor_limit(configuration.server.max_connections.get());
        let registry = Registry::new();
        let readiness = Arc::new(Readiness::new());
        let replay = readiness.step("replay");
        let admin = AdminListener::bind(configuration.admin.listen, registry.clone(), Arc::clone(&readiness))
            .await
            .with_context(|| format!("admin.listen: {} cannot be bound", configuration.admin.listen))?;
        tracing::info!(address = %admin.address()?, "metrics and health are served");
        tokio::spawn(admin.serve());

        let retention_metrics = RetentionMetrics::new(&registry);
        let mail_metrics = MailMetrics::new(&registry);
        let delivery_metrics = deliveries::Metrics::new(&registry);
        let mailer = chores::mail::mailer(&configuration.mail)?;
        let certificates = certificates(&configuration)?;
        // Taken before the data is opened, so that an address in use is found out at once; nobody is let in before it is.
        let address = configuration.server.listen;
        let unavailable = || format!("server.listen: {address} cannot be listened at");
        let reserved = Reserved::new(address).with_context(unavailable)?;
        let hub = backend::open(&configuration).await?;
        let master = agree(&hub, &configuration).await?;
        let options = tokens::Options {
            lifetime: configuration.tokens.lifetime.0,
            key_period: configuration.tokens.key_period.0,
        };
        watch::readiness(&readiness, &hub, &configuration);
        watch::metrics(&registry, &hub, &configuration);
        replay.done();
        let secrets = Arc::new(Secrets::new(&master));
        let sftp = sftp::bind(&hub, &secrets, &configuration, SftpMetrics::new(&registry)).await?;
        let listener = reserved.listen(configuration.server.backlog.get()).with_context(unavailable)?;
        Ok(Self {
            hub,
            secrets,
            tokens: Tokens::new(&master, options),
            configuration,
            registry,
            readiness,
            listener,
            certificates,
            retention_metrics,
            mailer,
            mail_metrics,
            delivery_metrics,
            sftp,
        })
    }

    /// Where the public listener listens.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Where recipients fetch over SFTP, and the key by which they know the server; none when they cannot.
    pub fn sftp(&self) -> Result<Option<(SocketAddr, &str)>> {
        self.sftp.as_ref().map(|bound| Ok((bound.address()?, bound.host_key.as_str()))).transpose()
    }

    /// Whether partners come over TLS.
    pub const fn is_secure(&self) -> bool {
        self.certificates.is_some()
    }

    /// Serves until SIGTERM or SIGINT, then drains.
    pub async fn serve(self) -> Result<()> {
        let Self {
            hub,
            secrets,
            configuration,
            registry,
            readiness,
            tokens,
            listener,
            certificates,
            retention_metrics,
            mailer,
            mail_metrics,
            delivery_metrics,
            sftp,
        } = self;
        let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be waited for")?;
        let hang_up = signal(SignalKind::hangup()).context("SIGHUP cannot be waited for")?;
        let reload =
            tokio::spawn(reload_certificates(certificates.clone(), hang_up, configuration.tls.poll_interval.0));
        let json_max_bytes = configuration.limits.json_max_bytes.as_usize();
        let surroundings = Arc::new(Surroundings::new(Arc::clone(&readiness), configuration.limits.refusals_kept));
        let application = Application::new(
            Arc::clone(&hub),
            tokens,
            secrets,
            Arc::clone(&surroundings),
            TokenMetrics::new(&registry),
            json_max_bytes,
        );
        let server = Server::new(listener, application, &front::Options::from(&configuration), certificates, &registry);
        tracing::info!(address = %server.address()?, "listening");
        system::notify_ready();
        let watchdog = system::watchdog().map(tokio::spawn);
        let connections_max = configuration.mail.connections_max.get();
        let mails = mailer
            .map(|mailer| tokio::spawn(chores::mail::send(Arc::clone(&hub), mailer, connections_max, mail_metrics)));
        let chores = [
            tokio::spawn(registry.limits().watch()),
            tokio::spawn(chores::resume_migrations(Arc::clone(&hub))),
            tokio::spawn(chores::retain(Arc::clone(&hub), configuration.retention.clone(), retention_metrics)),
            tokio::spawn(chores::note_uses(Arc::clone(&hub), surroundings)),
            tokio::spawn(deliveries::bring_by(Arc::clone(&hub), &configuration.deliveries, delivery_metrics)),
        ];

        let (stops, stopped) = oneshot::channel::<()>();
        let fetched = sftp.map(|bound| {
            tokio::spawn(bound.serve(async {
                // Also when the other end is dropped.
                stopped.await.ok();
            }))
        });
        let notice = configuration.drain.notice.0;
        let outcome = server
            .serve(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                tracing::info!("stopping: requests in progress are answered first");
                readiness.drain();
                system::notify_stopping();
                if !notice.is_zero() {
                    tokio::time::sleep(notice).await;
                }
                drop(stops);
            })
            .await;
        if let Some(fetched) = fetched {
            // It ends what is under way within its own limit.
            fetched.await.ok();
        }
        for task in [reload].into_iter().chain(watchdog).chain(mails).chain(chores) {
            task.abort();
            // It holds the hub until it is gone. That it was aborted is no news.
            task.await.ok();
        }
        is_alone(&hub).await;
        // Closing the store writes what is queued and makes the view durable.
        tokio::task::spawn_blocking(move || drop(hub)).await.context("closing the data was cut short")?;
        tracing::info!("stopped");
        ensure!(outcome == Outcome::Drained, "requests in progress were cut off after drain.timeout");
        Ok(())
    }
}

/// Waits until nobody else holds the hub, or not much longer: tasks that were aborted do so until they are gone.
pub(crate) async fn is_alone(hub: &Arc<Hub>) {
    let alone = async {
        while Arc::strong_count(hub) > 1 {
            tokio::time::sleep(ALONE_INTERVAL).await;
        }
    };
    if tokio::time::timeout(ALONE_MAX, alone).await.is_err() {
        tracing::warn!("something still uses the data; they are closed when it ends");
    }
}

/// Opens the master key, and makes sure that the other gateways of a cluster have the same, and the same sealing key.
pub async fn agree(hub: &Hub, configuration: &Configuration) -> Result<MasterKey> {
    let path = master_key_path(configuration);
    let master = MasterKey::open(&path).context("tokens.master_key cannot be used")?;
    backend::agree(hub, "tokens.master_key", &master, &path).await?;
    let sealing = ways::open_key(configuration)?;
    backend::agree(hub, "deliveries.sealing_key", &sealing, &ways::key_path(configuration)).await?;
    Ok(master)
}

/// Where the master key lies.
pub fn master_key_path(configuration: &Configuration) -> PathBuf {
    configuration.tokens.master_key.clone().unwrap_or_else(|| configuration.storage.directory.join("master.key"))
}

fn certificates(configuration: &Configuration) -> Result<Option<Arc<Certificates>>> {
    let (Some(certificate), Some(key)) = (&configuration.tls.certificate, &configuration.tls.key) else {
        return Ok(None);
    };
    let options = TlsOptions {
        certificate: certificate.clone(),
        key: key.clone(),
        sessions_max: configuration.tls.sessions_max.get(),
    };
    Ok(Some(Arc::new(Certificates::open(options).context("tls.certificate and tls.key cannot be used")?)))
}

/// Without certificates SIGHUP does nothing, rather than end the process.
async fn reload_certificates(certificates: Option<Arc<Certificates>>, mut hang_up: Signal, interval: Duration) {
    let mut poll = tokio::time::interval(interval);
    loop {
        tokio::select! {
            _ = hang_up.recv() => {}
            _ = poll.tick() => {}
        }
        let Some(certificates) = certificates.clone() else { continue };
        // Reading files is blocking work, however short.
        if tokio::task::spawn_blocking(move || certificates.refresh_and_report()).await.is_err() {
            return;
        }
    }
}

/// Makes the data directory and the master key, as a start would.
pub fn prepare(configuration: &Configuration) -> Result<Secrets> {
    let directory: &Path = &configuration.storage.directory;
    std::fs::create_dir_all(directory)
        .with_context(|| format!("storage.directory: {} cannot be made", directory.display()))?;
    let master = MasterKey::open(&master_key_path(configuration)).context("tokens.master_key cannot be used")?;
    Ok(Secrets::new(&master))
}
