//! Deposits begin: at their time, or one behind the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Options;
use crate::arrivals::{Arrival, Arrivals};
use crate::interruption::Interruption;
use crate::profile::Profile;
use crate::random::Random;
use crate::roles::depositor::{Intended, deposit};
use crate::stage::Stage;

const REPEAT: u64 = 0x7265_7065;

/// Lets deposits begin, and waits for all of them to end, unless somebody asks for the end of it all.
pub(super) async fn arrive(stage: Arc<Stage>, profile: Profile, options: Options, interruption: Interruption) {
    let limit = options.deposits.unwrap_or(u64::MAX);
    let deposits = async {
        match options.closed {
            None => by_the_clock(&stage, &profile, limit, options.in_flight).await,
            Some(clients) => one_behind_the_other(&stage, &profile, limit, clients).await,
        }
    };
    tokio::select! {
        () = deposits => {}
        () = interruption.asked() => {}
    }
}

async fn by_the_clock(stage: &Arc<Stage>, profile: &Profile, limit: u64, in_flight: usize) {
    let permits = Arc::new(Semaphore::new(in_flight));
    for arrival in Arrivals::of(profile).take_while(|arrival| arrival.number < limit) {
        let due = stage.began + arrival.at;
        if Instant::now() < due {
            tokio::time::sleep_until(due.into()).await;
        }
        stage.phase.store(arrival.phase, Ordering::Relaxed);
        stage.measurements.intended(arrival.phase, arrival.at);
        let dossier = stage.roster.dossier(arrival.number);
        stage.judge.open(dossier.desks.len(), arrival.phase);
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            stage.measurements.missed(arrival.phase, arrival.at);
            // Whoever is behind lets the others work.
            tokio::task::yield_now().await;
            continue;
        };
        let intended = Intended { at: arrival.at, phase: arrival.phase, repeated: is_repeated(profile, arrival) };
        let begun = Arc::clone(stage);
        tokio::spawn(async move {
            deposit(begun, dossier, intended).await;
            drop(permit);
        });
        // However many are due at once, an interruption is heard.
        tokio::task::coop::consume_budget().await;
    }
    // Those on their way end by themselves: each of their requests is bounded.
    let all = u32::try_from(in_flight).unwrap_or(u32::MAX);
    permits.acquire_many(all).await.map(drop).ok();
}

async fn one_behind_the_other(stage: &Arc<Stage>, profile: &Profile, limit: u64, clients: usize) {
    let next = Arc::new(AtomicU64::new(0));
    let opening = Arc::new(parking_lot::Mutex::new(()));
    let until = Duration::from_secs_f64(profile.seconds());
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let (stage, next, opening) = (Arc::clone(stage), Arc::clone(&next), Arc::clone(&opening));
        tasks.spawn(async move {
            while stage.began.elapsed() < until {
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

/// Whether an impatient client sends the end of a deposit once more.
fn is_repeated(profile: &Profile, arrival: Arrival) -> bool {
    let share = profile.phases.get(arrival.phase).map_or(0.0, |phase| phase.repeats);
    Random::of(profile.seed, REPEAT, arrival.number).happens(share)
}
