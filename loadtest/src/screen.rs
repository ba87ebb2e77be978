//! The live view of a run in a terminal.

mod terminal;
mod view;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};

use crate::arrivals::Arrivals;
use crate::interruption::Interruption;
use crate::judge::Kind;
use crate::progress;
use crate::run::Sampler;
use view::{HISTORY, View};

const EVERY: Duration = Duration::from_millis(250);

/// Draws how it goes until it is no longer polled. Where nothing can be drawn, says it line by line: Ctrl-C is a signal again there.
pub(crate) async fn show(
    phases: Vec<(String, Duration)>,
    arrivals: Arrivals,
    sampler: Arc<Sampler>,
    interruption: Interruption,
) {
    // Why it cannot be drawn interests nobody who can read how it goes.
    draw(&phases, &arrivals, &sampler, &interruption).await.ok();
    restore();
    progress::show(phases, arrivals, sampler).await;
}

async fn draw(
    phases: &[(String, Duration)],
    arrivals: &Arrivals,
    sampler: &Sampler,
    interruption: &Interruption,
) -> std::io::Result<Infallible> {
    let mut terminal = terminal::take()?;
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        while event::poll(Duration::ZERO)? {
            if let Event::Key(key) = event::read()? {
                hear(key, interruption);
            }
        }
        let seen = sampler.snapshot();
        let view = View {
            phases,
            wanted: arrivals.rate_at(seen.elapsed),
            seen,
            broken: Kind::ALL.iter().map(|kind| (*kind, sampler.findings(*kind))).collect(),
            history: sampler.recent(HISTORY),
            moment_seconds: sampler.moment_seconds(),
            ending: interruption.is_asked(),
        };
        terminal.draw(|frame| view.draw(frame))?;
    }
}

/// Gives the terminal back.
pub(crate) fn restore() {
    terminal::give_back();
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
