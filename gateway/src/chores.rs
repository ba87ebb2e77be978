//! What the hub does without being asked: retention, and what a former run left half done.

pub(crate) mod mail;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use navette_router::Error;
use navette_router::hub::Retained;
use navette_router::model::Timestamp;

use crate::backend::Hub;
use crate::configuration::Retention;
use crate::metrics::RetentionMetrics;
use crate::surroundings::Surroundings;

/// How many folders are looked at between two rests.
const FOLDERS_AT_A_TIME: usize = 50;
/// How often uses of credentials are noted.
const USES_INTERVAL: Duration = Duration::from_secs(10);
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;
/// A credential that ends within so long is warned of.
const SOON_MILLISECONDS: i64 = 30 * DAY_MILLISECONDS;
/// How long after an error the same is tried again.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// Moves of cases that a former run began and did not end.
pub(crate) async fn resume_migrations(hub: Arc<Hub>) {
    hub.store().chores_turn().await;
    while let Err(error) = hub.resume_migrations().await {
        tracing::error!(error = &error as &dyn std::error::Error, "a move of cases cannot be taken up again");
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
}

/// Notes when credentials were last used, and warns of those that will end.
pub(crate) async fn note_uses(hub: Arc<Hub>, surroundings: Arc<Surroundings>) {
    let mut warned = None;
    loop {
        tokio::time::sleep(USES_INTERVAL).await;
        let uses = surroundings.take_uses();
        if !uses.is_empty()
            && let Err(error) = hub.note_used(uses).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "uses of credentials cannot be noted");
        }
        let now = hub.clock_now().milliseconds();
        let expiring =
            hub.counts(Timestamp::from_milliseconds(now.saturating_add(SOON_MILLISECONDS))).credentials_expiring;
        let day = now / DAY_MILLISECONDS;
        if expiring > 0 && warned != Some(day) {
            tracing::warn!(
                expiring,
                "credentials will end within 30 days: `navette admin credentials list` shows them"
            );
            warned = Some(day);
        }
    }
}

/// Sweeps over all folders, again and again. A sweep that has begun goes on even when another gateway begins one: each deletion is
/// decided once.
pub(crate) async fn retain(hub: Arc<Hub>, options: Retention, metrics: RetentionMetrics) {
    if !options.enabled {
        return;
    }
    loop {
        hub.store().chores_turn().await;
        let pause = match sweep(&hub, &options, &metrics).await {
            Ok(done) => {
                let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                forget_acts(&hub, options.audit_days.get()).await;
                metrics.last_sweep.set(i64::try_from(ended.as_secs()).unwrap_or(i64::MAX));
                if done != (Retained { folders: done.folders, ..Retained::default() }) {
                    tracing::info!(
                        folders = done.folders,
                        files_deleted = done.files_deleted,
                        bytes_deleted = done.bytes_deleted,
                        cases_archived = done.cases_archived,
                        folders_archived = done.folders_archived,
                        folders_deleted = done.folders_deleted,
                        "retention has swept over all folders"
                    );
                }
                options.interval.0
            }
            Err(error) => {
                metrics.failures.inc();
                tracing::error!(error = &error as &dyn std::error::Error, "retention stopped; it begins again later");
                options.interval.0.min(RETRY_INTERVAL)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Forgets what administrators did long ago.
async fn forget_acts(hub: &Hub, days: u32) {
    let until = hub.clock_now().milliseconds().saturating_sub(DAY_MILLISECONDS.saturating_mul(i64::from(days)));
    match hub.forget_acts(Timestamp::from_milliseconds(until)).await {
        Ok(0) => {}
        Ok(acts) => tracing::info!(acts, "old records of what administrators did are forgotten"),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "old records of what administrators did stay");
        }
    }
}

async fn sweep(hub: &Hub, options: &Retention, metrics: &RetentionMetrics) -> Result<Retained, Error> {
    let mut done = Retained::default();
    let mut after = None;
    loop {
        let began = Instant::now();
        let swept = hub.sweep(after, FOLDERS_AT_A_TIME).await?;
        metrics.add(&swept.done);
        let folders = u32::try_from(swept.done.folders).unwrap_or(u32::MAX);
        done += swept.done;
        let Some(next) = swept.next else { return Ok(done) };
        after = Some(next);
        let share = Duration::from_secs(1) * folders / options.folders_per_second.get();
        tokio::time::sleep(share.saturating_sub(began.elapsed())).await;
    }
}
