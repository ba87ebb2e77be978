//! Looks at a run now and then: what is under way, what waits, what the processes take.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;

use crate::judge::{Kind, Standing};
use crate::machine::{ProcessClock, resident_bytes};
use crate::measure::{Moment, PhaseMeasures};
use crate::stage::Stage;

const EVERY: Duration = Duration::from_millis(250);
/// Of the cores that the load test has, so much for so long means that there is nothing left to measure with.
const BUSY_SHARE: f64 = 0.92;
const BUSY_SAMPLES: usize = 12;

#[derive(Debug)]
struct State {
    client: ProcessClock,
    hub: Option<ProcessClock>,
    /// Of hubs that were killed.
    hub_seconds: f64,
    hub_last_seconds: Option<f64>,
    hub_memory: Option<u64>,
    client_share: f64,
    hub_share: Option<f64>,
    requests: u64,
    busy: usize,
    busiest: usize,
}

/// Looks at a run now and then.
#[derive(Debug)]
pub(crate) struct Sampler {
    stage: Arc<Stage>,
    /// Of the load test.
    threads: usize,
    state: Mutex<State>,
}

/// What is seen of a run at an instant.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// Since the start.
    pub(crate) elapsed: Duration,
    /// Deposits on their way.
    pub(crate) in_flight: u64,
    /// How it stands.
    pub(crate) standing: Standing,
    /// The last moment that ended, and seconds at 50, 90, 99 and 100 % in it.
    pub(crate) moment: Option<(Moment, Option<[f64; 4]>)>,
    /// Cores that the load test takes.
    pub(crate) client_share: f64,
    /// Cores that the hub takes.
    pub(crate) hub_share: Option<f64>,
    /// Threads that the load test was given.
    pub(crate) threads: usize,
    /// Whether it takes all of them.
    pub(crate) is_busy: bool,
}

impl Snapshot {
    /// What the load test takes of the threads that it was given, not of the machine.
    pub(crate) fn client_part(&self) -> f64 {
        self.client_share / self.threads.max(1) as f64
    }
}

impl Sampler {
    pub(super) fn new(stage: Arc<Stage>, process: Option<u32>, threads: usize) -> Self {
        let state = State {
            client: ProcessClock::of(std::process::id()),
            hub: process.map(ProcessClock::of),
            hub_seconds: 0.0,
            hub_last_seconds: None,
            hub_memory: None,
            client_share: 0.0,
            hub_share: None,
            requests: 0,
            busy: 0,
            busiest: 0,
        };
        Self { stage, threads, state: Mutex::new(state) }
    }

    /// Looks until it is no longer polled.
    pub(super) async fn run(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look();
        }
    }

    fn look(&self) {
        let standing = self.stage.judge.standing();
        let requests = self.stage.requests.load(Ordering::Relaxed);
        let mut state = self.state.lock();
        state.client_share = state.client.share().unwrap_or(state.client_share);
        state.hub_share = state.hub.as_mut().and_then(ProcessClock::share);
        let seconds = state.hub.as_ref().and_then(ProcessClock::seconds);
        state.hub_last_seconds = seconds.or(state.hub_last_seconds);
        let memory = state.hub.as_ref().and_then(|clock| resident_bytes(clock.process()));
        state.hub_memory = state.hub_memory.max(memory);
        state.busy = if state.client_share > BUSY_SHARE * self.threads as f64 { state.busy + 1 } else { 0 };
        state.busiest = state.busiest.max(state.busy);
        let sent = requests - state.requests;
        state.requests = requests;
        let (client_share, hub_share) = (state.client_share, state.hub_share);
        drop(state);
        let mut timeline = self.stage.measurements.timeline.lock();
        let moment = timeline.moment(self.stage.began.elapsed());
        moment.requests += sent;
        moment.in_flight = self.stage.in_flight.load(Ordering::Relaxed);
        moment.backlog = standing.outstanding;
        moment.client_cpu = client_share;
        moment.hub_cpu = hub_share;
    }

    /// The hub was started again: this is its process now.
    pub(super) fn follow(&self, process: u32) {
        let mut state = self.state.lock();
        state.hub_seconds += state.hub_last_seconds.take().unwrap_or_default();
        state.hub = Some(ProcessClock::of(process));
    }

    /// What is seen now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let elapsed = self.stage.began.elapsed();
        let state = self.state.lock();
        Snapshot {
            elapsed,
            in_flight: self.stage.in_flight.load(Ordering::Relaxed),
            standing: self.stage.judge.standing(),
            moment: self.stage.measurements.timeline.lock().latest(elapsed),
            client_share: state.client_share,
            hub_share: state.hub_share,
            threads: self.threads,
            is_busy: state.busy > 0,
        }
    }

    /// How long a moment is, in seconds.
    pub(crate) fn moment_seconds(&self) -> f64 {
        self.stage.measurements.timeline.lock().width().as_secs_f64()
    }

    /// Deposits that were acknowledged in each of the last moments that have ended.
    pub(crate) fn recent(&self, count: usize) -> Vec<u64> {
        self.stage.measurements.timeline.lock().recent(self.stage.began.elapsed(), count)
    }

    /// Broken promises of a kind.
    pub(crate) fn findings(&self, kind: Kind) -> u64 {
        self.stage.judge.count(kind)
    }

    /// The sum of all phases so far.
    pub(crate) fn total(&self) -> PhaseMeasures {
        self.stage.measurements.total()
    }

    /// Why the load test may have been the limit.
    pub(super) fn limit(&self) -> Option<String> {
        let (busiest, threads) = (self.state.lock().busiest, self.threads);
        (busiest >= BUSY_SAMPLES).then(|| {
            let seconds = EVERY.as_secs_f64() * busiest as f64;
            format!(
                "for {seconds:.0} s the load test took all of its {threads} threads: give it more with --threads, or another machine"
            )
        })
    }

    /// CPU-seconds of this program.
    pub(super) fn client_seconds(&self) -> f64 {
        self.state.lock().client.seconds().unwrap_or_default()
    }

    /// CPU-seconds of the hub.
    pub(super) fn hub_seconds(&self) -> Option<f64> {
        let state = self.state.lock();
        state.hub_last_seconds.map(|seconds| seconds + state.hub_seconds)
    }

    /// Memory of the hub at its highest, in bytes.
    pub(super) fn hub_memory(&self) -> Option<u64> {
        self.state.lock().hub_memory
    }
}
