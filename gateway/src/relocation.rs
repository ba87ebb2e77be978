//! `navette migrate`: everything from this machine to a cluster, or back, while no hub uses either.
//!
//! What moves, and how, is in `navette_storage::relocation`. Here is what must be true before: that nobody is at work, that the
//! destination is empty or belongs to this very move, that secrets will be accepted there.

mod conditions;

use std::num::NonZeroUsize;

use anyhow::{Context as _, Result, bail};
use navette_router::ports::Attachments;
use navette_storage::cluster;
use navette_storage::embedded::{attachments as files, store as machine};
use navette_storage::relocation::{Journey, Measured, Options, Progress, Relocatable, Report, Side, measure, verify};

use crate::backend;
use crate::backend::half_moved::ENDED;
use crate::configuration::{Backend, Configuration};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Copy what is not copied yet, then compare.
    Move,
    /// Compare, and write nothing.
    Compare,
    /// Say what would be moved.
    Foresee,
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// Both sides were compared.
    Compared(Box<Report>),
    /// This is what there is.
    Foreseen(Box<Measured>),
}

type Machine = Side<machine::Store, files::Attachments>;
type Cluster = Side<cluster::Store, cluster::Attachments>;

/// Does the task, from one backend to the other.
///
/// # Errors
/// A sentence that says what is in the way and what to do about it. Done again, it goes on from where it stands.
pub async fn run(
    configuration: &Configuration,
    (from, to): (Backend, Backend),
    task: Task,
    folders_in_flight: NonZeroUsize,
    progress: &Progress,
) -> Result<Outcome> {
    let configuration = configuration.clone().on(Backend::Cluster)?;
    let options = options(&configuration, folders_in_flight);
    conditions::nobody_is_at_work(&configuration).await?;
    match (from, to, task) {
        (Backend::Embedded, Backend::Cluster, Task::Foresee) => {
            conditions::schema_is_applied(&configuration).await?;
            foreseen(&conditions::with_data(&configuration).await?, options, progress).await
        }
        (Backend::Cluster, Backend::Embedded, Task::Foresee) => {
            foreseen(&conditions::complete_cluster(&configuration).await?, options, progress).await
        }
        (Backend::Embedded, Backend::Cluster, Task::Compare) => {
            let from = conditions::with_data(&configuration).await?;
            compared(&from, &conditions::cluster(&configuration).await?, options, progress).await
        }
        (Backend::Cluster, Backend::Embedded, Task::Compare) => {
            let from = conditions::complete_cluster(&configuration).await?;
            compared(&from, &conditions::with_data(&configuration).await?, options, progress).await
        }
        (Backend::Embedded, Backend::Cluster, Task::Move) => to_cluster(&configuration, options, progress).await,
        (Backend::Cluster, Backend::Embedded, Task::Move) => to_machine(&configuration, options, progress).await,
        (Backend::Embedded, Backend::Embedded, _) | (Backend::Cluster, Backend::Cluster, _) => {
            bail!("--to: is the same as --from; name the other one")
        }
    }
}

/// An entry has room for what its fields say; half of it is left for what goes around them.
fn options(configuration: &Configuration, folders_in_flight: NonZeroUsize) -> Options {
    let storage = &configuration.storage;
    let largest = [storage.journal.entry_max_bytes, storage.cluster.entry_max_bytes, storage.cluster.batch_max_bytes];
    let least = largest.iter().map(|size| size.as_usize()).min().unwrap_or_default();
    Options { folders_in_flight: folders_in_flight.get(), entry_bytes: least / 2 }
}

async fn foreseen<S: Relocatable, A: Attachments>(
    side: &Side<S, A>,
    options: Options,
    progress: &Progress,
) -> Result<Outcome> {
    let measured = Box::pin(measure(side, options, progress)).await?;
    Ok(Outcome::Foreseen(Box::new(measured)))
}

async fn compared<F: Relocatable, FA: Attachments, T: Relocatable, TA: Attachments>(
    from: &Side<F, FA>,
    to: &Side<T, TA>,
    options: Options,
    progress: &Progress,
) -> Result<Outcome> {
    let report = Box::pin(verify(from, to, options, progress)).await?;
    Ok(Outcome::Compared(Box::new(report)))
}

/// From this machine to a cluster.
async fn to_cluster(configuration: &Configuration, options: Options, progress: &Progress) -> Result<Outcome> {
    let directory = &configuration.storage.directory;
    let from = conditions::with_data(configuration).await?;
    let (master, path) = conditions::master_key(configuration)?;
    let to = conditions::cluster(configuration).await?;
    let (state, is_resumed) = conditions::state(directory, (&from.store, "embedded"), (&to.store, "cluster")).await?;
    // Before the cluster knows: a move that is known there and not here could not be taken up again.
    state.write(directory)?;
    conditions::is_this_move(&to.store, &state).await?;
    backend::cluster::agree(&to.store, backend::cluster::MASTER_KEY, &master, &path).await?;
    let id = state.id.to_string();
    let mut journey = Journey::new(&from, &to, options, progress, (directory.as_path(), state), is_resumed);
    Box::pin(journey.run()).await?;
    let report = Box::pin(verify(&from, &to, options, progress)).await?;
    if report.is_same() {
        to.store.agree(ENDED, &id).await.context("the end of the move cannot be written down")?;
        journey.end(report.source.digest()).await?;
    }
    Ok(Outcome::Compared(Box::new(report)))
}

/// From a cluster to this machine.
async fn to_machine(configuration: &Configuration, options: Options, progress: &Progress) -> Result<Outcome> {
    let directory = &configuration.storage.directory;
    let from = conditions::complete_cluster(configuration).await?;
    conditions::has_the_key_of(&from.store, configuration).await?;
    let to = conditions::machine(configuration).await?;
    let (state, is_resumed) = conditions::state(directory, (&from.store, "cluster"), (&to.store, "embedded")).await?;
    let mut journey = Journey::new(&from, &to, options, progress, (directory.as_path(), state), is_resumed);
    Box::pin(journey.run()).await?;
    let report = Box::pin(verify(&from, &to, options, progress)).await?;
    if report.is_same() {
        journey.end(report.source.digest()).await?;
    }
    Ok(Outcome::Compared(Box::new(report)))
}
