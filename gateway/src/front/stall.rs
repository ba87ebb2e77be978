//! A limit on how long something may stay pending. It costs nothing as long as nothing is.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

#[derive(Debug)]
pub(super) struct StallTimer {
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    waits: bool,
}

impl StallTimer {
    pub(super) const fn new(limit: Duration) -> Self {
        Self { limit, sleep: None, waits: false }
    }

    /// Something came.
    pub(super) const fn progress(&mut self) {
        self.waits = false;
    }

    /// Nothing came: ready once that has been so for the whole limit.
    pub(super) fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.limit;
        let timer = self.sleep.get_or_insert_with(|| Box::pin(sleep(limit)));
        if !self.waits {
            self.waits = true;
            timer.as_mut().reset(Instant::now() + limit);
        }
        timer.as_mut().poll(context)
    }
}
