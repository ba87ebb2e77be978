//! Kills the hub under load, over and over, and holds it to everything that it acknowledged.
//!
//! Each round starts the program on the data of the former rounds, lets depositors and recipients work, kills it with SIGKILL at
//! a random instant, starts it again and checks: whatever was answered 2xx is there, correct, once; what was deleted stays gone;
//! of what was asked and not answered, everything shows or nothing does. Every acknowledged request stays an obligation until
//! the end. The same seed asks for the same things; when exactly the hub dies depends on the machine.

mod check;
mod content;
mod findings;
mod inboxes;
mod ledger;
mod load;
mod parties;
mod process;
mod random;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Parser;

use findings::Findings;
use ledger::Ledger;
use parties::Parties;
use process::Hub;
use random::Random;

/// After so many rounds the data is new: recovery from little is tried as well as from much.
const ROUNDS_PER_DATA: u64 = 50;
/// How long the load runs before the kill.
const LOAD_MIN: Duration = Duration::from_millis(50);
const LOAD_MAX: Duration = Duration::from_millis(1_500);
/// In one round of so many the hub is also killed while it starts.
const KILL_AT_START_ONE_IN: u64 = 5;
const START_KILL_MAX: Duration = Duration::from_millis(150);
/// How many folders of former rounds are looked at in each.
const OLD_FOLDERS_PER_ROUND: usize = 30;

/// Kills the hub under load and checks what is left.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `navette` program.
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    /// How many times it is killed.
    #[arg(long, default_value_t = 20)]
    rounds: u64,
    /// What decides on the load and on the instants; printed, so that a run can be repeated.
    #[arg(long)]
    seed: Option<u64>,
    /// Where the data goes, and stays; a temporary directory when nothing is said.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.context("no runtime").and_then(|runtime| runtime.block_on(run(&arguments)));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("crash: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "what it found is what it is run for")]
fn say(text: &str) {
    println!("{text}");
}

/// Gives whether nothing was found.
async fn run(arguments: &Arguments) -> Result<bool> {
    let seed = arguments.seed.unwrap_or_else(random::arbitrary_seed);
    say(&format!("crash: seed {seed}, {} rounds", arguments.rounds));
    let findings = Arc::new(Findings::default());
    let mut acknowledged = 0;
    let mut round = 0;
    let mut slowest_start = Duration::ZERO;
    while round < arguments.rounds && findings.is_empty() {
        let last = arguments.rounds.min(round + ROUNDS_PER_DATA);
        let temporary = tempfile::Builder::new().prefix("navette-crash-").tempdir().context("no directory")?;
        let directory = match &arguments.data {
            Some(data) => data.join(format!("rounds-{}-{last}", round + 1)),
            None => temporary.path().to_owned(),
        };
        std::fs::create_dir_all(&directory).with_context(|| format!("{} cannot be made", directory.display()))?;
        let mut history = History {
            program: &arguments.program,
            directory: &directory,
            ledger: Arc::new(Ledger::default()),
            findings: Arc::clone(&findings),
            slowest_start: Duration::ZERO,
        };
        let outcome = history.rounds(seed, round + 1, last).await;
        acknowledged += history.ledger.acknowledged();
        slowest_start = slowest_start.max(history.slowest_start);
        round = match outcome {
            Ok(()) => last,
            Err(error) => {
                // Where it happened is needed to find out why.
                if arguments.data.is_none() {
                    say(&format!("crash: the data stays in {}", temporary.keep().display()));
                }
                return Err(error);
            }
        };
        if !findings.is_empty() && arguments.data.is_none() {
            say(&format!("crash: the data stays in {}", temporary.keep().display()));
        }
    }
    say(&format!(
        "crash: rounds {round}, acknowledged {acknowledged}, {findings}, slowest start {} ms, seed {seed}",
        slowest_start.as_millis()
    ));
    Ok(findings.is_empty())
}

/// The rounds on one data directory.
struct History<'a> {
    program: &'a Path,
    directory: &'a Path,
    ledger: Arc<Ledger>,
    findings: Arc<Findings>,
    slowest_start: Duration,
}

impl History<'_> {
    async fn rounds(&mut self, seed: u64, first: u64, last: u64) -> Result<()> {
        let mut hub = Hub::start(self.program, self.directory).await?;
        for round in first..=last {
            let mut random = Random::of(&[seed, round]);
            let parties = Arc::new(Parties::of(&hub).await?);
            let load = load::begin(&parties, &self.ledger, &self.findings, seed, round);
            tokio::time::sleep(random.duration(LOAD_MIN, LOAD_MAX)).await;
            hub.kill().await?;
            load.join_all().await;

            if random.one_in(KILL_AT_START_ONE_IN) {
                Hub::start_and_kill(self.program, self.directory, random.duration(Duration::ZERO, START_KILL_MAX))
                    .await?;
            }
            let began = Instant::now();
            hub = Hub::start(self.program, self.directory).await.with_context(|| format!("round {round}"))?;
            self.slowest_start = self.slowest_start.max(began.elapsed());
            let parties = Arc::new(Parties::of(&hub).await?);
            let chosen = if round == last {
                self.ledger.all()
            } else {
                self.ledger.touched_and(OLD_FOLDERS_PER_ROUND, &mut random)
            };
            check::folders(&parties, &self.ledger, &self.findings, chosen).await?;
            inboxes::check(&parties, &self.ledger, &self.findings).await?;
            let folders = self.ledger.len();
            say(&format!("round {round}: {folders} folders, {} acknowledged", self.ledger.acknowledged()));
            if !self.findings.is_empty() {
                break;
            }
        }
        hub.kill().await
    }
}
