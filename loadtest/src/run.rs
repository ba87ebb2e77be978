//! A run from beginning to end: who is there takes their places, deposits arrive at their time, what waits is taken, and the books are
//! closed.

mod arrive;
mod closing;
mod places;
mod sampler;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::access::Access;
use crate::arrivals::Arrivals;
use crate::chaos::Chaos;
use crate::hub_process::HubProcess;
use crate::interruption::Interruption;
use crate::judge::Ending;
use crate::measure::PhaseMeasures;
use crate::profile::Profile;
use crate::quantity::spoken;
use crate::random::Random;
use crate::results::Results;
use crate::roster::Roster;
use crate::stage::{Pace, Pools, Stage};
use crate::world::{self, Progress};
use closing::End;
pub(crate) use sampler::{Sampler, Snapshot};

const SETTLE_EVERY: Duration = Duration::from_millis(100);

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

impl Options {
    /// The profile as it is replayed, and the options beside it, for whoever wants to repeat it.
    pub(crate) fn configuration(&self, profile: &Profile) -> String {
        let profile = serde_json::to_string_pretty(profile).unwrap_or_default();
        let Self { in_flight, connections, closed, deposits, threads, .. } = self;
        format!(
            "in flight {in_flight}, connections {connections}, threads {threads}, closed {closed:?}, deposits {deposits:?}\n{profile}"
        )
    }
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
    interruption: Interruption,
    hub: String,
}

/// Whether all that was owed had its time to arrive.
#[derive(Debug, PartialEq, Eq)]
enum Settled {
    /// It had, and every inbox was read to its end.
    Wholly,
    /// Not every inbox was, for this reason.
    Unread(String),
    /// Somebody ended it before.
    Interrupted,
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
        interruption: Interruption,
        progress: &Progress,
    ) -> Result<Self> {
        let behaviour = profile.behaviour.clone();
        let roster = Arc::new(Roster::of(&profile));
        let deposits = options.in_flight.max(options.closed.unwrap_or(0));
        let authority = options.authority.as_deref();
        let pools = Pools::new(access, authority, &profile, deposits, options.connections)?;
        let world = world::prepare(&pools.recipients, access, &roster, options.world.as_deref(), progress).await?;
        let duration = Duration::from_secs_f64(profile.seconds());
        let mut random = Random::of(profile.seed, u64::from(std::process::id()), now_nanos());
        let tag: String =
            (0..6).map(|_| char::from(b"abcdefghjkmnpqrstuvwxyz23456789"[random.below(31) as usize])).collect();
        let phases = profile.phases.len();
        let stage = Arc::new(Stage::new(roster, world, behaviour, pools, phases, duration, tag));
        let sampler = Arc::new(Sampler::new(Arc::clone(&stage), options.process, options.threads));
        let version = stage.world.version.as_deref().map_or_else(String::new, |version| format!(", version {version}"));
        let hub = format!("{}{version}", access.teledossiers_url);
        Ok(Self { profile, options, stage, sampler, interruption, hub })
    }

    /// What ends it before its time.
    pub(crate) const fn interruption(&self) -> &Interruption {
        &self.interruption
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
    pub(crate) async fn perform(self, mut hub_process: Option<&mut HubProcess>) -> Result<Outcome> {
        let began = jiff::Timestamp::now();
        let mut roles = places::take_places(&self.stage, &self.profile.world);
        let sampling = tokio::spawn(Arc::clone(&self.sampler).run());
        let (stage, interruption) = (Arc::clone(&self.stage), self.interruption.clone());
        let deposits = arrive::arrive(stage, self.profile.clone(), self.options.clone(), interruption);
        let mut deposits = tokio::spawn(deposits);
        let mut chaos = self.options.chaos.clone();
        chaos.sort_unstable();
        let mut performed = 0;
        tokio::select! {
            ended = &mut deposits => ended.context("deposits broke off")?,
            Err(error) = self.torment(&chaos, hub_process.as_deref_mut(), &mut performed) => return Err(error),
        }
        let settled = self.settle(&mut roles).await;
        sampling.abort();
        let ended = hub_process.and_then(HubProcess::ended);
        let cut_short = settled != Settled::Wholly || ended.is_some();
        let interrupted = settled == Settled::Interrupted;
        let unknown = match (ended, settled, chaos.get(performed)) {
            (Some(how), ..) => Some(format!("the hub ended by itself with {how}")),
            (None, Settled::Unread(why), _) => Some(why),
            (None, Settled::Interrupted, _) | (None, Settled::Wholly, None) => None,
            (None, Settled::Wholly, Some(never)) => {
                Some(format!("{never} was to be done to the hub, and was not: the deposits ended before"))
            }
        };
        chaos.truncate(performed);
        let ending = if cut_short { Ending::CutShort } else { Ending::Settled };
        Ok(closing::close(&self, End { began, chaos, interrupted, ending, unknown }))
    }

    /// Kills the hub at its time, and counts how often it did.
    async fn torment(
        &self,
        chaos: &[Chaos],
        hub_process: Option<&mut HubProcess>,
        performed: &mut usize,
    ) -> Result<()> {
        let Some(process) = hub_process else { return Ok(()) };
        for event in chaos {
            tokio::time::sleep_until((self.stage.began + event.at).into()).await;
            process.kill_and_restart()?;
            self.sampler.follow(process.id());
            *performed += 1;
        }
        Ok(())
    }

    /// Waits until all that is owed has arrived, or nothing more arrives, and every inbox was read once more.
    async fn settle(&self, roles: &mut JoinSet<()>) -> Settled {
        let settled = async {
            self.stage.pace.send_replace(Pace::Draining);
            let drain = self.profile.behaviour.drain.duration();
            self.drained(drain).await;
            self.stage.pace.send_replace(Pace::Sweeping);
            let sweep = async { while roles.join_next().await.is_some() {} };
            let swept = tokio::time::timeout(drain, sweep).await;
            swept.map_or_else(
                |_| Settled::Unread(format!(
                    "not every inbox could be read to its end within {}: what had not arrived may still wait there; make `drain` longer",
                    spoken(drain.as_secs_f64())
                )),
                |()| Settled::Wholly,
            )
        };
        let settled = tokio::select! {
            biased;
            () = self.interruption.asked() => Settled::Interrupted,
            settled = settled => settled,
        };
        roles.abort_all();
        settled
    }

    /// Waits until nothing is owed any more, or nothing has arrived for so long.
    async fn drained(&self, patience: Duration) {
        let (mut owed, mut until) = (u64::MAX, Instant::now() + patience);
        while owed > 0 && Instant::now() < until {
            let now_owed = self.stage.judge.standing().outstanding;
            if now_owed < owed {
                (owed, until) = (now_owed, Instant::now() + patience);
            }
            tokio::time::sleep(SETTLE_EVERY).await;
        }
    }
}

#[expect(clippy::cast_sign_loss, reason = "after 1970")]
fn now_nanos() -> u64 {
    jiff::Timestamp::now().as_nanosecond() as u64
}
