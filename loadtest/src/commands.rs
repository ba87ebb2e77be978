//! The commands of `navette-load`.

mod compare;
mod dossier;
mod interruption;
mod knee;
mod output;
mod poll;
mod preparation;
mod profiles;
mod rehearse;
mod run;
mod settings;
mod writable;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::results::Verdict;

/// What the program ends with when nothing could be judged because of how it was called.
const CANNOT_START: u8 = 2;

/// Replays the traffic of an exchange hub, and judges what becomes of every dossier.
///
/// The exit code is the verdict: 0 when every objective is met, 1 when one is not, 2 when nothing could be begun, 3 when nobody can say
/// (interrupted, or the load test itself was the limit).
#[derive(Debug, Parser)]
#[command(name = "navette-load", version = crate::VERSION)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts a hub of its own and replays a three-minute deadline: the one command to try it.
    Rehearse(rehearse::Options),
    /// Replays a profile against a hub.
    Run(run::Options),
    /// Finds the highest rate at which a hub meets the objectives of a profile.
    Knee(knee::Options),
    /// Compares the results of two runs.
    Compare(compare::Options),
    /// Reads empty inboxes as fast as it can: what the hub, or this program, can do at most.
    Poll(poll::Options),
    /// Lists the profiles that are built in, or writes one out to be changed.
    Profiles(profiles::Options),
    /// Says what a dossier of a profile is, and makes its files again.
    Dossier(dossier::Options),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match perform(arguments.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            complain(&format!("navette-load: {error:#}"));
            let insisted = error.is::<interruption::Insisted>();
            ExitCode::from(if insisted { Verdict::Undecided.exit_code() } else { CANNOT_START })
        }
    }
}

fn perform(command: Command) -> Result<u8> {
    match command {
        Command::Rehearse(options) => {
            settings::on_runtime(options.settings.threads, |threads| rehearse::run(options, threads))
        }
        Command::Run(options) => settings::on_runtime(options.settings.threads, |threads| run::run(options, threads)),
        Command::Knee(options) => settings::on_runtime(options.settings.threads, |threads| knee::run(options, threads)),
        Command::Poll(options) => settings::on_runtime(options.threads, |threads| poll::run(options, threads)),
        Command::Compare(options) => compare::run(&options),
        Command::Profiles(options) => profiles::run(&options),
        Command::Dossier(options) => dossier::run(&options),
    }
}

/// Says something on the standard output. Whoever no longer listens to it is told by the exit code.
fn show(text: &str) {
    writeln!(std::io::stdout(), "{text}").ok();
}

/// Says something on the standard error. A terminal may have gone away meanwhile.
fn complain(text: &str) {
    writeln!(std::io::stderr(), "{text}").ok();
}
