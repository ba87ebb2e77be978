//! What the live view shows, in a terminal of 80 columns and 24 rows or larger.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Gauge, Paragraph, Sparkline};

use crate::judge::Kind;
use crate::machine::cores;
use crate::quantity::{grouped, passing, spoken};
use crate::run::Snapshot;

/// Columns of history; wider terminals do not exist.
pub(super) const HISTORY: usize = 400;
/// Columns of what a figure is called: what remains of half of 80 columns is wide enough for every value.
const NAME_COLUMNS: usize = 18;
const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// How a run goes at an instant.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// Names and ends of the phases.
    pub(super) phases: &'a [(String, Duration)],
    /// Deposits a second that are to arrive now.
    pub(super) wanted: f64,
    /// What is seen of it.
    pub(super) seen: Snapshot,
    /// Broken promises by kind.
    pub(super) broken: Vec<(Kind, u64)>,
    /// Deposits that were acknowledged in each of the last moments that have ended.
    pub(super) history: Vec<u64>,
    /// How long a moment is, in seconds.
    pub(super) moment_seconds: f64,
    /// Whether somebody asked for the end.
    pub(super) ending: bool,
}

impl View<'_> {
    /// Draws it.
    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let [head, gauge, figures, chart, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(3),
            Constraint::Length(12),
            Constraint::Min(4),
            Constraint::Length(3),
        ])
        .areas(frame.area());
        frame.render_widget(Line::from(vec![Span::styled("navette-load  ", BOLD), Span::raw(self.phase())]), head);
        frame.render_widget(self.gauge(), gauge);
        let [left, right] = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(figures);
        frame.render_widget(self.traffic(), left);
        frame.render_widget(self.promises(), right);
        frame.render_widget(self.chart(chart), chart);
        frame.render_widget(self.foot(), foot);
    }

    fn phase(&self) -> &str {
        let phase = self.phases.iter().find(|(_, end)| self.seen.elapsed < *end);
        phase.map_or("everything was deposited: what waits is taken", |(name, _)| name)
    }

    fn gauge(&self) -> Gauge<'static> {
        let end = self.phases.last().map_or(1.0, |(_, end)| end.as_secs_f64());
        let elapsed = self.seen.elapsed.as_secs_f64();
        let label = format!("{} of {}", passing(elapsed), passing(end));
        let part = (elapsed / end).clamp(0.0, 1.0);
        Gauge::default().block(Block::bordered()).gauge_style(Style::new().fg(Color::Blue)).ratio(part).label(label)
    }

    fn traffic(&self) -> Paragraph<'static> {
        let (moment, quantiles) = self.seen.moment.clone().unwrap_or_default();
        let quantile =
            |index: usize| quantiles.and_then(|all| all.get(index).copied()).map_or_else(|| "–".to_owned(), spoken);
        let per_second = |count: u64| format!("{:.0}/s", count as f64 / self.moment_seconds);
        let rows = vec![
            row("wanted", format!("{:.0}/s", self.wanted), false),
            row("acknowledged", per_second(moment.acknowledged), false),
            row("missed", per_second(moment.missed), moment.missed > 0),
            row("on their way", grouped(self.seen.in_flight), false),
            row("half within", quantile(0), false),
            row("90 % within", quantile(1), false),
            row("99 % within", quantile(2), false),
            row("longest", quantile(3), false),
            row("requests", per_second(moment.requests), false),
            row("failed requests", per_second(moment.errors), moment.errors > 0),
        ];
        Paragraph::new(rows).block(Block::bordered().title(" deposits "))
    }

    fn promises(&self) -> Paragraph<'static> {
        let standing = &self.seen.standing;
        let mut rows = vec![
            row("acknowledged", grouped(standing.acknowledged), false),
            row("delivered", grouped(standing.delivered), false),
            row("answers back", grouped(standing.returned), false),
            row("owed", grouped(standing.outstanding), false),
            Line::default(),
        ];
        let broken = self.broken.iter().filter(|(_, count)| *count > 0);
        rows.extend(broken.map(|(kind, count)| row(kind.as_str(), grouped(*count), true)));
        if rows.last().is_some_and(|last| last.spans.is_empty()) {
            rows.push(row("broken promises", "none".to_owned(), false));
        }
        Paragraph::new(rows).block(Block::bordered().title(" cases "))
    }

    fn chart(&self, area: Rect) -> Sparkline<'static> {
        let columns = usize::from(area.width.saturating_sub(2));
        let shown = self.history.get(self.history.len().saturating_sub(columns)..).unwrap_or_default().to_vec();
        let highest = shown.iter().copied().max().unwrap_or_default() as f64 / self.moment_seconds;
        let title = format!(" deposits acknowledged a second, up to {highest:.0} ");
        Sparkline::default().block(Block::bordered().title(title)).style(Style::new().fg(Color::Green)).data(shown)
    }

    fn foot(&self) -> Paragraph<'static> {
        let machine = |text: String| Span::styled(text, if self.seen.is_busy { alarm() } else { Style::new() });
        let threads = if self.seen.threads == 1 { "thread" } else { "threads" };
        let client =
            format!("load test: {:.0} % of its {} {threads}", self.seen.client_part() * 100.0, self.seen.threads);
        let hub = self
            .seen
            .hub_share
            .map(|share| format!("; hub: {:.0} % of {} cores", share * 100.0 / cores() as f64, cores()));
        let busy = if self.seen.is_busy {
            "The load test is the limit: what it measures may be itself. Give it --threads."
        } else {
            ""
        };
        let keys = match self.ending {
            true => "The run ends, its report is written. Ctrl-C once more: at once, with no report.",
            false => "Ctrl-C ends the run; the report is written all the same.",
        };
        Paragraph::new(vec![
            Line::from(vec![machine(client), Span::raw(hub.unwrap_or_default())]),
            Line::from(machine(busy.to_owned())),
            Line::from(keys),
        ])
    }
}

const fn alarm() -> Style {
    Style::new().fg(Color::Red).add_modifier(Modifier::BOLD)
}

fn row(name: &'static str, value: String, alarming: bool) -> Line<'static> {
    let style = if alarming { alarm() } else { Style::new() };
    Line::from(vec![Span::raw(format!("{name:<NAME_COLUMNS$}")), Span::styled(value, style)])
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::judge::Standing;
    use crate::measure::Moment;

    /// The longest values that may come.
    fn view(phases: &[(String, Duration)]) -> View<'_> {
        let millions = 12_345_678;
        let moment = Moment { acknowledged: millions, missed: 9, errors: 7, requests: millions, ..Moment::default() };
        View {
            phases,
            wanted: 999_999.0,
            seen: Snapshot {
                elapsed: Duration::from_secs(65),
                in_flight: millions,
                standing: Standing { acknowledged: millions, delivered: millions, returned: millions, outstanding: 5 },
                moment: Some((moment, Some([0.0123, 0.456, 125.0, 7_100.0]))),
                client_share: 1.9,
                hub_share: Some(0.5),
                threads: 2,
                is_busy: true,
            },
            broken: Kind::ALL.iter().map(|kind| (*kind, millions)).collect(),
            history: (0..400).collect(),
            moment_seconds: 1.0,
            ending: true,
        }
    }

    /// What a terminal of this size shows, line by line.
    fn shown(view: &View<'_>, columns: u16, rows: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let line = |row: u16| (0..columns).map(|column| buffer[(column, row)].symbol()).collect::<String>();
        (0..rows).map(line).collect()
    }

    #[test]
    fn nothing_is_cut_however_small_the_terminal_and_long_the_value() {
        let phases = [("the last evening".to_owned(), Duration::from_secs(180))];
        for (columns, rows) in [(80, 24), (200, 50)] {
            let shown = shown(&view(&phases), columns, rows);
            let all = shown.join("\n");
            for whole in [
                "navette-load  the last evening",
                "65 s of 3 min 00 s",
                "longest           118 min 20 s",
                "12\u{202f}345\u{202f}678",
                "corrupted         12\u{202f}345\u{202f}678",
                "late              12\u{202f}345\u{202f}678",
                "load test: 95 % of its 2 threads; hub: ",
                "what it measures may be itself. Give it --threads.",
                "Ctrl-C once more: at once, with no report.",
            ] {
                assert!(all.contains(whole), "{whole:?} at {columns} × {rows}:\n{all}");
            }
        }
    }

    #[test]
    fn promises_that_are_kept_and_a_load_test_that_keeps_up_alarm_nobody() {
        let mut view = view(&[]);
        view.broken = vec![(Kind::Lost, 0)];
        view.seen.is_busy = false;
        view.ending = false;
        let all = shown(&view, 80, 24).join("\n");
        assert!(all.contains("broken promises   none") && !all.contains("what it measures may be itself"), "{all}");
        assert!(all.contains("Ctrl-C ends the run; the report is written all the same."), "{all}");
        assert_eq!(row("errors", "0".to_owned(), false).spans[1].style.fg, None);
        assert_eq!(row("errors", "3".to_owned(), true).spans[1].style.fg, Some(Color::Red));
    }
}
