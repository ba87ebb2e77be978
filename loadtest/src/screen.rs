//! The live view of a run in a terminal.

use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Gauge, Paragraph, Sparkline};

use crate::arrivals::Arrivals;
use crate::interruption::Interruption;
use crate::judge::Kind;
use crate::machine::cores;
use crate::quantity::{grouped, spoken};
use crate::run::{Sampler, Snapshot};

const EVERY: Duration = Duration::from_millis(250);
/// Columns of history; wider terminals do not exist.
const HISTORY: usize = 400;

/// Draws how it goes until it is no longer polled. Ctrl-C asks for the end.
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
        let view = View { phases: &phases, wanted: arrivals.rate_at(sampler.snapshot().elapsed), sampler: &sampler };
        if terminal.draw(|frame| view.draw(frame)).is_err() {
            return;
        }
    }
}

/// Gives the terminal back.
pub(crate) fn restore() {
    ratatui::restore();
}

struct View<'a> {
    phases: &'a [(String, Duration)],
    wanted: f64,
    sampler: &'a Sampler,
}

impl View<'_> {
    fn draw(&self, frame: &mut Frame<'_>) {
        let seen = self.sampler.snapshot();
        let [head, gauge, figures, chart, foot] = Layout::vertical([
            Constraint::Length(2),
            Constraint::Length(3),
            Constraint::Length(10),
            Constraint::Min(4),
            Constraint::Length(2),
        ])
        .areas(frame.area());
        frame.render_widget(self.head(&seen), head);
        frame.render_widget(self.gauge(&seen), gauge);
        let [left, right] = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(figures);
        frame.render_widget(self.traffic(&seen), left);
        frame.render_widget(self.promises(&seen), right);
        self.chart(frame, chart);
        frame.render_widget(foot_line(&seen), foot);
    }

    fn phase(&self, seen: &Snapshot) -> &str {
        let phase = self.phases.iter().find(|(_, end)| seen.elapsed < *end);
        phase.map_or("everything was deposited: what waits is taken", |(name, _)| name)
    }

    fn head(&self, seen: &Snapshot) -> Paragraph<'static> {
        let title = Span::styled("navette-load ", Style::new().add_modifier(Modifier::BOLD));
        Paragraph::new(Line::from(vec![title, Span::raw(self.phase(seen).to_owned())]))
    }

    fn gauge(&self, seen: &Snapshot) -> Gauge<'static> {
        let end = self.phases.last().map_or(1.0, |(_, end)| end.as_secs_f64());
        let part = (seen.elapsed.as_secs_f64() / end).clamp(0.0, 1.0);
        let label = format!("{} of {}", spoken(seen.elapsed.as_secs_f64().round()), spoken(end));
        Gauge::default().block(Block::bordered()).gauge_style(Style::new().fg(Color::Blue)).ratio(part).label(label)
    }

    fn traffic(&self, seen: &Snapshot) -> Paragraph<'static> {
        let (moment, quantiles) = seen.moment.clone().unwrap_or_default();
        let quantile =
            |index: usize| quantiles.and_then(|all| all.get(index).copied()).map_or_else(|| "–".to_owned(), spoken);
        let width = self.sampler.moment_seconds();
        let per_second = |count: u64| format!("{:.0}/s", count as f64 / width);
        let rows = vec![
            row("deposits wanted", format!("{:.0}/s", self.wanted), false),
            row("deposits acknowledged", per_second(moment.acknowledged), false),
            row("on their way", grouped(seen.in_flight), false),
            row("requests", per_second(moment.requests), false),
            row("latency p50 · p90", format!("{} · {}", quantile(0), quantile(1)), false),
            row("latency p99 · longest", format!("{} · {}", quantile(2), quantile(3)), false),
            row("errors", per_second(moment.errors), moment.errors > 0),
            row("missed", grouped(moment.missed), moment.missed > 0),
        ];
        Paragraph::new(rows).block(Block::bordered().title(" traffic "))
    }

    fn promises(&self, seen: &Snapshot) -> Paragraph<'static> {
        let broken: Vec<(&str, u64)> = Kind::ALL
            .iter()
            .map(|kind| (kind.as_str(), self.sampler.findings(*kind)))
            .filter(|row| row.1 > 0)
            .collect();
        let broken_text = match broken.is_empty() {
            true => "none".to_owned(),
            false => broken.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", "),
        };
        let mut rows = vec![
            row("cases acknowledged", grouped(seen.standing.acknowledged), false),
            row("delivered", grouped(seen.standing.delivered), false),
            row("answers back", grouped(seen.standing.returned), false),
            row("owed", grouped(seen.standing.outstanding), false),
            row("promises broken", broken_text, !broken.is_empty()),
            row("load test", format!("{:.0} % of a core", seen.client_share * 100.0), self.sampler.is_busy()),
        ];
        if let Some(share) = seen.hub_share {
            rows.push(row("hub", format!("{:.0} % of a core, of {}", share * 100.0, cores()), false));
        }
        Paragraph::new(rows).block(Block::bordered().title(" promises "))
    }

    fn chart(&self, frame: &mut Frame<'_>, area: Rect) {
        let columns = usize::from(area.width.saturating_sub(2)).min(HISTORY);
        let recent: Vec<u64> = self.sampler.recent(columns).into_iter().map(|(_, acknowledged)| acknowledged).collect();
        let chart = Sparkline::default()
            .block(Block::bordered().title(" deposits acknowledged, by the moment at which they were to arrive "))
            .style(Style::new().fg(Color::Green))
            .data(recent);
        frame.render_widget(chart, area);
    }
}

fn row(name: &'static str, value: String, alarming: bool) -> Line<'static> {
    let style = if alarming { Style::new().fg(Color::Red).add_modifier(Modifier::BOLD) } else { Style::new() };
    Line::from(vec![Span::raw(format!("{name:<24}")), Span::styled(value, style)])
}

fn foot_line(seen: &Snapshot) -> Paragraph<'static> {
    let text = if seen.client_share > 0.9 {
        "The load test itself is busy: what it measures may be itself. Ctrl-C ends the run; the report is written all the same."
    } else {
        "Ctrl-C ends the run; the report is written all the same."
    };
    Paragraph::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alarming_is_red() {
        assert_eq!(row("errors", "3".to_owned(), true).spans[1].style.fg, Some(Color::Red));
        assert_eq!(row("errors", "0".to_owned(), false).spans[1].style.fg, None);
    }
}
