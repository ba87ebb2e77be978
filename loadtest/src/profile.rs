//! What is to be replayed, as data: phases, processes, recipients and objectives, from a TOML file.

mod behaviour;
mod built_in;
mod check;
mod curve;
mod objective;
mod shape;
mod world_plan;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(crate) use behaviour::Behaviour;
pub(crate) use built_in::BUILT_IN;
pub(crate) use objective::{Count, Known, Measure, Objective};
pub(crate) use shape::Shape;
pub(crate) use world_plan::WorldPlan;

use crate::quantity::{Seconds, Size};

/// Why a profile cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is not there.
    #[error("the profile {0} cannot be read: {1}; `navette-load profiles` lists those that are built in")]
    Unreadable(String, std::io::Error),
    /// It is not TOML, or not these keys.
    #[error("the profile {0} is not understood: {1}")]
    Malformed(String, String),
    /// It cannot be meant.
    #[error("the profile {name} cannot be replayed:\n{}", faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n"))]
    Impossible {
        /// Which one.
        name: String,
        /// All of its faults, each with its key and the remedy.
        faults: Vec<String>,
    },
}

/// What is to be replayed.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// For people.
    pub(crate) title: String,
    /// What it stands for.
    #[serde(default)]
    pub(crate) description: String,
    /// Everything follows from it.
    #[serde(default = "one")]
    pub(crate) seed: u64,
    /// How arrivals lie beside each other.
    #[serde(default)]
    pub(crate) arrivals: Arrivals,
    /// How fast the profile's time passes beside the machine's.
    #[serde(default = "unit")]
    pub(crate) time_warp: f64,
    /// What all rates are multiplied by.
    #[serde(default = "unit")]
    pub(crate) scale: f64,
    /// Weights of the 24 hours of a day, for phases that have `daily = true`.
    #[serde(default)]
    pub(crate) day: Vec<f64>,
    /// Who is there.
    #[serde(default)]
    pub(crate) world: WorldPlan,
    /// How recipients and depositors behave.
    #[serde(default)]
    pub(crate) behaviour: Behaviour,
    /// What is held against the results of all phases together.
    #[serde(default)]
    pub(crate) objectives: Vec<Objective>,
    /// What is deposited.
    #[serde(rename = "process")]
    pub(crate) processes: Vec<ProcessPlan>,
    /// When it is deposited, one phase behind the other.
    #[serde(rename = "phase")]
    pub(crate) phases: Vec<Phase>,
}

/// How arrivals lie beside each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Arrivals {
    /// Independent of each other, as people are: some come together.
    #[default]
    Poisson,
    /// At the same distance.
    Even,
}

/// What is deposited.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessPlan {
    /// Code, unlike that of any process in use.
    pub(crate) code: String,
    /// For people.
    pub(crate) name: String,
    /// How many of the deposits beside the other processes.
    pub(crate) weight: f64,
    /// Who receives.
    pub(crate) recipients: Audience,
    /// The fewest and the most files of a deposit.
    #[serde(default = "one_file")]
    pub(crate) files: (u64, u64),
    /// Half of the files are smaller.
    pub(crate) median: Size,
    /// Deviation of the logarithm of the sizes: 0 when all are alike, 1 when one in six is 2.7 times as large.
    #[serde(default)]
    pub(crate) sigma: f64,
    /// No file is larger.
    #[serde(default = "largest")]
    pub(crate) largest: Size,
}

/// Who receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Audience {
    /// One commune, by its inhabitants.
    Commune,
    /// One département, by its inhabitants.
    Department,
    /// One ministry.
    Ministry,
    /// A change of address: the communes that are left and entered, and a few of the operators.
    Movers,
}

/// A stretch of the profile's time.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phase {
    /// What it is called in the report.
    pub(crate) name: String,
    /// How long it lasts, in the profile's time.
    pub(crate) duration: Seconds,
    /// How many deposits a second, over its time.
    pub(crate) shape: Shape,
    /// Whether the hours of the day weigh on it.
    #[serde(default)]
    pub(crate) daily: bool,
    /// Share of deposits that impatient clients send once more after they were acknowledged: nothing may come of it.
    #[serde(default)]
    pub(crate) repeats: f64,
    /// What is held against its results.
    #[serde(default)]
    pub(crate) objectives: Vec<Objective>,
}

impl Profile {
    /// The profile of a file, or the one that is built in under this name.
    ///
    /// # Errors
    /// With all its faults.
    pub(crate) fn load(name: &str) -> Result<Self, Error> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Self::parse(name, text, Path::new("."));
        }
        let path = PathBuf::from(name);
        let text = std::fs::read_to_string(&path).map_err(|error| Error::Unreadable(name.to_owned(), error))?;
        Self::parse(name, &text, path.parent().unwrap_or_else(|| Path::new(".")))
    }

    /// The profile of this text; curves are looked for in `directory`.
    ///
    /// # Errors
    /// With all its faults.
    pub(crate) fn parse(name: &str, text: &str, directory: &Path) -> Result<Self, Error> {
        let mut profile: Self =
            toml::from_str(text).map_err(|error| Error::Malformed(name.to_owned(), error.to_string()))?;
        let mut faults = profile.faults();
        for phase in &mut profile.phases {
            if let Err(fault) = phase.shape.read(directory) {
                faults.push(format!("phase.{}.shape: {fault}", phase.name));
            }
        }
        if faults.is_empty() { Ok(profile) } else { Err(Error::Impossible { name: name.to_owned(), faults }) }
    }

    /// Checked again after the command line changed it.
    ///
    /// # Errors
    /// With all its faults.
    pub(crate) fn checked(self, name: &str) -> Result<Self, Error> {
        let faults = self.faults();
        if faults.is_empty() { Ok(self) } else { Err(Error::Impossible { name: name.to_owned(), faults }) }
    }

    /// How long it takes on the machine's clock, in seconds, without the end that waits for the last deliveries.
    pub(crate) fn seconds(&self) -> f64 {
        self.phases.iter().map(|phase| phase.duration.0).sum::<f64>() / self.time_warp
    }
}

const fn one() -> u64 {
    1
}

const fn unit() -> f64 {
    1.0
}

const fn one_file() -> (u64, u64) {
    (1, 1)
}

const fn largest() -> Size {
    Size(crate::quantity::MAX_FILE_BYTES)
}

#[cfg(test)]
mod tests;
