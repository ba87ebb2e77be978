//! The adapter.

use std::time::Duration;

use navette_router::Faults;
use navette_router::ports::{
    Adapter, Awaited, Capabilities, Delivery, DeliveryError, DeliveryErrorKind, Direction, Endpoint, Key, Push,
    Receipt, Returned,
};

use crate::client::{Budget, Lease, Pool, late};
use crate::message::Plan;
use crate::settings::KEYS;
use crate::upload::Upload;
use crate::{Options, Settings, collect, trial};

/// Brings cases to SFTP servers.
pub struct Sftp {
    options: Options,
    pool: Pool,
    budget: Budget,
}

impl std::fmt::Debug for Sftp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sftp").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Sftp {
    /// Connects to nobody yet.
    pub fn new(options: Options) -> Self {
        let (pool, budget) = (Pool::new(&options), Budget::new(options.buffer_bytes.get()));
        Self { options, pool, budget }
    }

    async fn lease(&self, settings: &Settings) -> Result<Lease<'_>, DeliveryError> {
        self.pool.lease(settings, &self.options).await
    }

    /// How long a transfer of so many bytes may take.
    fn limit(&self, bytes: u64) -> Duration {
        self.options.request_timeout * 4 + Duration::from_secs(bytes / self.options.slowest_bytes_per_second)
    }

    /// Ends `work` when it takes longer than `bytes` may.
    async fn in_time<T>(
        &self,
        bytes: u64,
        doing: &str,
        work: impl Future<Output = Result<T, DeliveryError>>,
    ) -> Result<T, DeliveryError> {
        tokio::time::timeout(self.limit(bytes), work).await.unwrap_or_else(|_| Err(late(doing)))
    }
}

impl Adapter for Sftp {
    const NAME: &'static str = "sftp";

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            direction: Direction::Push,
            return_flow: true,
            attachment_max_bytes: Some(u64::from(u32::MAX) - (64 << 20)),
            ordered: false,
            resumable: true,
            events: false,
        }
    }
}

impl Push for Sftp {
    type Settings = Settings;

    const KEYS: &'static [Key] = KEYS;

    fn validate(&self, endpoint: &Endpoint) -> Result<Settings, Faults> {
        Settings::read(endpoint, &self.options)
    }

    async fn deliver(&self, settings: &Settings, delivery: &Delivery) -> Result<Receipt, DeliveryError> {
        let unfit = |unfit: crate::message::Unfit| DeliveryError::new(DeliveryErrorKind::Unfit, unfit.to_string());
        let plan = Plan::new(delivery, &settings.process).map_err(unfit)?;
        let mut lease = self.lease(settings).await?;
        loop {
            let upload = Upload { session: &lease, budget: &self.budget, settings, delivery, plan: &plan };
            match self.in_time(delivery.size_bytes(), "sending the message", upload.run()).await {
                Ok(receipt) => {
                    lease.give_back();
                    return Ok(receipt);
                }
                // That an old connection has ended says nothing of the server.
                Err(error) if lease.is_used() && error.kind() == DeliveryErrorKind::Interrupted => {
                    lease.renew(settings, &self.options).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn test(&self, settings: &Settings) -> Result<Vec<String>, DeliveryError> {
        let session = self.pool.fresh(settings, &self.options).await?;
        self.in_time(0, "trying the server", trial::run(&session, settings)).await
    }

    async fn collect(&self, settings: &Settings, awaited: &[Awaited]) -> Result<Vec<Returned>, DeliveryError> {
        // Where nothing can come back any more nobody is asked.
        if settings.places.returned.is_none() && awaited.iter().all(|awaited| awaited.is_taken) {
            return Ok(Vec::new());
        }
        let lease = self.lease(settings).await?;
        let most = self.options.answers.packed_max_bytes as u64 * 2;
        let work = collect::collect(&lease, settings, &self.options, awaited);
        let returned = self.in_time(most, "looking for answers", work).await?;
        lease.give_back();
        Ok(returned)
    }

    async fn acknowledge(&self, settings: &Settings, returned: &Returned) -> Result<(), DeliveryError> {
        let lease = self.lease(settings).await?;
        let limits = &self.options.answers;
        let work = collect::acknowledge(&lease, settings, limits, returned);
        self.in_time(limits.packed_max_bytes as u64, "taking an answer away", work).await?;
        lease.give_back();
        Ok(())
    }
}
