//! Everything about a profile that cannot be meant, at once.

use super::{Audience, Profile};

const SHARES_AT_MOST: f64 = 1.0;
/// More than any machine sends, so that a slip of the pen is found before the start.
const RATE_MAX: f64 = 1e6;
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
            if !(value.is_finite() && value > 0.0) {
                faults.push(format!("{key}: {value} must be more than 0"));
            }
        }
        if !self.day.is_empty()
            && (self.day.len() != 24
                || self.day.iter().any(|weight| weight.is_nan() || *weight < 0.0)
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
        for process in &self.processes {
            let key = format!("process.{}", process.code);
            let known = process.code.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
            if process.code.is_empty() || process.code.len() > 30 || !known {
                faults.push(format!("{key}.code: give 1 to 30 letters, digits and hyphens"));
            }
            if !(process.weight.is_finite() && process.weight >= 0.0) {
                faults.push(format!("{key}.weight: {} must not be below 0", process.weight));
            }
            if process.files.0 > process.files.1 || process.files.1 > 100 {
                faults.push(format!("{key}.files: give the fewest and the most, at most 100"));
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
                let highest = (0_u32..=100)
                    .map(|part| phase.shape.rate(f64::from(part) / 100.0 * phase.duration.0, phase.duration.0))
                    .fold(0.0, f64::max);
                let rate = highest * self.time_warp * self.scale;
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
        ] {
            if value.0 <= 0.0 {
                faults.push(format!("behaviour.{key}: must be more than 0"));
            }
        }
    }
}
