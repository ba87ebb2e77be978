//! Who is there, and how many of them.

use serde::{Deserialize, Serialize};

/// Who is there.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WorldPlan {
    /// How many communes receive, the most populated first.
    pub(crate) communes: usize,
    /// How many départements receive, the most populated first.
    pub(crate) departments: usize,
    /// How many ministries receive.
    pub(crate) ministries: usize,
    /// How many operators receive.
    pub(crate) operators: usize,
    /// How many editors poll in the name of their customers, over connections of their own, `parallel` each.
    pub(crate) editors: usize,
    /// How many inboxes each editor holds.
    pub(crate) desks_per_editor: usize,
    /// How many recipients that never receive anything poll besides.
    pub(crate) idle_pollers: usize,
}

impl Default for WorldPlan {
    fn default() -> Self {
        Self {
            communes: 500,
            departments: 101,
            ministries: 7,
            operators: 30,
            editors: 0,
            desks_per_editor: 200,
            idle_pollers: 0,
        }
    }
}
