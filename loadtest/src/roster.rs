//! Who takes part: organizations and desks, and what each dossier is. All of it follows from the profile and a number.

use crate::content::Content;
use crate::geography::{self, Place, Weighted};
use crate::profile::{Audience, Behaviour, ProcessPlan, Profile};
use crate::random::Random;

const DOSSIER: u64 = 0x646f_7373;
const CONTENT: u64 = 0x636f_6e74;
const DESK: u64 = 0x6465_736b;
/// Operators that hear of a change of address, on average, besides two communes.
const OPERATORS_MEAN: f64 = 5.0;
/// Where the numbers of those that have no place on the map begin.
const MINISTRIES: u64 = 200_000;
const OPERATORS: u64 = 300_000;
const IDLE: u64 = 400_000;
const OWNERS: u64 = 500_000;

/// Somebody with an inbox: an organization and a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Desk {
    /// Which organization.
    pub(crate) organization: usize,
    /// Which process.
    pub(crate) process: usize,
    /// How it behaves.
    pub(crate) temper: Temper,
}

/// How a recipient behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Temper {
    /// Looks now and then, and takes what is there.
    Prompt,
    /// Waits before each request, and reads slowly.
    Slow,
    /// Comes only once everything was deposited.
    Dead,
    /// Looks again at once, always.
    Greedy,
    /// Never receives anything.
    Idle,
}

/// Who takes part.
#[derive(Debug)]
pub(crate) struct Roster {
    /// Recipients.
    pub(crate) organizations: Vec<Place>,
    /// Depositors: one for each process.
    pub(crate) owners: Vec<Place>,
    /// What is deposited.
    pub(crate) processes: Vec<ProcessPlan>,
    /// Inboxes.
    pub(crate) desks: Vec<Desk>,
    seed: u64,
    behaviour: Behaviour,
    mix: Weighted,
    communes: Weighted,
    departments: Weighted,
    audiences: Vec<Desks>,
}

/// Where the desks of a process are: the first one, and how many are of whom.
#[derive(Debug, Clone, Copy, Default)]
struct Desks {
    first: usize,
    places: usize,
    operators: usize,
}

/// A dossier: everything about it follows from the seed and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dossier {
    /// Its number.
    pub(crate) number: u64,
    /// Of which process.
    pub(crate) process: usize,
    /// One case for each of these desks, all different.
    pub(crate) desks: Vec<usize>,
    /// Its files.
    pub(crate) files: Vec<Content>,
    /// Whether files are sent with their digest.
    pub(crate) digest: bool,
    /// Whether somebody watches until it is visible.
    pub(crate) watched: bool,
}

impl Roster {
    /// Those of a profile.
    pub(crate) fn of(profile: &Profile) -> Self {
        let world = &profile.world;
        let groups = [
            geography::communes(world.communes),
            geography::departments(world.departments),
            geography::others(world.ministries, 'M', "Ministère", MINISTRIES),
            geography::others(world.operators, 'O', "Opérateur", OPERATORS),
            geography::others(world.idle_pollers, 'P', "Sans dossier", IDLE),
        ];
        let weights = |group: &[Place]| Weighted::new(group.iter().map(|place| place.population as f64));
        let [communes, departments, ..] = &groups;
        let (communes, departments) = (weights(communes), weights(departments));
        let mut first = 0;
        let ranges = groups.each_ref().map(|group| {
            let range = first..first + group.len();
            first = range.end;
            range
        });
        let [of_communes, of_departments, of_ministries, of_operators, of_idle] = ranges;
        let (mut desks, mut audiences) = (Vec::new(), Vec::new());
        for (process, plan) in profile.processes.iter().enumerate() {
            let (places, operators) = match plan.recipients {
                Audience::Commune => (of_communes.clone(), 0..0),
                Audience::Department => (of_departments.clone(), 0..0),
                Audience::Ministry => (of_ministries.clone(), 0..0),
                Audience::Movers => (of_communes.clone(), of_operators.clone()),
            };
            audiences.push(Desks { first: desks.len(), places: places.len(), operators: operators.len() });
            for organization in places.chain(operators) {
                let temper = temper(profile, desks.len());
                desks.push(Desk { organization, process, temper });
            }
        }
        desks.extend(of_idle.map(|organization| Desk { organization, process: 0, temper: Temper::Idle }));
        Self {
            organizations: groups.into_iter().flatten().collect(),
            owners: geography::others(profile.processes.len(), 'L', "Dépositaire", OWNERS),
            processes: profile.processes.clone(),
            desks,
            seed: profile.seed,
            behaviour: profile.behaviour.clone(),
            mix: Weighted::new(profile.processes.iter().map(|process| process.weight)),
            communes,
            departments,
            audiences,
        }
    }

    /// The dossier of this number.
    pub(crate) fn dossier(&self, number: u64) -> Dossier {
        let mut random = Random::of(self.seed, DOSSIER, number);
        let process = self.mix.draw(&mut random);
        let (Some(plan), Some(audience)) = (self.processes.get(process), self.audiences.get(process)) else {
            unreachable!("the mix is of the processes")
        };
        let desks = self.recipients(plan, *audience, &mut random);
        let (fewest, most) = plan.files;
        let count = fewest + random.below(most - fewest + 1);
        let files = (0..count).map(|file| {
            let size = size(plan, &mut random);
            Content::new(Random::of(self.seed, CONTENT, number.wrapping_mul(128).wrapping_add(file)).next(), size)
        });
        let files = files.collect();
        let digest = random.happens(self.behaviour.digest);
        let watched = random.happens(self.behaviour.watched);
        Dossier { number, process, desks, files, digest, watched }
    }

    fn recipients(&self, plan: &ProcessPlan, desks: Desks, random: &mut Random) -> Vec<usize> {
        let commune = |random: &mut Random| desks.first + self.communes.draw(random);
        match plan.recipients {
            Audience::Commune => vec![commune(random)],
            Audience::Department => vec![desks.first + self.departments.draw(random)],
            Audience::Ministry => vec![desks.first + index(random, desks.places)],
            Audience::Movers => {
                let left = commune(random);
                let mut entered = commune(random);
                if entered == left {
                    entered = desks.first + (left - desks.first + 1) % desks.places;
                }
                let mut all = vec![left, entered];
                if desks.operators > 0 {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "bounded by the operators"
                    )]
                    let hear = ((random.exponential() * OPERATORS_MEAN) as usize).min(desks.operators);
                    let from = index(random, desks.operators);
                    all.extend((0..hear).map(|offset| desks.first + desks.places + (from + offset) % desks.operators));
                }
                all
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "below a usize")]
fn index(random: &mut Random, bound: usize) -> usize {
    random.below(bound as u64) as usize
}

fn temper(profile: &Profile, desk: usize) -> Temper {
    let behaviour = &profile.behaviour;
    let draw = Random::of(profile.seed, DESK, desk as u64).unit();
    if draw < behaviour.slow {
        Temper::Slow
    } else if draw < behaviour.slow + behaviour.dead {
        Temper::Dead
    } else if draw < behaviour.slow + behaviour.dead + behaviour.greedy {
        Temper::Greedy
    } else {
        Temper::Prompt
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped between two sizes")]
fn size(plan: &ProcessPlan, random: &mut Random) -> u64 {
    let size = plan.median.0 as f64 * (plan.sigma * random.normal()).exp();
    (size as u64).clamp(16, plan.largest.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster() -> Roster {
        Roster::of(&Profile::load("election-deadline").unwrap())
    }

    #[test]
    fn everything_about_a_dossier_follows_from_its_number() {
        let (one, other) = (roster(), roster());
        for number in [0, 1, 1_000_000, u64::from(u32::MAX)] {
            assert_eq!(one.dossier(number), other.dossier(number));
        }
        assert_ne!(one.dossier(1).files, one.dossier(2).files);
    }

    #[test]
    fn each_case_has_a_desk_of_its_process_and_no_desk_two() {
        let roster = roster();
        let mut widest = 0;
        for number in 0..20_000 {
            let dossier = roster.dossier(number);
            let mut desks = dossier.desks.clone();
            desks.sort_unstable();
            desks.dedup();
            assert_eq!(desks.len(), dossier.desks.len());
            assert!(desks.iter().all(|desk| roster.desks[*desk].process == dossier.process));
            assert!(desks.iter().all(|desk| roster.desks[*desk].temper != Temper::Idle));
            widest = widest.max(desks.len());
        }
        assert!(widest > 20, "a change of address goes to many: {widest}");
    }
}
