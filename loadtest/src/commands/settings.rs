//! What all commands that replay a profile have in common.

use std::future::Future;
use std::num::NonZeroU64;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::machine::cores;
use crate::profile::Profile;
use crate::{run, world};

/// More connections than one machine opens to another.
const COUNT_MAX: usize = 1_000_000;

/// A number of things at a time.
fn count(text: &str) -> Result<usize, String> {
    let given = text.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
    given.ok_or_else(|| format!("give a number from 1 to {COUNT_MAX}"))
}

/// How a profile is replayed.
#[derive(Debug, Clone, Args)]
pub(super) struct Settings {
    /// How fast the profile's time passes: 24 makes a day an hour.
    #[arg(long, value_name = "FACTOR")]
    pub(super) time_warp: Option<f64>,
    /// What all rates are multiplied by.
    #[arg(long, value_name = "FACTOR")]
    pub(super) scale: Option<f64>,
    /// Everything follows from it.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// How many communes take part, the largest first; 34969 is all of them.
    #[arg(long, value_name = "COUNT")]
    pub(super) communes: Option<usize>,
    /// Deposits on their way at a time; what should begin besides is counted as missed.
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = count)]
    pub(super) in_flight: usize,
    /// Connections of recipients at a time; editors have their own.
    #[arg(long, value_name = "COUNT", default_value = "300", value_parser = count)]
    pub(super) connections: usize,
    /// Threads of the load test; half of the cores when nothing is said.
    #[arg(long, value_name = "COUNT")]
    pub(super) threads: Option<usize>,
    /// PEM file of the authority that certifies the hub; those of the machine when nothing is said.
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// Keeps the credentials of the world that was registered at the hub, for the next run; holds secrets.
    #[arg(long, value_name = "FILE")]
    pub(super) world: Option<PathBuf>,
}

/// How much of a profile is replayed, and at whose pace.
#[derive(Debug, Clone, Args)]
pub(super) struct Extent {
    /// For capacity search only: so many deposits at a time, one behind the other, whatever the schedule says.
    #[arg(long, value_name = "COUNT", value_parser = count)]
    closed: Option<usize>,
    /// Ends after so many deposits, if the schedule does not end before.
    #[arg(long, value_name = "COUNT")]
    deposits: Option<NonZeroU64>,
}

impl Extent {
    /// As it was asked for.
    pub(super) fn apply(&self, options: &mut run::Options) {
        options.closed = self.closed;
        options.deposits = self.deposits.map(NonZeroU64::get);
    }
}

impl Settings {
    /// The profile of this name, as it was asked for.
    pub(super) fn profile(&self, name: &str) -> Result<Profile> {
        let mut profile = Profile::load(name)?;
        profile.time_warp = self.time_warp.unwrap_or(profile.time_warp);
        profile.scale = self.scale.unwrap_or(profile.scale);
        profile.seed = self.seed.unwrap_or(profile.seed);
        profile.world.communes = self.communes.unwrap_or(profile.world.communes);
        Ok(profile.checked(name)?)
    }

    /// Makes sure that what is kept for the next run can be kept, before anything is registered.
    ///
    /// # Errors
    /// With the name of the file.
    pub(super) fn check(&self) -> Result<()> {
        self.world.as_deref().map_or(Ok(()), world::ensure_keepable)
    }

    /// How a run is made.
    pub(super) fn options(&self, name: &str, threads: usize) -> run::Options {
        run::Options {
            name: name.to_owned(),
            authority: self.ca.clone(),
            world: self.world.clone(),
            in_flight: self.in_flight,
            connections: self.connections,
            closed: None,
            deposits: None,
            chaos: Vec::new(),
            process: None,
            threads,
            command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" "),
        }
    }
}

/// Runs it on a runtime with so many threads.
///
/// # Errors
/// Those of what is run.
pub(super) fn on_runtime<F: Future<Output = Result<u8>>>(
    threads: Option<usize>,
    run: impl FnOnce(usize) -> F,
) -> Result<u8> {
    let threads = threads.unwrap_or_else(|| cores() / 2).max(1);
    let mut builder = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(threads).enable_all().build().context("no runtime")?;
    let done = runtime.block_on(run(threads));
    // A name that is still being resolved holds nobody up.
    runtime.shutdown_background();
    done
}
