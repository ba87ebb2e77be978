//! A request in somebody's name: sent again while that may help, measured each time.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{HeaderValue, StatusCode};

use super::Stage;
use crate::bearer::Bearer;
use crate::hub::Hub;
use crate::measure::{Operation, Slow};
use crate::wire::{Failure, Trace, traced};

/// How long the first retry waits; each further one twice as long, up to a bound.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Kinds of failure of which the first message is kept.
const EXAMPLES_MAX: usize = 20;

/// What a request is for, in the books.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errand {
    operation: Operation,
    phase: usize,
    dossier: Option<u64>,
}

impl Errand {
    /// This operation, in this phase.
    pub(crate) const fn new(operation: Operation, phase: usize) -> Self {
        Self { operation, phase, dossier: None }
    }

    /// For this dossier.
    pub(crate) const fn of(self, dossier: u64) -> Self {
        Self { dossier: Some(dossier), ..self }
    }
}

impl Stage {
    /// Sends a request in somebody's name, again while what hinders it may pass, and measures each time.
    pub(crate) async fn ask<T, F, R>(
        &self,
        hub: &Hub,
        bearer: &Bearer,
        errand: Errand,
        mut request: F,
    ) -> Result<T, Failure>
    where
        F: FnMut(HeaderValue) -> R + Send,
        R: Future<Output = Result<T, Failure>> + Send,
        T: Send,
    {
        let mut attempt = 0;
        loop {
            let failure = match self.ask_once(hub, bearer, errand, &mut request).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let stale = matches!(failure, Failure::Refused { status: StatusCode::UNAUTHORIZED, .. }) && attempt == 0;
            if stale {
                bearer.forget();
            }
            if attempt >= self.behaviour.retries || !(stale || failure.is_passing()) {
                return Err(failure);
            }
            tokio::time::sleep(pause(attempt, &failure)).await;
            attempt += 1;
        }
    }

    async fn ask_once<T, F, R>(&self, hub: &Hub, bearer: &Bearer, errand: Errand, request: &mut F) -> Result<T, Failure>
    where
        F: FnMut(HeaderValue) -> R + Send,
        R: Future<Output = Result<T, Failure>> + Send,
        T: Send,
    {
        // Pinned here, so that what wraps it holds a reference: each of thousands of recipients has one of these futures.
        let token = match bearer.token() {
            Some(token) => token,
            None => self.timed(Errand { operation: Operation::Token, ..errand }, pin!(bearer.log_in(hub))).await?,
        };
        self.timed(errand, pin!(request(token))).await
    }

    async fn timed<T: Send>(
        &self,
        errand: Errand,
        request: Pin<&mut (impl Future<Output = Result<T, Failure>> + Send)>,
    ) -> Result<T, Failure> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let asked = self.began.elapsed();
        let (outcome, trace) = traced(request).await;
        let took = self.began.elapsed().saturating_sub(asked);
        let Errand { operation, phase, dossier } = errand;
        match &outcome {
            Ok(_) => self.measurements.answered(phase, operation, took),
            Err(failure) => self.note(phase, operation, failure),
        }
        self.measurements.offer(operation, took, || Slow {
            operation: operation.as_str().to_owned(),
            dossier,
            at: asked.as_secs_f64(),
            delay: trace.waited.as_secs_f64(),
            service: took.saturating_sub(trace.waited).as_secs_f64(),
            seconds: took.as_secs_f64(),
            status: told(trace, outcome.as_ref().err()),
        });
        outcome
    }

    fn note(&self, phase: usize, operation: Operation, failure: &Failure) {
        let kind = failure.kind();
        self.measurements.failed(phase, self.began.elapsed(), operation, &kind);
        let mut examples = self.examples.lock();
        if examples.len() < EXAMPLES_MAX {
            examples.entry(format!("{}: {kind}", operation.as_str())).or_insert_with(|| failure.to_string());
        }
    }
}

/// What became of a request: the status, and what was wrong if that does not say it.
fn told(trace: Trace, failure: Option<&Failure>) -> String {
    match (trace.status, failure) {
        (Some(status), None | Some(Failure::Refused { .. })) => status.as_u16().to_string(),
        (Some(status), Some(failure)) => format!("{}, {}", status.as_u16(), failure.kind()),
        (None, Some(failure)) => failure.kind(),
        (None, None) => String::new(),
    }
}

fn pause(attempt: u32, failure: &Failure) -> Duration {
    if let Failure::Refused { retry_after: Some(after), .. } = failure {
        return *after;
    }
    FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(PAUSE_MAX)
}
