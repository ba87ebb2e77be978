//! What is used of each limit, and which will be reached first.

use std::time::Duration;

use serde::Serialize;

use super::Scrape;

/// In what a limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds of work in each second.
    Share,
}

/// One limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The configuration key that sets it, or the resource that it is.
    pub limit: String,
    /// In what it is counted.
    pub unit: Unit,
    /// How much is used: now, or of the time between the two looks.
    pub used: f64,
    /// The most that was used within the last minute, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<f64>,
    /// How much there is.
    pub max: f64,
    /// What is used of it at the most, between 0 and 1.
    pub saturation: f64,
    /// How often something was refused because of it since the hub started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<f64>,
    /// Seconds until it is reached if it grows on as it did, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_in_seconds: Option<f64>,
    /// What raises it.
    pub remedy: &'static str,
}

/// How much is left of everything.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessment {
    /// How long it was looked at, in seconds.
    pub seconds: f64,
    /// Requests answered in each second.
    pub requests_per_second: f64,
    /// Each limit, the most used first.
    pub limits: Vec<Row>,
}

/// Compares two looks, `apart` from each other.
pub fn assess(before: &Scrape, after: &Scrape, apart: Duration) -> Assessment {
    let seconds = apart.as_secs_f64().max(f64::MIN_POSITIVE);
    let mut limits = vec![processors(before, after, seconds)];
    limits.extend(workers(before, after, seconds));
    limits.extend(after.labels("navette_limit_max", "limit").filter_map(|name| named(name, before, after, seconds)));
    limits.sort_by(|one, other| other.saturation.total_cmp(&one.saturation));
    let requests = |scrape: &Scrape| scrape.sum("navette_http_requests_total");
    Assessment { seconds, requests_per_second: (requests(after) - requests(before)).max(0.0) / seconds, limits }
}

/// How much a counter grew in each second; a restart between the looks counts as nothing.
fn rate(before: Option<f64>, after: Option<f64>, seconds: f64) -> f64 {
    (after.unwrap_or_default() - before.unwrap_or_default()).max(0.0) / seconds
}

fn processors(before: &Scrape, after: &Scrape, seconds: f64) -> Row {
    const CPU: &str = "process_cpu_seconds_total";
    let used = rate(before.value(CPU), after.value(CPU), seconds);
    row("processors", Unit::Share, used, after.value("navette_processors").unwrap_or(1.0), "more or faster processors")
}

fn workers<'a>(before: &'a Scrape, after: &'a Scrape, seconds: f64) -> impl Iterator<Item = Row> + 'a {
    const BUSY: &str = "navette_worker_busy_seconds_total";
    after.labels(BUSY, "worker").map(move |worker| {
        let used = rate(before.labelled(BUSY, "worker", worker), after.labelled(BUSY, "worker", worker), seconds);
        let remedy = match worker {
            "committer" | "attachments" => "a disk that syncs faster",
            "applier" => "faster processors",
            _ => "a disk that writes faster",
        };
        row(&format!("worker {worker}"), Unit::Share, used, 1.0, remedy)
    })
}

fn named(name: &str, before: &Scrape, after: &Scrape, seconds: f64) -> Option<Row> {
    let value = |family: &str| after.labelled(family, "limit", name);
    let (used, max) = (value("navette_limit_used")?, value("navette_limit_max")?);
    let unit = if name.ends_with("_bytes") || name == "memory" { Unit::Bytes } else { Unit::Count };
    let remedy = match name {
        "descriptors" => "LimitNOFILE, or ulimit -n",
        "memory" => "more memory",
        "storage.disk_floor_bytes" => "a larger disk",
        _ => "this key",
    };
    let mut row = row(name, unit, used, max, remedy);
    row.peak = value("navette_limit_peak");
    row.saturation = share(row.peak.unwrap_or_default().max(used), max);
    row.refused = value("navette_limit_refused_total");
    if name == "storage.disk_floor_bytes" {
        let growth = rate(before.labelled("navette_limit_used", "limit", name), Some(used), seconds);
        row.full_in_seconds = (growth > 0.0).then(|| (max - used).max(0.0) / growth);
    }
    Some(row)
}

fn row(limit: &str, unit: Unit, used: f64, max: f64, remedy: &'static str) -> Row {
    let saturation = share(used, max);
    Row {
        limit: limit.to_owned(),
        unit,
        used,
        peak: None,
        max,
        saturation,
        refused: None,
        full_in_seconds: None,
        remedy,
    }
}

fn share(used: f64, max: f64) -> f64 {
    if max > 0.0 { used / max } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "process_cpu_seconds_total 10\nnavette_processors 2\nnavette_worker_busy_seconds_total{worker=\"applier\"} 1\n\
        navette_limit_used{limit=\"storage.disk_floor_bytes\"} 1000\nnavette_limit_max{limit=\"storage.disk_floor_bytes\"} 2000\n\
        navette_http_requests_total{endpoint=\"a\",status=\"2xx\"} 5\n";
    const AFTER: &str = "process_cpu_seconds_total 13\nnavette_processors 2\nnavette_worker_busy_seconds_total{worker=\"applier\"} 9\n\
        navette_limit_used{limit=\"storage.disk_floor_bytes\"} 1100\nnavette_limit_max{limit=\"storage.disk_floor_bytes\"} 2000\n\
        navette_limit_used{limit=\"server.max_connections\"} 4\nnavette_limit_max{limit=\"server.max_connections\"} 100\n\
        navette_limit_peak{limit=\"server.max_connections\"} 90\nnavette_limit_refused_total{limit=\"server.max_connections\"} 7\n\
        navette_http_requests_total{endpoint=\"a\",status=\"2xx\"} 25\nnavette_http_requests_total{endpoint=\"b\",status=\"2xx\"} 80\n";

    fn assessment() -> Assessment {
        assess(&Scrape::parse(BEFORE), &Scrape::parse(AFTER), Duration::from_secs(10))
    }

    #[test]
    fn what_is_used_most_comes_first_and_a_peak_counts() {
        let assessment = assessment();
        let limits: Vec<_> = assessment.limits.iter().map(|row| (row.limit.as_str(), row.saturation)).collect();
        let expected = [
            ("server.max_connections", 0.9),
            ("worker applier", 0.8),
            ("storage.disk_floor_bytes", 0.55),
            ("processors", 0.15),
        ];
        assert_eq!(limits, expected);
        assert_eq!(assessment.limits[0].refused, Some(7.0));
        assert!((assessment.requests_per_second - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_disk_that_fills_has_a_last_day() {
        let assessment = assessment();
        assert_eq!(assessment.limits[2].full_in_seconds, Some(90.0));
    }
}
