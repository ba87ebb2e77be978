//! `navette-load profiles`.

use anyhow::{Context as _, Result};
use clap::Args;

use super::show;
use crate::arrivals::Arrivals;
use crate::profile::{BUILT_IN, Profile};
use crate::quantity::{grouped, spoken};

/// Which profile is shown.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Writes this one out, to be changed.
    name: Option<String>,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count for people")]
pub(super) fn run(options: &Options) -> Result<u8> {
    if let Some(name) = &options.name {
        let (_, text) = BUILT_IN.iter().find(|(known, _)| known == name).with_context(|| {
            let names: Vec<&str> = BUILT_IN.iter().map(|row| row.0).collect();
            format!("there is no profile {name}: give one of {}", names.join(", "))
        })?;
        show(text.trim_end());
        return Ok(0);
    }
    for (name, _) in BUILT_IN {
        let profile = Profile::load(name)?;
        let expected = Arrivals::of(&profile).expected() as u64;
        show(&format!("{name:<18} {}", profile.title));
        show(&format!("{:<18} {} dossiers in {}", "", grouped(expected), spoken(profile.seconds())));
        show(&format!("{:<18} {}", "", profile.description));
    }
    Ok(0)
}
