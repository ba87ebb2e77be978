//! The live view of a run in a terminal.

mod view;

use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};

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
            if let Ok(Event::Key(key)) = event::read() {
                hear(key, &interruption);
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

/// Gives the terminal back. One that has gone away needs nothing back.
pub(crate) fn restore() {
    ratatui::try_restore().ok();
}

/// In raw mode the terminal sends Ctrl-C as a key, each time: the second one is to end everything at once, as the second signal does. A `q`
/// that is held down says no more than one.
fn hear(key: KeyEvent, interruption: &Interruption) {
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => interruption.ask(),
        KeyCode::Char('q') if !interruption.is_asked() => interruption.ask(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn the_second_control_c_insists_and_the_second_q_does_not() {
        let (control_c, q) = (
            KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL),
            KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE),
        );
        let interruption = Interruption::new();
        hear(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::NONE), &interruption);
        assert!(!interruption.is_asked());
        hear(q, &interruption);
        hear(q, &interruption);
        assert!(interruption.is_asked() && interruption.insisted().now_or_never().is_none());
        hear(control_c, &interruption);
        assert!(interruption.insisted().now_or_never().is_some());
    }
}
