//! Everything about a profile that cannot be meant, at once.

use super::{Audience, Profile};
use crate::geography::{COMMUNES_COUNT as COMMUNES, DEPARTMENTS_COUNT as DEPARTMENTS};

const SHARES_AT_MOST: f64 = 1.0;
/// More than any machine sends, so that a slip of the pen is found before the start.
const RATE_MAX: f64 = 1e6;
/// Of time and rates; beyond, somebody slipped.
const FACTOR_MIN: f64 = 1e-6;
const FACTOR_MAX: f64 = 1e9;
/// More people than there are, and each needs memory and a credential.
const PEOPLE_MAX: usize = 1_000_000;
const CASES_OF_MOVERS: usize = 2;

impl Profile {
    /// Each with its key and the remedy.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.check_time(&mut faults);
        self.check_processes(&mut faults);
        self.check_phases(&mut faults);
        self.check_behaviour(&mut faults);
        faults
    }

    fn check_time(&self, faults: &mut Vec<String>) {
        for (key, value) in [("time_warp", self.time_warp), ("scale", self.scale)] {
            if !(FACTOR_MIN..=FACTOR_MAX).contains(&value) {
                faults
                    .push(format!("{key}: {value} must be more than 0, and lie between {FACTOR_MIN} and {FACTOR_MAX}"));
            }
        }
        if !self.day.is_empty()
            && (self.day.len() != 24
                || self.day.iter().any(|weight| !(0.0..=FACTOR_MAX).contains(weight))
                || self.day.iter().sum::<f64>() <= 0.0)
        {
            faults.push(format!("day: give 24 weights, none below 0 and not all 0; there are {}", self.day.len()));
        }
        if self.day.is_empty() && self.phases.iter().any(|phase| phase.daily) {
            faults.push("day: a phase has `daily = true`, so give the weights of the 24 hours".to_owned());
        }
    }

    fn check_processes(&self, faults: &mut Vec<String>) {
        if self.processes.is_empty() {
            faults.push("process: give at least one [[process]]".to_owned());
        }
        let world = &self.world;
        for (name, asked, there) in [
            ("communes", world.communes, COMMUNES),
            ("departments", world.departments, DEPARTMENTS),
            ("ministries", world.ministries, PEOPLE_MAX),
            ("operators", world.operators, PEOPLE_MAX),
            ("editors", world.editors, PEOPLE_MAX),
            ("desks_per_editor", world.desks_per_editor, PEOPLE_MAX),
            ("idle_pollers", world.idle_pollers, PEOPLE_MAX),
        ] {
            if asked > there {
                faults.push(format!("world.{name}: {asked} are asked for, and there are {there} at most"));
            }
        }
        for (index, process) in self.processes.iter().enumerate() {
            let key = format!("process.{}", process.code);
            if self.processes.iter().take(index).any(|former| former.code == process.code) {
                faults.push(format!("{key}.code: stands there twice; give each process a code of its own"));
            }
            let known = process.code.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
            if process.code.is_empty() || process.code.len() > 30 || !known {
                faults.push(format!("{key}.code: give 1 to 30 letters, digits and hyphens"));
            }
            if !(process.weight.is_finite() && process.weight >= 0.0) {
                faults.push(format!("{key}.weight: {} must not be below 0", process.weight));
            }
            if process.files.0 > process.files.1 || !(1..=100).contains(&process.files.1) {
                faults.push(format!("{key}.files: give the fewest and the most, from 1 to 100"));
            }
            if process.median.0 < 16 || process.largest < process.median {
                faults.push(format!("{key}.median: must be at least 16 B and not above `largest`"));
            }
            if !(0.0..=5.0).contains(&process.sigma) {
                faults.push(format!("{key}.sigma: {} must lie between 0 and 5", process.sigma));
            }
            let (there, needed, name) = match process.recipients {
                Audience::Commune => (world.communes, 1, "communes"),
                Audience::Department => (world.departments, 1, "departments"),
                Audience::Ministry => (world.ministries, 1, "ministries"),
                Audience::Movers => (world.communes, CASES_OF_MOVERS, "communes"),
            };
            if there < needed {
                faults.push(format!("world.{name}: {key} needs at least {needed}"));
            }
        }
        if !self.processes.is_empty() && self.processes.iter().map(|process| process.weight).sum::<f64>() <= 0.0 {
            faults.push("process.weight: at least one must be more than 0".to_owned());
        }
    }

    fn check_phases(&self, faults: &mut Vec<String>) {
        if self.phases.is_empty() {
            faults.push("phase: give at least one [[phase]]".to_owned());
        }
        for phase in &self.phases {
            let key = format!("phase.{}", phase.name);
            if phase.duration.0 <= 0.0 {
                faults.push(format!("{key}.duration: must be more than 0"));
            }
            if !(0.0..=SHARES_AT_MOST).contains(&phase.repeats) {
                faults.push(format!("{key}.repeats: {} must lie between 0 and 1", phase.repeats));
            }
            let shape = phase.shape.faults();
            if shape.is_empty() && phase.duration.0 > 0.0 {
                let mean = self.day.iter().sum::<f64>() / 24.0;
                let busiest = if phase.daily { self.day.iter().copied().fold(0.0, f64::max) / mean } else { 1.0 };
                let rate = phase.shape.highest() * busiest * self.time_warp * self.scale;
                if rate > RATE_MAX {
                    faults.push(format!(
                        "{key}.shape: {rate:.0} deposits a second is more than any machine sends; lower the rate, `time_warp` or `scale`"
                    ));
                }
            }
            faults.extend(shape.into_iter().map(|fault| format!("{key}.shape.{fault}")));
        }
    }

    fn check_behaviour(&self, faults: &mut Vec<String>) {
        let behaviour = &self.behaviour;
        let shares = [
            ("slow", behaviour.slow),
            ("dead", behaviour.dead),
            ("greedy", behaviour.greedy),
            ("verify", behaviour.verify),
            ("digest", behaviour.digest),
            ("answered", behaviour.answered),
            ("watched", behaviour.watched),
        ];
        for (key, share) in shares {
            if !(0.0..=SHARES_AT_MOST).contains(&share) {
                faults.push(format!("behaviour.{key}: {share} is a share: it must lie between 0 and 1"));
            }
        }
        if behaviour.slow + behaviour.dead + behaviour.greedy > SHARES_AT_MOST {
            faults.push("behaviour.slow, dead, greedy: together they are more than everybody".to_owned());
        }
        for (key, value) in [("page", behaviour.page), ("parallel", behaviour.parallel)] {
            if value == 0 {
                faults.push(format!("behaviour.{key}: must be at least 1"));
            }
        }
        for (key, value) in [
            ("poll_every", behaviour.poll_every),
            ("idle_poll_every", behaviour.idle_poll_every),
            ("patience", behaviour.patience),
            ("drain", behaviour.drain),
        ] {
            if value.0 <= 0.0 {
                faults.push(format!("behaviour.{key}: must be more than 0"));
            }
        }
    }
}
