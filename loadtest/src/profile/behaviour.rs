//! How everybody behaves.

use serde::{Deserialize, Serialize};

use crate::quantity::Seconds;

/// How recipients and depositors behave. Durations are of the machine's time.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// How often a recipient looks into its inbox.
    pub(crate) poll_every: Seconds,
    /// How often an idle poller does.
    pub(crate) idle_poll_every: Seconds,
    /// How many notifications are asked for at a time.
    pub(crate) page: usize,
    /// How many cases a recipient fetches at a time.
    pub(crate) parallel: usize,
    /// Share of recipients that wait between requests.
    pub(crate) slow: f64,
    /// How long a slow recipient waits before each request.
    pub(crate) slow_pause: Seconds,
    /// Share of recipients that only come once everything was deposited.
    pub(crate) dead: f64,
    /// Share of recipients that look again at once, always.
    pub(crate) greedy: f64,
    /// Share of fetched cases whose files are fetched and compared, byte for byte.
    pub(crate) verify: f64,
    /// Share of deposits sent with a `digest`.
    pub(crate) digest: f64,
    /// The statuses that a recipient sets, one event each; the last one notifies the depositor.
    pub(crate) answers: Vec<String>,
    /// Share of cases that are answered.
    pub(crate) answered: f64,
    /// Whether the depositor reads the answer and acknowledges it, or only takes note of the notification.
    pub(crate) acknowledge: bool,
    /// Share of deposits whose inbox is watched from the acknowledgement on, to measure when they become visible.
    pub(crate) watched: f64,
    /// How often a request that could not be answered (refused connection, 503, no answer) is sent again.
    pub(crate) retries: u32,
    /// How long a request may take; as long again for each 10 MB it moves.
    pub(crate) patience: Seconds,
    /// How long everything may take to arrive once the last phase is over.
    pub(crate) drain: Seconds,
    /// From when on a delivery is late.
    pub(crate) late_after: Seconds,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            poll_every: Seconds(10.0),
            idle_poll_every: Seconds(60.0),
            page: 100,
            parallel: 4,
            slow: 0.0,
            slow_pause: Seconds(0.5),
            dead: 0.0,
            greedy: 0.0,
            verify: 1.0,
            digest: 0.5,
            answers: vec!["DONE".to_owned()],
            answered: 1.0,
            acknowledge: true,
            watched: 0.05,
            retries: 10,
            patience: Seconds(30.0),
            drain: Seconds(60.0),
            late_after: Seconds(600.0),
        }
    }
}
