//! How the hub is.

use navette_router::hub::Counts;
use navette_router::model::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::text;
use crate::Checked;
use crate::openapi::words::DateTime;

/// How the hub is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Status")]
pub(crate) struct StatusAnswer<'a> {
    /// The version of the program, and the revision it was built from.
    version: &'a str,
    /// Since when it runs.
    #[serde(serialize_with = "text")]
    #[schemars(with = "DateTime")]
    started_at: Timestamp,
    /// Whether every check passes.
    ready: bool,
    /// Each check.
    checks: Vec<CheckRow<'a>>,
    /// Organizations.
    organizations: usize,
    /// Processes.
    processes: usize,
    /// Subscriptions.
    subscriptions: usize,
    /// Subscriptions in force.
    subscriptions_in_force: usize,
    /// Credentials in force.
    credentials: usize,
    /// Credentials that will end within 30 days.
    credentials_expiring: usize,
    /// Moves of all cases of an organization that are under way.
    migrations: usize,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Check")]
struct CheckRow<'a> {
    /// Which.
    name: &'a str,
    /// Whether it passes.
    ok: bool,
    /// Why it does not.
    reason: Option<&'a str>,
}

impl<'a> StatusAnswer<'a> {
    pub(crate) fn new(version: &'a str, started_at: Timestamp, counts: &Counts, checks: &'a [Checked]) -> Self {
        Self {
            version,
            started_at,
            ready: checks.iter().all(|check| check.ok),
            checks: checks
                .iter()
                .map(|check| CheckRow { name: check.name, ok: check.ok, reason: check.reason.as_deref() })
                .collect(),
            organizations: counts.organizations,
            processes: counts.processes,
            subscriptions: counts.subscriptions,
            subscriptions_in_force: counts.subscriptions_in_force,
            credentials: counts.credentials,
            credentials_expiring: counts.credentials_expiring,
            migrations: counts.migrations,
        }
    }
}
