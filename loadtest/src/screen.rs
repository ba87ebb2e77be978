//! The live view of a run in a terminal.

mod view;

use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyModifiers};

use crate::arrivals::Arrivals;
use crate::interruption::Interruption;
use crate::judge::Kind;
use crate::run::Sampler;
use view::{HISTORY, View};

const EVERY: Duration = Duration::from_millis(250);

/// Draws how it goes until it is no longer polled.
pub(crate) async fn show(
    phases: Vec<(String, Duration)>,
    arrivals: Arrivals,
    sampler: Arc<Sampler>,
    interruption: Interruption,
) {
    let Ok(mut terminal) = ratatui::try_init() else { return };
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        while event::poll(Duration::ZERO).unwrap_or(false) {
            // In raw mode the terminal sends Ctrl-C as a key.
            if let Ok(Event::Key(key)) = event::read()
                && (key.code == KeyCode::Char('q')
                    || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)))
            {
                interruption.ask();
            }
        }
        let seen = sampler.snapshot();
        let view = View {
            phases: &phases,
            wanted: arrivals.rate_at(seen.elapsed),
            seen,
            broken: Kind::ALL.iter().map(|kind| (*kind, sampler.findings(*kind))).collect(),
            history: sampler.recent(HISTORY),
            moment_seconds: sampler.moment_seconds(),
            ending: interruption.is_asked(),
        };
        if terminal.draw(|frame| view.draw(frame)).is_err() {
            return;
        }
    }
}

/// Gives the terminal back.
pub(crate) fn restore() {
    ratatui::restore();
}
