//! `navette check-config`.

use std::path::Path;

use anyhow::Result;

use crate::configuration::Configuration;

pub(super) fn run(config: &Path) -> Result<()> {
    let configuration = Configuration::load(config)?;
    configuration.check_paths()?;
    super::show(&format!("{} is a good configuration", config.display()));
    Ok(())
}
