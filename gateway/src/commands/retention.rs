//! `navette retention`: what will go, and when.

use anyhow::Result;
use clap::Args;
use http::{Method, StatusCode};
use serde_json::Value;

use super::admin;

/// What to show of whose retention.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    access: admin::Access,
    /// Only say what will be done: the hub does it by itself.
    #[arg(long, required = true)]
    dry_run: bool,
}

pub(super) async fn run(options: Options) -> Result<()> {
    let administrator = admin::log_in(&options.access).await?;
    let mut path = "/retention?maxResult=1000".to_owned();
    loop {
        let page = administrator.ask(Method::GET, &path, &Value::Null, StatusCode::OK).await?;
        for folder in page["folders"].as_array().into_iter().flatten() {
            for due in folder["due"].as_array().into_iter().flatten() {
                let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
                let columns = [text(&due["at"]), text(&due["action"]), text(&due["id"]), text(&folder["folder"])];
                super::show(&columns.join("  "));
            }
        }
        let Some(next) = page["next"].as_str() else { return Ok(()) };
        path = format!("/retention?maxResult=1000&after={next}");
    }
}
