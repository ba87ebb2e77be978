//! A run from beginning to end: who is there takes their places, deposits arrive at their time, what waits is taken, and the books are
//! closed.

mod sampler;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use crate::access::Access;
use crate::arrivals::Arrivals;
use crate::chaos::Chaos;
use crate::hub::Hub;
use crate::hub_process::HubProcess;
use crate::machine::{Machine, ensure_descriptors};
use crate::measure::PhaseMeasures;
use crate::profile::Profile;
use crate::random::Random;
use crate::results::{Judgement, PhaseResults, Results, Verdict};
use crate::roles::depositor::{Intended, deposit};
use crate::roles::{owner, recipient};
use crate::roster::{Roster, Temper};
use crate::stage::{Pace, Stage};
use crate::world::{self, Progress};
pub(crate) use sampler::{Sampler, Snapshot};

const REPEAT: u64 = 0x7265_7065;
const SETTLE_EVERY: Duration = Duration::from_millis(100);
/// Version of the results.
const RESULTS_VERSION: u32 = 1;
/// From this delay of one in a hundred deposits on, the load test did not keep its own time.
const DELAY_LIMIT_SECONDS: f64 = 0.25;

/// How a run is made.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Name of the profile, for the report.
    pub(crate) name: String,
    /// The authority that certifies the hub.
    pub(crate) authority: Option<PathBuf>,
    /// Where the credentials of the world are kept.
    pub(crate) world: Option<PathBuf>,
    /// Deposits on their way at a time; what comes besides is missed.
    pub(crate) in_flight: usize,
    /// Connections of recipients at a time.
    pub(crate) connections: usize,
    /// Not by the clock but so many at a time, one behind the other.
    pub(crate) closed: Option<usize>,
    /// No more deposits than that.
    pub(crate) deposits: Option<u64>,
    /// What is done to the hub meanwhile.
    pub(crate) chaos: Vec<Chaos>,
    /// The hub's process, when it is known.
    pub(crate) process: Option<u32>,
    /// Cores that the load test has.
    pub(crate) threads: usize,
    /// How it was called.
    pub(crate) command: String,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Held against the objectives.
    pub(crate) results: Results,
    /// Every digit of it, by phase.
    pub(crate) phases: Vec<PhaseMeasures>,
}

/// A run that is ready to begin.
#[derive(Debug)]
pub(crate) struct Run {
    profile: Profile,
    options: Options,
    /// Where it happens.
    pub(crate) stage: Arc<Stage>,
    /// Looks at it now and then.
    pub(crate) sampler: Arc<Sampler>,
    interrupted: Arc<AtomicBool>,
    hub: String,
}

impl Run {
    /// Registers everybody at the hub, and takes places.
    ///
    /// # Errors
    /// When something is missing that would be missed in the middle.
    pub(crate) async fn prepare(
        profile: Profile,
        options: Options,
        access: &Access,
        progress: &Progress,
    ) -> Result<Self> {
        let behaviour = profile.behaviour.clone();
        let roster = Arc::new(Roster::of(&profile));
        let depositing =
            options.in_flight.max(options.closed.unwrap_or(0)) + roster.processes.len() * owner::CONNECTIONS;
        ensure_descriptors(depositing + options.connections)?;
        let authority = options.authority.as_deref();
        let hub = |connections| Hub::new(access, authority, connections, behaviour.patience.duration());
        let (depositors, recipients) = (hub(depositing)?, hub(options.connections)?);
        let world = world::prepare(&recipients, access, &roster, options.world.as_deref(), progress).await?;
        let duration = Duration::from_secs_f64(profile.seconds());
        let mut random = Random::of(profile.seed, u64::from(std::process::id()), now_nanos());
        let tag: String =
            (0..6).map(|_| char::from(b"abcdefghjkmnpqrstuvwxyz23456789"[random.below(31) as usize])).collect();
        let phases = profile.phases.len();
        let stage = Arc::new(Stage::new(roster, world, behaviour, depositors, recipients, phases, duration, tag));
        let sampler = Arc::new(Sampler::new(Arc::clone(&stage), options.process));
        let version = stage.world.version.as_deref().map_or_else(String::new, |version| format!(", version {version}"));
        let hub = format!("{}{version}", access.teledossiers_url);
        Ok(Self { profile, options, stage, sampler, interrupted: Arc::default(), hub })
    }

    /// What ends it before its time.
    pub(crate) fn interrupter(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupted)
    }

    /// When deposits are to arrive.
    pub(crate) fn arrivals(&self) -> Arrivals {
        Arrivals::of(&self.profile)
    }

    /// Names and ends of the phases, from the start.
    pub(crate) fn phases(&self) -> Vec<(String, Duration)> {
        let mut end = 0.0;
        let phases = self.profile.phases.iter().map(|phase| {
            end += phase.duration.0 / self.profile.time_warp;
            (phase.name.clone(), Duration::from_secs_f64(end))
        });
        phases.collect()
    }

    /// Makes it, and gives what came of it.
    ///
    /// # Errors
    /// When the hub cannot be started again after it was killed.
    pub(crate) async fn perform(self, hub_process: Option<&mut HubProcess>) -> Result<Outcome> {
        let stage = Arc::clone(&self.stage);
        let began_at = jiff::Timestamp::now();
        let mut roles = self.take_places();
        let sampling = tokio::spawn(Arc::clone(&self.sampler).run());
        let mut chaos = self.options.chaos.clone();
        chaos.sort_unstable();
        let deposits = tokio::spawn(arrive(
            Arc::clone(&stage),
            self.profile.clone(),
            self.options.clone(),
            Arc::clone(&self.interrupted),
        ));
        let mut hub_process = hub_process;
        let performed = self.torment(&deposits, &chaos, hub_process.as_deref_mut()).await?;
        deposits.await.context("deposits broke off")?;
        let unknown = self.settle(&mut roles).await;
        sampling.abort();
        let unknown = match chaos.get(performed) {
            Some(never) => Some(format!("{never} was to be done to the hub, and was not: the deposits ended before")),
            None => unknown,
        };
        let ended = hub_process.and_then(HubProcess::ended);
        let unknown = ended.map(|how| format!("the hub ended by itself with {how}")).or(unknown);
        chaos.truncate(performed);
        Ok(self.finish(began_at.to_string(), &chaos, unknown))
    }

    fn take_places(&self) -> JoinSet<()> {
        let stage = &self.stage;
        let mut roles = JoinSet::new();
        for process in 0..stage.roster.processes.len() {
            roles.spawn(owner::listen(Arc::clone(stage), process));
        }
        let world = &self.profile.world;
        let (mut editors, mut alone): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for (index, desk) in stage.roster.desks.iter().enumerate() {
            let held = desk.temper == Temper::Prompt && editors.len() < world.editors * world.desks_per_editor;
            if held { editors.push(index) } else { alone.push(index) }
        }
        for desks in editors.chunks(world.desks_per_editor.max(1)) {
            roles.spawn(recipient::attend(Arc::clone(stage), desks.to_vec()));
        }
        for desk in alone {
            roles.spawn(recipient::attend(Arc::clone(stage), vec![desk]));
        }
        roles
    }

    /// Kills the hub at its time, as long as deposits arrive. How often it did.
    async fn torment(
        &self,
        deposits: &JoinHandle<()>,
        chaos: &[Chaos],
        mut hub_process: Option<&mut HubProcess>,
    ) -> Result<usize> {
        for (performed, event) in chaos.iter().enumerate() {
            let Some(process) = hub_process.as_deref_mut() else { return Ok(performed) };
            while self.stage.began.elapsed() < event.at && !deposits.is_finished() {
                tokio::time::sleep(SETTLE_EVERY).await;
            }
            if deposits.is_finished() {
                return Ok(performed);
            }
            process.kill_and_restart()?;
            self.sampler.follow(process.id());
        }
        Ok(chaos.len())
    }

    /// Waits until all that is owed has arrived, or nothing more arrives. Why nobody can say what has not, if not every inbox was read
    /// to its end.
    async fn settle(&self, roles: &mut JoinSet<()>) -> Option<String> {
        let stage = &self.stage;
        stage.pace.send_replace(Pace::Draining);
        let drain = self.profile.behaviour.drain.duration();
        let interrupted = || self.interrupted.load(Ordering::Relaxed);
        let (mut owed, mut until) = (u64::MAX, Instant::now() + drain);
        while owed > 0 && Instant::now() < until && !interrupted() {
            let now_owed = stage.judge.standing().outstanding;
            if now_owed < owed {
                (owed, until) = (now_owed, Instant::now() + drain);
            }
            tokio::time::sleep(SETTLE_EVERY).await;
        }
        stage.pace.send_replace(Pace::Sweeping);
        let sweep = async { while roles.join_next().await.is_some() {} };
        let unknown = tokio::select! {
            () = sweep => None,
            () = tokio::time::sleep(drain) => Some(format!(
                "not every inbox could be read to its end within {}: what had not arrived may still wait there; make `drain` longer",
                crate::quantity::spoken(drain.as_secs_f64())
            )),
            () = async { while !interrupted() { tokio::time::sleep(SETTLE_EVERY).await } } => None,
        };
        roles.abort_all();
        unknown
    }

    fn finish(self, began: String, chaos: &[Chaos], unknown: Option<String>) -> Outcome {
        let stage = &self.stage;
        let seconds = stage.began.elapsed().as_secs_f64();
        let (standing, findings) = stage.judge.close();
        let judgement = Judgement::of(standing, &findings);
        let taken = stage.measurements.take();
        let (width, timeline) = taken.timeline.finish();
        let phases: Vec<PhaseResults> = self
            .profile
            .phases
            .iter()
            .zip(&taken.phases)
            .zip(0..)
            .map(|((phase, measures), index)| {
                let seconds = phase.duration.0 / self.profile.time_warp;
                PhaseResults::of(&phase.name, seconds, measures, &phase.objectives, &findings.of_phase(index))
            })
            .collect();
        let sum = PhaseMeasures::sum(&taken.phases);
        let total = PhaseResults::of("whole run", seconds, &sum, &self.profile.objectives, findings.total());
        let interrupted = self.interrupted.load(Ordering::Relaxed);
        let limited = self.sampler.limit(self.options.threads).or_else(|| {
            let delay = total.delay.as_ref().map_or(0.0, |delay| delay.p99);
            (self.options.closed.is_none() && delay > DELAY_LIMIT_SECONDS)
                .then(|| format!("one deposit in a hundred began {} behind its time", crate::quantity::spoken(delay)))
        });
        let mut results = Results {
            version: RESULTS_VERSION,
            title: self.profile.title.clone(),
            profile: self.options.name.clone(),
            seed: self.profile.seed,
            tag: stage.tag.clone(),
            began,
            seconds,
            time_warp: self.profile.time_warp,
            scale: self.profile.scale,
            program: format!("navette-load {}", crate::VERSION),
            hub: self.hub.clone(),
            machine: Machine::this(),
            command: self.options.command.clone(),
            configuration: self.configuration(),
            chaos: chaos.iter().map(ToString::to_string).collect(),
            phases,
            total,
            judgement,
            timeline,
            moment_seconds: width.as_secs_f64(),
            slowest: taken.slowest.into_sorted(),
            examples: stage.examples(),
            client_cpu_seconds: self.sampler.client_seconds(),
            hub_cpu_seconds: self.sampler.hub_seconds(),
            hub_memory_bytes: self.sampler.hub_memory(),
            limited,
            unknown,
            interrupted,
            verdict: Verdict::Undecided,
        };
        results.verdict = results.decide();
        Outcome { results, phases: taken.phases }
    }
}

impl Run {
    /// The profile as it was replayed, and the options beside it, for whoever wants to repeat it.
    fn configuration(&self) -> String {
        let profile = serde_json::to_string_pretty(&self.profile).unwrap_or_default();
        let Options { in_flight, connections, closed, deposits, threads, .. } = &self.options;
        format!(
            "in flight {in_flight}, connections {connections}, threads {threads}, closed {closed:?}, deposits {deposits:?}\n{profile}"
        )
    }
}

#[expect(clippy::cast_sign_loss, reason = "after 1970")]
fn now_nanos() -> u64 {
    jiff::Timestamp::now().as_nanosecond() as u64
}

/// Lets deposits begin at their time, and waits for all of them to end.
async fn arrive(stage: Arc<Stage>, profile: Profile, options: Options, interrupted: Arc<AtomicBool>) {
    let permits = Arc::new(Semaphore::new(options.in_flight));
    let limit = options.deposits.unwrap_or(u64::MAX);
    let heard = async {
        while !interrupted.load(Ordering::Relaxed) {
            tokio::time::sleep(SETTLE_EVERY).await
        }
    };
    match options.closed {
        None => arrive_by_the_clock(&stage, &profile, limit, &permits, &interrupted).await,
        Some(clients) => tokio::select! {
            () = arrive_one_behind_the_other(&stage, &profile, limit, clients, &interrupted) => {}
            () = heard => {}
        },
    }
    // Those on their way end by themselves: each of their requests is bounded.
    let all = u32::try_from(options.in_flight).unwrap_or(u32::MAX);
    let ended = permits.acquire_many(all);
    tokio::select! {
        _ = ended => {}
        () = async { while !interrupted.load(Ordering::Relaxed) { tokio::time::sleep(SETTLE_EVERY).await } } => {}
    }
}

async fn arrive_by_the_clock(
    stage: &Arc<Stage>,
    profile: &Profile,
    limit: u64,
    permits: &Arc<Semaphore>,
    interrupted: &AtomicBool,
) {
    for arrival in Arrivals::of(profile).take_while(|arrival| arrival.number < limit) {
        let due = stage.began + arrival.at;
        // No longer than a moment, so that an interruption is heard.
        while Instant::now() < due && !interrupted.load(Ordering::Relaxed) {
            tokio::time::sleep_until(due.min(Instant::now() + SETTLE_EVERY).into()).await;
        }
        if interrupted.load(Ordering::Relaxed) {
            return;
        }
        stage.phase.store(arrival.phase, Ordering::Relaxed);
        stage.measurements.intended(arrival.phase, arrival.at);
        let dossier = stage.roster.dossier(arrival.number);
        stage.judge.open(dossier.desks.len(), arrival.phase);
        let Ok(permit) = Arc::clone(permits).try_acquire_owned() else {
            stage.measurements.missed(arrival.phase, arrival.at);
            // Whoever is behind lets the others work.
            tokio::task::yield_now().await;
            continue;
        };
        let intended = Intended {
            at: arrival.at,
            phase: arrival.phase,
            repeated: repeats(profile, arrival.phase, arrival.number),
        };
        let stage = Arc::clone(stage);
        tokio::spawn(async move {
            deposit(stage, dossier, intended).await;
            drop(permit);
        });
    }
}

async fn arrive_one_behind_the_other(
    stage: &Arc<Stage>,
    profile: &Profile,
    limit: u64,
    clients: usize,
    interrupted: &Arc<AtomicBool>,
) {
    let next = Arc::new(AtomicU64::new(0));
    let opening = Arc::new(parking_lot::Mutex::new(()));
    let until = Duration::from_secs_f64(profile.seconds());
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let (stage, next, opening, interrupted) =
            (Arc::clone(stage), Arc::clone(&next), Arc::clone(&opening), Arc::clone(interrupted));
        tasks.spawn(async move {
            while stage.began.elapsed() < until && !interrupted.load(Ordering::Relaxed) {
                let dossier = {
                    // Dossiers begin in the order of their numbers.
                    let _opening = opening.lock();
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= limit {
                        break;
                    }
                    let dossier = stage.roster.dossier(number);
                    stage.judge.open(dossier.desks.len(), 0);
                    dossier
                };
                let at = stage.began.elapsed();
                stage.measurements.intended(0, at);
                deposit(Arc::clone(&stage), dossier, Intended { at, phase: 0, repeated: false }).await;
            }
        });
    }
    while tasks.join_next().await.is_some() {}
}

fn repeats(profile: &Profile, phase: usize, number: u64) -> bool {
    let share = profile.phases.get(phase).map_or(0.0, |phase| phase.repeats);
    Random::of(profile.seed, REPEAT, number).happens(share)
}
