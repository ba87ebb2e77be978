//! `navette-load dossier`: what a number stands for.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use super::settings::Settings;
use super::show;
use crate::quantity::grouped;
use crate::roles::depositor::file_name;
use crate::roster::Roster;

/// Which dossier.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Name of a profile that is built in, or a TOML file.
    profile: String,
    /// Number of the dossier, from 0.
    number: u64,
    /// Writes its files into this directory.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let profile = options.settings.profile(&options.profile)?;
    let roster = Roster::of(&profile);
    let dossier = roster.dossier(options.number);
    let process = roster.processes.get(dossier.process).context("a dossier without a process")?;
    show(&format!(
        "dossier {} of {} (seed {}): {} {}",
        dossier.number, options.profile, profile.seed, process.code, process.name
    ));
    for (index, desk) in dossier.desks.iter().enumerate() {
        let place = roster.desks.get(*desk).and_then(|desk| roster.organizations.get(desk.organization));
        let place = place.context("a case without a recipient")?;
        show(&format!("  case {index}: SI-{}-{} {}", place.siret, place.branch, place.name));
    }
    for (index, content) in dossier.files.iter().enumerate() {
        show(&format!("  {}: {} bytes, SHA-256 {}", file_name(index), grouped(content.size()), content.digest()));
        if let Some(directory) = &options.write {
            let path = directory.join(file_name(index));
            let mut file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
            content
                .pieces()
                .try_for_each(|piece| file.write_all(&piece))
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
    }
    Ok(0)
}
