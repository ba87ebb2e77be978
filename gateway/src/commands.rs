//! The commands of `navette`, one file each.

mod admin;
mod capacity;
mod check_config;
mod init;
mod migrate;
mod retention;
mod sandbox;
mod schema;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::configuration::ConfigurationError;
use crate::demo;

/// The exchange hub between those who put procedures online and those who process the requests.
#[derive(Debug, Parser)]
#[command(name = "navette", version = crate::VERSION, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the main job on a hub of its own: deposit, deliver, answer, kill, restart.
    Demo {
        /// Deposit the files of this folder instead of a synthetic certificate of death.
        #[arg(long, value_name = "DIR")]
        files: Option<PathBuf>,
        /// Show it where this configuration says, such as on a cluster, instead of in a temporary directory. Only where there is nothing
        /// yet, or what a demo or a sandbox left: it brings its own partners.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Leave the hub running, with three curl lines to paste.
        #[arg(long)]
        keep: bool,
    },
    /// Run a hub with ready-made partners, to develop and to test against.
    Sandbox(sandbox::Options),
    /// Run the hub.
    Serve {
        /// The configuration file; `navette init` writes one.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Say what is wrong with a configuration.
    CheckConfig {
        /// The configuration file.
        #[arg(value_name = "FILE")]
        config: PathBuf,
    },
    /// Administer a running hub.
    Admin(admin::Options),
    /// Show what a running hub uses of each of its limits, which is reached first, and how much is left until then.
    Capacity(capacity::Options),
    /// Show what retention will do in a running hub, and when: a line each, with time, action, what and which folder.
    Retention(retention::Options),
    /// Move everything from this machine to a cluster, or back: resumable, and compared by digest at the end.
    Migrate(migrate::Options),
    /// Show what the tables of a cluster lack, or bring them up to date.
    #[command(subcommand)]
    Schema(schema::Action),
    /// Write a commented configuration, and show the first ADMIN credential, once.
    Init {
        /// Where the configuration and the data go.
        #[arg(long, value_name = "DIR", default_value = ".")]
        directory: PathBuf,
        /// Take this configuration instead of writing one: for a cluster, or for data that shall lie elsewhere.
        #[arg(long, value_name = "FILE", conflicts_with = "directory")]
        config: Option<PathBuf>,
    },
}

/// What a command ends with when the configuration, or the command line, is not right.
const WRONG_CONFIGURATION: u8 = 2;

/// Runs the command that the arguments of the process name.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Demo { files, config, keep } => {
            on_runtime(async move { demo::run(&demo::Options { files, config, keep }).await })
        }
        Command::Sandbox(options) => on_runtime(sandbox::run(options)),
        Command::Serve { config } => on_runtime(serve::run(config)),
        Command::CheckConfig { config } => check_config::run(&config),
        Command::Admin(options) => on_runtime(admin::run(options)),
        Command::Capacity(options) => on_runtime(capacity::run(options)),
        Command::Retention(options) => on_runtime(retention::run(options)),
        Command::Migrate(options) => on_runtime(migrate::run(options)),
        Command::Schema(action) => on_runtime(schema::run(action)),
        Command::Init { directory, config } => on_runtime(init::run(directory, config)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("navette: {error:#}"));
            ExitCode::from(if error.is::<ConfigurationError>() { WRONG_CONFIGURATION } else { 1 })
        }
    }
}

fn on_runtime(future: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}

#[expect(clippy::print_stderr, reason = "the last word of a command is for whoever called it")]
fn say(message: &str) {
    eprintln!("{message}");
}

/// Standard output of a command that was asked for it.
fn show(text: &str) {
    use std::io::Write as _;
    // Whoever closed the other end, as `head` does, has read enough.
    writeln!(std::io::stdout(), "{text}").ok();
}
