//! `navette schema`: the tables of the cluster, forward only.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;

use crate::backend;
use crate::configuration::Configuration;

/// What to do with the tables.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Show the statements that bring the tables of the cluster up to date, and change nothing.
    Plan {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Bring the tables of the cluster up to date. Doing it again, or by two at once, changes nothing more.
    Apply {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

pub(super) async fn run(action: Action) -> Result<()> {
    let (Action::Plan { config } | Action::Apply { config }) = &action;
    let configuration = Configuration::load(config)?;
    let plan = backend::schema_plan(&configuration).await?;
    if plan.is_empty() {
        super::show("the tables are up to date");
        return Ok(());
    }
    match action {
        Action::Plan { .. } => plan.iter().for_each(|statement| super::show(&format!("{};", on_one_line(statement)))),
        Action::Apply { .. } => {
            backend::prepare(&configuration).await?;
            super::show(&format!("the tables are up to date: {} statements", plan.len()));
        }
    }
    Ok(())
}

fn on_one_line(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}
