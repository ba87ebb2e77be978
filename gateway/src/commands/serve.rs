//! `navette serve`.

use std::path::PathBuf;

use anyhow::Result;

use crate::configuration::Configuration;
use crate::{logging, service::Service};

pub(super) async fn run(config: PathBuf) -> Result<()> {
    let configuration = Configuration::load(&config)?;
    configuration.check_paths()?;
    logging::init(&configuration.log)?;
    Service::start(configuration).await?.serve().await
}
