//! Drawings of a run, as SVG within the page.

use std::fmt::Write as _;

use crate::measure::{BANDS, band_seconds};
use crate::quantity::{grouped, passing, spoken};
use crate::results::Results;

const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 10.0;

/// A drawing with a time axis.
struct Drawing {
    text: String,
    seconds: f64,
}

impl Drawing {
    fn of(results: &Results, title: &str) -> Self {
        let seconds = (results.timeline.len() as f64 * results.moment_seconds).max(1.0);
        let mut drawing = Self { text: String::new(), seconds };
        drawing.add(format_args!(
            r#"<svg viewBox="0 0 {WIDTH} {:.0}" role="img" aria-label="{title}">"#,
            HEIGHT + BOTTOM + TOP
        ));
        let mut end = 0.0;
        for phase in &results.phases {
            let x = drawing.x(end);
            drawing.add(format_args!(
                r#"<line x1="{x:.1}" y1="{TOP}" x2="{x:.1}" y2="{:.1}" class="phase"/><text x="{:.1}" y="{:.1}" class="phase">{}</text>"#,
                TOP + HEIGHT,
                x + 4.0,
                TOP + 12.0,
                escaped(&phase.name)
            ));
            end += phase.seconds;
        }
        for part in 0..=4_u32 {
            let at = seconds * f64::from(part) / 4.0;
            let x = drawing.x(at);
            let anchor = if part == 4 { "end" } else { "middle" };
            drawing.add(format_args!(
                r#"<text x="{x:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
                TOP + HEIGHT + 16.0,
                passing(at)
            ));
        }
        drawing
    }

    fn add(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        self.text.write_fmt(part).ok();
    }

    fn x(&self, seconds: f64) -> f64 {
        LEFT + (WIDTH - LEFT) * seconds / self.seconds
    }

    fn scale(&mut self, labels: &[(f64, String)]) {
        for (part, label) in labels {
            let y = TOP + HEIGHT * (1.0 - part);
            self.add(format_args!(
                r#"<line x1="{LEFT}" y1="{y:.1}" x2="{WIDTH}" y2="{y:.1}" class="grid"/><text x="{:.1}" y="{:.1}" class="scale">{label}</text>"#,
                LEFT - 6.0,
                y + 4.0
            ));
        }
    }

    /// A line through the moments; `part` gives how high each is, from 0 to 1.
    fn line(&mut self, class: &str, width: f64, parts: impl Iterator<Item = Option<f64>>) {
        let mut path = String::new();
        let mut pen_is_down = false;
        for (index, part) in parts.enumerate() {
            let Some(part) = part else {
                pen_is_down = false;
                continue;
            };
            let (x, y) = (self.x((index as f64 + 0.5) * width), TOP + HEIGHT * (1.0 - part.clamp(0.0, 1.0)));
            write!(path, "{}{x:.1} {y:.1}", if pen_is_down { "L" } else { "M" }).ok();
            pen_is_down = true;
        }
        self.add(format_args!(r#"<path d="{path}" class="{class}"/>"#));
    }

    fn finish(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Deposits a second: to arrive, and acknowledged; errors.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "labels for people")]
pub(super) fn rate(results: &Results) -> String {
    let mut drawing = Drawing::of(results, "deposits a second");
    let width = results.moment_seconds;
    let of = |count: u64| count as f64 / width;
    let highest =
        results.timeline.iter().map(|moment| of(moment.intended.max(moment.acknowledged))).fold(1.0, f64::max);
    let labels: Vec<(f64, String)> =
        [0.0, 0.5, 1.0].map(|part| (part, format!("{}/s", grouped((highest * part).round() as u64)))).into();
    drawing.scale(&labels);
    drawing.line("wanted", width, results.timeline.iter().map(|moment| Some(of(moment.intended) / highest)));
    drawing.line("reached", width, results.timeline.iter().map(|moment| Some(of(moment.acknowledged) / highest)));
    drawing.line(
        "errors",
        width,
        results.timeline.iter().map(|moment| (moment.errors > 0).then(|| of(moment.errors) / highest)),
    );
    drawing.finish()
}

/// Where a latency stands between one millisecond and the highest band, from 0 to 1.
fn height(seconds: f64) -> f64 {
    let highest = band_seconds(BANDS - 1);
    ((seconds.max(0.001) / 0.001).ln() / (highest / 0.001).ln()).clamp(0.0, 1.0)
}

fn latency_labels() -> Vec<(f64, String)> {
    [0.001, 0.01, 0.1, 1.0, 10.0].map(|seconds| (height(seconds), spoken(seconds))).into()
}

/// Percentiles of deposits over time, on a logarithmic scale.
pub(super) fn percentiles(results: &Results) -> String {
    let mut drawing = Drawing::of(results, "latency of deposits");
    drawing.scale(&latency_labels());
    for (class, index) in [("p50", 0), ("p90", 1), ("p99", 2), ("longest", 3)] {
        let line = results.timeline.iter().map(|moment| Some(height(*moment.quantiles?.get(index)?)));
        drawing.line(class, results.moment_seconds, line);
    }
    drawing.finish()
}

/// How many deposits took how long, over time.
pub(super) fn heat(results: &Results) -> String {
    let mut drawing = Drawing::of(results, "deposits by latency over time");
    let most = results.timeline.iter().flat_map(|moment| &moment.bands).copied().max().unwrap_or(1).max(1);
    let width = drawing.x(results.moment_seconds) - LEFT;
    for (index, moment) in results.timeline.iter().enumerate() {
        let x = drawing.x(index as f64 * results.moment_seconds);
        for (band, count) in moment.bands.iter().enumerate().filter(|(_, count)| **count > 0) {
            let lower = if band == 0 { 0.0 } else { height(band_seconds(band - 1)) };
            let upper = height(band_seconds(band)).max(lower + 0.02);
            let shade = (f64::from(*count) / f64::from(most)).sqrt();
            let (y, height) = (TOP + HEIGHT * (1.0 - upper), HEIGHT * (upper - lower));
            drawing.add(format_args!(
                r#"<rect x="{x:.1}" y="{y:.1}" width="{:.1}" height="{height:.1}" class="heat" fill-opacity="{:.2}"/>"#,
                width.max(1.0),
                0.08 + 0.92 * shade
            ));
        }
    }
    drawing.scale(&latency_labels());
    drawing.finish()
}

/// Cores that the load test and the hub took, and what was owed.
pub(super) fn processors(results: &Results) -> String {
    let mut drawing = Drawing::of(results, "cores taken");
    let cores = results.machine.cores.max(1) as f64;
    drawing.scale(&[(0.0, "0".to_owned()), (1.0, format!("{cores:.0} cores"))]);
    let width = results.moment_seconds;
    drawing.line("client", width, results.timeline.iter().map(|moment| Some(moment.client_cpu / cores)));
    drawing.line("hub", width, results.timeline.iter().map(|moment| Some(moment.hub_cpu? / cores)));
    drawing.finish()
}
