//! The depositor's ear: looks for answers to its cases, reads and acknowledges them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde::Deserialize;

use crate::bearer::Bearer;
use crate::hub::Notification;
use crate::judge::Kind;
use crate::measure::Operation;
use crate::stage::{Errand, Pace, Stage};
use crate::wire::Failure;

/// How long it waits when nothing has come.
const EVERY: Duration = Duration::from_millis(250);
/// What it reads at a time.
const PAGE: usize = 500;
/// What it works on at a time: the answers to all deposits of a process come back to one.
const PARALLEL: usize = 128;
/// Connections of each.
pub(crate) const CONNECTIONS: usize = PARALLEL + 1;

/// Listens for the answers to one process until the run ends.
pub(crate) async fn listen(stage: Arc<Stage>, process: usize) {
    let Some(bearer) = stage.world.owners.get(process) else { return };
    let hub = &stage.pools.depositors;
    loop {
        let pace = *stage.pace.borrow();
        let asked = stage.ask(hub, bearer, Errand::new(Operation::Poll, stage.phase()), |token| async move {
            hub.notifications(&token, PAGE).await
        });
        let rows = asked.await.unwrap_or_default();
        let taken = stream::iter(rows)
            .map(|row| take(&stage, process, bearer, row))
            .buffer_unordered(PARALLEL)
            .filter(|taken| std::future::ready(taken.is_ok()))
            .count()
            .await;
        if taken == 0 {
            if pace == Pace::Sweeping {
                return;
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}

async fn take(stage: &Stage, process: usize, bearer: &Bearer, row: Notification) -> Result<(), Failure> {
    let hub = &stage.pools.depositors;
    let phase = stage.phase();
    let known = stage.judge.returns(&row.case_id);
    if let Some((_, Some(took))) = known {
        stage.measurements.took(phase, Operation::Returned, took);
    }
    if let Some((number, _)) = known
        && stage.roster.dossier(number.dossier).process != process
    {
        stage.judge.finds(Kind::Crossed, number, "its answer was shown to another depositor");
    }
    let errand = |operation| {
        let errand = Errand::new(operation, phase);
        known.map_or(errand, |(number, _)| errand.of(number.dossier))
    };
    if let Some(event) = row.event_id.as_deref().filter(|_| stage.behaviour.acknowledge && known.is_some()) {
        let case = row.case_id.as_str();
        let read = |token| async move { hub.event(&token, case, event).await };
        let body = stage.ask(hub, bearer, errand(Operation::Acknowledge), read).await?;
        if let Some((number, _)) = known
            && status_of(&body).as_ref() != stage.behaviour.answers.last()
        {
            stage.judge.finds(Kind::Corrupted, number, "its depositor reads another status than was set");
        }
        if row.event_status.as_deref() != Some("RECEIVED") {
            let receive = |token| async move { hub.receive_event(&token, case, event).await };
            stage.ask(hub, bearer, errand(Operation::Acknowledge), receive).await?;
        }
    }
    let id = row.id.as_str();
    let delete = |token| async move { hub.delete_notification(&token, id).await };
    stage.ask(hub, bearer, errand(Operation::Delete), delete).await?;
    if let Some((number, _)) = known {
        stage.judge.closed(number);
    }
    Ok(())
}

/// The status that an event sets.
fn status_of(event: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Event {
        case_new_status: Option<String>,
    }
    serde_json::from_slice::<Event>(event).ok()?.case_new_status
}
