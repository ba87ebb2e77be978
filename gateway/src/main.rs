//! The `navette` command.

use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use navette_gateway::command_line::{Command, CommandLine};
use navette_gateway::configuration::{Configuration, ConfigurationError};
use navette_gateway::{compose, init, logging};

/// Of a wrong configuration; clap answers a wrong command line with the same.
const WRONG_CONFIGURATION: u8 = 2;

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let wrong_configuration = error.downcast_ref::<ConfigurationError>().is_some();
            say(&mut std::io::stderr(), format_args!("navette: {error:#}"));
            if wrong_configuration { ExitCode::from(WRONG_CONFIGURATION) } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve { config } => {
            let configuration = checked(config.as_deref())?;
            logging::init(&configuration.log)?;
            runtime()?.block_on(compose::serve(configuration))?;
        }
        Command::CheckConfig { file } => {
            checked(Some(&file))?;
            say(&mut std::io::stdout(), format_args!("{} is valid", file.display()));
        }
        Command::Init { directory } => {
            let path = init::write_configuration(&directory)?;
            say(
                &mut std::io::stdout(),
                format_args!("{} is written; read it, then: navette serve --config {0}", path.display()),
            );
        }
        Command::Demo(_) | Command::Sandbox(_) => anyhow::bail!("this version of navette holds no hub yet"),
    }
    Ok(())
}

fn checked(path: Option<&Path>) -> Result<Configuration> {
    let configuration = path.map_or_else(Configuration::from_environment, Configuration::load)?;
    configuration.check_paths()?;
    Ok(configuration)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the threads of the hub cannot be started")
}

/// A closed terminal is no reason to fail.
fn say(to: &mut dyn std::io::Write, line: impl Display) {
    drop(writeln!(to, "{line}"));
}
