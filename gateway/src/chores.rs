//! What the hub does without being asked: retention, and what a former run left half done.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use navette_router::Error;
use navette_router::hub::Retained;

use crate::backend::EmbeddedHub;
use crate::configuration::Retention;
use crate::metrics::RetentionMetrics;

/// How many folders are looked at between two rests.
const FOLDERS_AT_A_TIME: usize = 50;
/// How long after an error the same is tried again.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// Moves of cases that a former run began and did not end.
pub(crate) async fn resume_migrations(hub: Arc<EmbeddedHub>) {
    while let Err(error) = hub.resume_migrations().await {
        tracing::error!(error = &error as &dyn std::error::Error, "a move of cases cannot be taken up again");
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
}

/// Sweeps over all folders, again and again.
pub(crate) async fn retain(hub: Arc<EmbeddedHub>, options: Retention, metrics: RetentionMetrics) {
    if !options.enabled {
        return;
    }
    loop {
        let pause = match sweep(&hub, &options, &metrics).await {
            Ok(done) => {
                let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
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

async fn sweep(hub: &EmbeddedHub, options: &Retention, metrics: &RetentionMetrics) -> Result<Retained, Error> {
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
