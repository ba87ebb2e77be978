//! Looks into an inbox again and again until a deposit is visible there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::judge::{CaseNumber, Sighting};
use crate::measure::Operation;
use crate::roster::{Dossier, Temper};
use crate::stage::{Errand, Pace, Stage};

/// How long it waits between two looks, at first and at last.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(250);
/// What it reads at a time. The newest stands at the end.
const PAGE: usize = 1_000;

/// Looks until the first case of a dossier is visible, or nobody waits for it any more.
pub(crate) async fn watch(stage: Arc<Stage>, dossier: Dossier, phase: usize, since: Instant) {
    let number = CaseNumber { dossier: dossier.number, case: 0 };
    let Some(desk) = dossier.desks.first().copied() else { return };
    let Some(bearer) = stage.world.desks.get(desk) else { return };
    if !is_watched(&stage, &dossier) {
        return;
    }
    let hub = &stage.pools.recipients;
    let errand = Errand::new(Operation::Poll, phase).of(dossier.number);
    let mut pause = PAUSE;
    let given_up = since + stage.behaviour.late_after.duration();
    while Instant::now() < given_up && *stage.pace.borrow() == Pace::Running && !stage.judge.is_seen(number) {
        let rows = stage.ask(hub, bearer, errand, |token| async move { hub.notifications(&token, PAGE).await }).await;
        let Ok(rows) = rows else { return };
        if rows.len() >= PAGE {
            // So many wait that the newest are out of sight: its recipient will tell.
            return;
        }
        for row in rows.iter().filter(|row| row.event_id.is_none()) {
            if let Some(sighting) = stage.judge.sees(&row.case_id, &row.id) {
                note_visible(&stage, sighting, phase);
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// Whether somebody looks for the first case of a dossier from its acknowledgement on: not in the inboxes of the slow and the dead, which
/// nobody looks into.
fn is_watched(stage: &Stage, dossier: &Dossier) -> bool {
    let desk = dossier.desks.first().and_then(|desk| stage.roster.desks.get(*desk));
    dossier.watched && desk.is_some_and(|desk| matches!(desk.temper, Temper::Prompt | Temper::Greedy))
}

/// Notes when a case became visible, if somebody watched for it.
pub(super) fn note_visible(stage: &Stage, sighting: Sighting, phase: usize) {
    if let Some(visible) = sighting.visible
        && sighting.number.case == 0
        && is_watched(stage, &stage.roster.dossier(sighting.number.dossier))
    {
        stage.measurements.took(phase, Operation::Visible, visible);
    }
}
