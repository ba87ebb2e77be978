//! One fault, tried on a dossier at each step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::task::JoinSet;

use crate::fault::{Fault, Kind};
use crate::gateway::Parties;
use crate::story::{Outcome, Step, Story};
use crate::world::{JOURNAL_PARTITIONS, World};

/// How long the hub may take to work again once the fault is over, servers that must find each other included.
const RECOVERY_LIMIT: Duration = Duration::from_secs(120);
/// How long a caller waits before it asks again.
const PAUSE: Duration = Duration::from_millis(100);
/// What both gateways set aside at least: two messages of each partition of the journal, and two of the referential's.
const SET_ASIDE_LEAST: u32 = 2 * (JOURNAL_PARTITIONS + 1);

/// How long they may take to read what is in nobody's way.
const SET_ASIDE_LIMIT: Duration = Duration::from_secs(30);

/// What was seen.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) fault: Fault,
    /// How the request of each step ended, and after how long.
    pub(crate) firsts: Vec<(Step, Outcome, Duration)>,
    /// How long it took until every step was done: since the fault began when the hub survives it, else since it ended.
    pub(crate) recovery: Duration,
    /// What must not be.
    pub(crate) findings: Vec<String>,
}

impl Report {
    /// How many findings begin so.
    pub(crate) fn count(&self, word: &str) -> usize {
        self.findings.iter().filter(|finding| finding.starts_with(word)).count()
    }
}

type Told = (Step, Story, Result<(Outcome, Duration)>);

/// Tries a fault. Fails only when the trial itself cannot go on.
pub(crate) async fn run(fault: Fault, world: &mut World, round: usize) -> Result<Report> {
    let mut parties = Arc::new(world.parties().await?);
    let stories = begun(fault, &parties, round).await?;
    let mut findings = Vec::new();

    let mut began = Instant::now();
    if fault.begins.is_zero() {
        fault.begin(world).await?;
        if matches!(fault.kind, Kind::Clock(_)) {
            // It was started again for that, and whoever was connected comes anew.
            (parties, began) = (Arc::new(world.parties().await?), Instant::now());
        }
    }
    let mut attempts = JoinSet::new();
    for (step, mut story) in stories {
        let parties = Arc::clone(&parties);
        attempts.spawn(async move {
            let asked = Instant::now();
            let outcome = story.attempt(step, &parties[0]).await;
            (step, story, outcome.map(|outcome| (outcome, asked.elapsed())))
        });
    }
    if !fault.begins.is_zero() {
        // The instant is what is tried.
        tokio::time::sleep(fault.begins).await;
        began = Instant::now();
        fault.begin(world).await?;
    }
    let ends = began + fault.lasts;
    let (told, recovery) = if fault.is_survived {
        let (told, recovered) = tokio::join!(recover(attempts, fault, &parties), end(fault, world, ends));
        recovered?;
        (told, began)
    } else {
        let told: Vec<Told> = attempts.join_all().await;
        end(fault, world, ends).await?;
        let over = Instant::now();
        (again(told, fault, &parties).await, over)
    };
    let mut firsts = Vec::new();
    let mut last = recovery;
    let mut stories = Vec::new();
    for (step, story, outcome, done, found) in told {
        firsts.push((step, outcome.0, outcome.1));
        last = last.max(done);
        findings.extend(found);
        stories.push((step, story));
    }
    findings.extend(ended(stories, &parties).await);
    if fault.kind == Kind::Poison {
        let set_aside = set_aside(world).await?;
        if set_aside < f64::from(SET_ASIDE_LEAST) {
            findings.push(format!("wrong: {set_aside} messages were set aside"));
        }
    }
    firsts.sort_by_key(|(step, ..)| Step::ALL.iter().position(|other| other == step));
    Ok(Report { fault, firsts, recovery: last - recovery, findings })
}

/// A dossier for each step, at which it stands.
async fn begun(fault: Fault, parties: &Arc<[Parties; 2]>, round: usize) -> Result<Vec<(Step, Story)>> {
    let mut beginning = JoinSet::new();
    for (number, step) in Step::ALL.into_iter().enumerate() {
        let parties = Arc::clone(parties);
        beginning.spawn(async move {
            let mut story = Story::new(format!("{} {round}-{number}", fault.name));
            for (turn, former) in Step::ALL.into_iter().take(number).enumerate() {
                take(&mut story, former, &parties, turn, false).await?;
            }
            Ok((step, story))
        });
    }
    beginning.join_all().await.into_iter().collect()
}

/// Takes one step, through either gateway, however often it has to be asked.
async fn take(story: &mut Story, step: Step, parties: &[Parties; 2], turn: usize, asked: bool) -> Result<()> {
    let began = Instant::now();
    for attempt in turn.. {
        let parties = &parties[attempt % 2];
        // Whoever asked and was not answered looks first; what is asked again when nobody could say may happen twice.
        let happened = if asked || attempt > turn { story.has_happened(step, parties).await? } else { Some(false) };
        match happened {
            Some(true) => return Ok(()),
            Some(false) => {
                let outcome = story.attempt(step, parties).await?;
                if outcome.is_success() && story.has_happened(step, parties).await? == Some(true) {
                    return Ok(());
                }
            }
            None => {}
        }
        ensure!(began.elapsed() < RECOVERY_LIMIT, "lost: {step:?} is not done after {RECOVERY_LIMIT:?}");
        // What is asked again at once would only be refused again.
        tokio::time::sleep(PAUSE).await;
    }
    bail!("{step:?} was never asked")
}

type Done = (Step, Story, (Outcome, Duration), Instant, Vec<String>);

/// Ends the fault at its time.
async fn end(fault: Fault, world: &mut World, at: Instant) -> Result<()> {
    tokio::time::sleep_until(at.into()).await;
    fault.end(world).await.with_context(|| format!("{} does not end", fault.name))
}

/// Whoever was not answered asks again, while the fault lasts.
async fn recover(mut attempts: JoinSet<Told>, fault: Fault, parties: &Arc<[Parties; 2]>) -> Vec<Done> {
    let mut recovering = JoinSet::new();
    while let Some(told) = attempts.join_next().await {
        let parties = Arc::clone(parties);
        let told = told.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        recovering.spawn(async move { until_done(told, fault, &parties).await });
    }
    recovering.join_all().await
}

/// The same once it is over.
async fn again(told: Vec<Told>, fault: Fault, parties: &Arc<[Parties; 2]>) -> Vec<Done> {
    let mut recovering = JoinSet::new();
    for told in told {
        let parties = Arc::clone(parties);
        recovering.spawn(async move { until_done(told, fault, &parties).await });
    }
    recovering.join_all().await
}

async fn until_done((step, mut story, told): Told, fault: Fault, parties: &[Parties; 2]) -> Done {
    let mut findings = Vec::new();
    let outcome = match told {
        Ok(outcome) => outcome,
        Err(error) => {
            findings.push(format!("{error:#}"));
            (Outcome::Broken, Duration::ZERO)
        }
    };
    if !fault.allows(outcome.0) {
        findings.push(format!("wrong: {step:?} ended with {:?} after {:?}", outcome.0, outcome.1));
    }
    // The other gateway first, as a load balancer would.
    if !outcome.0.is_success()
        && let Err(error) = take(&mut story, step, parties, 1, true).await
    {
        findings.push(format!("{error:#}"));
    }
    (step, story, outcome, Instant::now(), findings)
}

/// Goes on with every dossier to its end, and judges the hub by it: what was acknowledged is there, through both gateways.
async fn ended(stories: Vec<(Step, Story)>, parties: &Arc<[Parties; 2]>) -> Vec<String> {
    let mut ending = JoinSet::new();
    for (step, mut story) in stories {
        let parties = Arc::clone(parties);
        ending.spawn(async move {
            let reached = Step::ALL.iter().position(|other| *other == step).unwrap_or_default();
            let happened = story.has_happened(step, &parties[1]).await?;
            // An inbox may show late what it shows; it is asked again like everybody else.
            let is_reading = matches!(step, Step::Find | Step::Learn);
            ensure!(
                happened == Some(true) || is_reading,
                "lost: {step:?} was acknowledged and has not happened: {happened:?}"
            );
            for (turn, next) in Step::ALL.into_iter().enumerate().skip(reached + usize::from(happened == Some(true))) {
                take(&mut story, next, &parties, turn, false).await?;
            }
            for parties in parties.iter() {
                story.judge(parties).await?;
            }
            story.clear(&parties[1]).await
        });
    }
    let ended: Vec<Result<()>> = ending.join_all().await;
    ended.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect()
}

/// How many messages both gateways have set aside, as soon as it is all of them.
async fn set_aside(world: &World) -> Result<f64> {
    const METRIC: &str = "navette_cluster_set_aside_total";
    let began = Instant::now();
    loop {
        let set_aside = world.one.metric(METRIC).await? + world.two.metric(METRIC).await?;
        if set_aside >= f64::from(SET_ASIDE_LEAST) || began.elapsed() > SET_ASIDE_LIMIT {
            return Ok(set_aside);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
