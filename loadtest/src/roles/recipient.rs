//! A recipient: looks into its inbox, reads what is new, compares every byte, answers, and deletes the notification.

mod case;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use http::HeaderValue;

use crate::bearer::Bearer;
use crate::hub::{Hub, Notification};
use crate::judge::Kind;
use crate::measure::Operation;
use crate::random::Random;
use crate::roster::Temper;
use crate::stage::{Errand, Pace, Stage};
use crate::wire::Failure;

const OFFSET: u64 = 0x6f66_6673;
/// How often everybody looks once nothing arrives any more; for each thousand inboxes, as long again.
const DRAIN_EVERY: Duration = Duration::from_millis(200);
/// A greedy recipient gives up the processor between two looks.
const GREEDY_EVERY: Duration = Duration::from_millis(1);

/// Who looks after inboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A recipient, after its own.
    Alone,
    /// An editor, after those of its customers.
    Editor,
}

/// Looks after these desks, one after the other, until the run ends.
pub(crate) async fn attend(stage: Arc<Stage>, desks: Vec<usize>, holder: Holder) {
    let Some(first) = desks.first().copied() else { return };
    let temper = |desk: usize| stage.roster.desks.get(desk).map_or(Temper::Idle, |plan| plan.temper);
    let every = match temper(first) {
        Temper::Idle => stage.behaviour.idle_poll_every.duration(),
        Temper::Greedy => GREEDY_EVERY,
        _ => stage.behaviour.poll_every.duration(),
    };
    let draining = DRAIN_EVERY * u32::try_from(1 + stage.roster.desks.len() / 1_000).unwrap_or(u32::MAX);
    let mut pace = stage.pace.subscribe();
    let mut next = Instant::now() + every.mul_f64(Random::of(first as u64, OFFSET, 0).unit());
    loop {
        let now = *pace.borrow_and_update();
        tokio::select! {
            () = tokio::time::sleep_until(next.into()), if now != Pace::Sweeping => {}
            _ = pace.changed(), if now != Pace::Sweeping => continue,
            () = std::future::ready(()), if now == Pace::Sweeping => {}
        }
        for desk in &desks {
            if now == Pace::Running && temper(*desk) == Temper::Dead {
                continue;
            }
            if let Some(place) = Place::of(&stage, *desk, holder) {
                place.visit(temper(*desk), &pace).await;
            }
        }
        if now == Pace::Sweeping {
            return;
        }
        next = Instant::now() + if now == Pace::Running { every } else { draining };
    }
}

/// A desk, and whoever looks after it.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    stage: &'a Stage,
    hub: &'a Hub,
    bearer: &'a Bearer,
    desk: usize,
}

impl<'a> Place<'a> {
    fn of(stage: &'a Stage, desk: usize, holder: Holder) -> Option<Self> {
        let hub = match holder {
            Holder::Alone => &stage.pools.recipients,
            Holder::Editor => &stage.pools.editors,
        };
        Some(Self { stage, hub, bearer: stage.world.desks.get(desk)?, desk })
    }

    /// Takes what waits, page by page.
    async fn visit(self, temper: Temper, pace: &tokio::sync::watch::Receiver<Pace>) {
        let (hub, page) = (self.hub, self.stage.behaviour.page);
        loop {
            // A slow recipient is slow while others deposit; afterwards it hurries.
            let slow = temper == Temper::Slow && *pace.borrow() == Pace::Running;
            let look = |token| async move { hub.notifications(&token, page).await };
            let Ok(rows) = self.ask(Operation::Poll, None, look).await else { return };
            let complete = rows.len() < page;
            self.note_repeated(&rows);
            let parallel = if slow { 1 } else { self.stage.behaviour.parallel };
            let taken = stream::iter(rows)
                .map(|row| self.take(row, slow))
                .buffer_unordered(parallel)
                .filter(|taken| std::future::ready(*taken))
                .count()
                .await;
            if complete || taken == 0 {
                return;
            }
        }
    }

    /// A page that holds the same notification twice.
    fn note_repeated(self, rows: &[Notification]) {
        let mut seen = HashSet::new();
        for row in rows.iter().filter(|row| !seen.insert(row.id.as_str()) && row.event_id.is_none()) {
            if let Some(sighting) = self.stage.judge.sees(&row.case_id, &row.id) {
                self.stage.judge.finds(Kind::Doubled, sighting.number, "its notification stands twice in one page");
            }
        }
    }

    /// Asks in the name of the desk, for a dossier if it is known for which.
    async fn ask<T, F, R>(self, operation: Operation, dossier: Option<u64>, request: F) -> Result<T, Failure>
    where
        F: FnMut(HeaderValue) -> R + Send,
        R: Future<Output = Result<T, Failure>> + Send,
        T: Send,
    {
        let errand = Errand::new(operation, self.stage.phase());
        let errand = dossier.map_or(errand, |dossier| errand.of(dossier));
        self.stage.ask(self.hub, self.bearer, errand, request).await
    }
}
