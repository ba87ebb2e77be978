//! `navette migrate`: everything from this machine to a cluster, or back.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::configuration::Backend;

#[cfg(feature = "cluster")]
mod bar;
#[cfg(feature = "cluster")]
mod carry_out;

/// What to move, from where to where.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Where everything is.
    #[arg(long, value_enum)]
    from: Place,
    /// Where it goes; empty, or as an interrupted move left it.
    #[arg(long, value_enum)]
    to: Place,
    /// The configuration file, which describes both: `storage.directory` and `storage.cluster`. No hub may be at work on either.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only say what would be moved.
    #[arg(long, conflicts_with = "verify_only")]
    dry_run: bool,
    /// Only compare both sides, and write nothing.
    #[arg(long)]
    verify_only: bool,
    /// How many folders are copied or compared at a time.
    #[arg(long, value_name = "NUMBER", default_value = "32")]
    folders_in_flight: NonZeroUsize,
}

/// A place where everything can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Place {
    /// The data directory of this machine.
    Embedded,
    /// A Kafka and a Cassandra.
    Cluster,
}

impl From<Place> for Backend {
    fn from(place: Place) -> Self {
        match place {
            Place::Embedded => Self::Embedded,
            Place::Cluster => Self::Cluster,
        }
    }
}

#[cfg(feature = "cluster")]
pub(super) async fn run(options: Options) -> Result<()> {
    Box::pin(carry_out::run(options)).await
}

#[cfg(not(feature = "cluster"))]
#[expect(clippy::unused_async, reason = "with the feature it waits")]
pub(super) async fn run(options: Options) -> Result<()> {
    let _ = (Backend::from(options.from), Backend::from(options.to), options.config, options.folders_in_flight);
    let _ = (options.dry_run, options.verify_only);
    anyhow::bail!(
        "this navette was built without the feature cluster, and knows only one place where everything can be"
    )
}
