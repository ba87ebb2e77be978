//! `navette-load run`: a profile against a hub.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::interruption::{listen, unless_asked};
use super::output::Output;
use super::preparation::preparation;
use super::settings::{Extent, Settings};
use crate::access::Access;
use crate::chaos::Chaos;
use crate::hub_process::HubProcess;
use crate::run::Run;

/// How a profile is replayed against a hub.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Name of a profile that is built in, or a TOML file.
    profile: String,
    /// JSON file that names the hub and a credential of the scope ADMIN: what `navette sandbox` writes.
    #[arg(long, value_name = "FILE", default_value = "navette-credentials.json")]
    hub: PathBuf,
    #[command(flatten)]
    extent: Extent,
    /// Command that starts the hub, for --chaos: started with the run, killed and started again.
    #[arg(long, value_name = "COMMAND")]
    server: Option<String>,
    /// What is done to the hub in the middle: kill@90s. May be given several times; needs --server.
    #[arg(long, value_name = "WHAT@WHEN", requires = "server")]
    chaos: Vec<Chaos>,
    /// Process of the hub, to measure what it takes of the machine.
    #[arg(long, value_name = "PROCESS")]
    hub_process: Option<u32>,
    #[command(flatten)]
    pub(super) settings: Settings,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(options: Options, threads: usize) -> Result<u8> {
    let profile = options.settings.profile(&options.profile)?;
    options.settings.check()?;
    let output = options.output.ready().await?;
    let interruption = listen()?;
    let command =
        options.server.as_ref().map(|command| vec!["sh".to_owned(), "-c".to_owned(), format!("exec {command}")]);
    let mut process = command.map(HubProcess::start).transpose()?;
    let mut how = options.settings.options(&options.profile, threads);
    options.extent.apply(&mut how);
    how.chaos = options.chaos;
    how.process = process.as_ref().map(HubProcess::id).or(options.hub_process);
    let progress = preparation();
    let run = unless_asked(&interruption, async {
        if let Some(process) = &mut process {
            super::rehearse::listening(process, &options.hub).await?;
        }
        let access = Access::load(&options.hub)?;
        Run::prepare(profile, how, &access, interruption.clone(), &*progress).await
    });
    let run = Box::pin(run).await?;
    let code = output.perform(run, process.as_mut()).await?;
    if let Some(process) = process {
        process.stop().await;
    }
    Ok(code)
}
