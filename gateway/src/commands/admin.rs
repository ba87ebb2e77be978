//! `navette admin`.

mod desk;
mod endpoint;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::admin::{Administrator, Fault, Kind, Plan};
use crate::{partner, system};
use navette_router::model::Timestamp;

/// How many faults are shown; the others are counted.
const FAULTS_SHOWN: usize = 200;
/// A credential that ends within so many days is warned of.
const EXPIRY_WARNED_DAYS: i64 = 30;
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;
/// The width of the bar.
const BAR_CHARS: usize = 40;
/// How often progress is told in a file.
const PROGRESS_STEP: usize = 1_000;

/// With whom.
#[derive(Debug, Args)]
pub(super) struct Access {
    /// The addresses of the hub and a credential of scope ADMIN: a file like the one that the sandbox writes.
    #[arg(long, value_name = "FILE", default_value = "navette-credentials.json", global = true)]
    credentials: PathBuf,
    /// PEM file of the authorities to trust when the hub speaks HTTPS; those of the system when nothing is said.
    #[arg(long, value_name = "FILE", global = true)]
    ca: Option<PathBuf>,
}

/// With whom and what.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    access: Access,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Bring organizations or subscriptions in from a table (CSV). Again, it changes nothing more.
    Import {
        /// What the table holds.
        kind: Table,
        /// The table: a first line with the names of the columns, then one line each.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        /// Import the lines that are right even when others are not.
        #[arg(long)]
        partial: bool,
    },
    /// Write all organizations or subscriptions as a table (CSV) that `import` takes.
    Export {
        /// What the table shall hold.
        kind: Table,
        /// Where to; the standard output when nothing is said.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// The credentials of partners.
    #[command(subcommand)]
    Credentials(Credentials),
    /// Where the cases of a subscription are brought, for those that are not fetched.
    #[command(subcommand)]
    Endpoint(endpoint::Action),
    /// Say where something is, what happened to it, and why it was refused.
    Explain {
        /// The identifier of a folder, a case, an attachment, an event or a notification; or the X-Request-Id of an answer.
        id: String,
        /// As JSON, for a program.
        #[arg(long)]
        json: bool,
    },
    /// Show what administrators did, the latest first: who changed what, from what, to what.
    Log {
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Only what concerns this key: an organization, a process, a subscription, a credential.
        #[arg(long, value_name = "KEY")]
        about: Option<String>,
        /// As JSON, one line each, for a program.
        #[arg(long)]
        json: bool,
    },
    /// Show how the hub is.
    Status,
}

#[derive(Debug, Subcommand)]
enum Credentials {
    /// Show every credential: whose, for what, since when, until when. Never a secret.
    List,
    /// Issue a credential; its secret is shown this once.
    Create {
        /// OSL, SI, ADMIN or DATAPASS.
        #[arg(long)]
        scope: String,
        /// Of whom, such as SI-22770001000019-77372.
        #[arg(long)]
        organization: Option<String>,
        /// For which process.
        #[arg(long)]
        process: Option<String>,
    },
    /// Issue another credential in the place of one, which stays in force for a while.
    Rotate {
        client_id: String,
        /// For how long both are in force.
        #[arg(long, value_name = "HOURS", default_value_t = 72)]
        overlap_hours: u32,
    },
    /// Refuse a credential from now on.
    Revoke { client_id: String },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Table {
    Organizations,
    Subscriptions,
}

impl From<Table> for Kind {
    fn from(table: Table) -> Self {
        match table {
            Table::Organizations => Self::Organizations,
            Table::Subscriptions => Self::Subscriptions,
        }
    }
}

pub(super) async fn run(options: Options) -> Result<()> {
    let administrator = log_in(&options.access).await?;
    match options.action {
        Action::Import { kind, file, dry_run, partial } => {
            import(&administrator, kind.into(), &file, dry_run, partial).await
        }
        Action::Export { kind, file } => export(&administrator, kind.into(), file.as_deref()).await,
        Action::Credentials(action) => credentials(&administrator, action).await,
        Action::Endpoint(action) => endpoint::run(&administrator, action).await,
        Action::Explain { id, json } => desk::explain(&administrator, &id, json).await,
        Action::Log { limit, about, json } => desk::log(&administrator, limit, about.as_deref(), json).await,
        Action::Status => desk::status(&administrator).await,
    }
}

/// The administrator that the command line names.
pub(super) async fn log_in(options: &Access) -> Result<Arc<Administrator>> {
    let path = &options.credentials;
    let bytes = std::fs::read(path).with_context(|| format!("--credentials {} cannot be read", path.display()))?;
    let access: partner::Access = serde_json::from_slice(&bytes)
        .with_context(|| format!("--credentials {} does not hold addresses and credentials", path.display()))?;
    let trusted = Path::new(system::AUTHORITIES);
    let ca = options.ca.as_deref().or_else(|| Some(trusted).filter(|path| path.exists()));
    let ca = ca.filter(|_| access.token_url.starts_with("https"));
    Ok(Arc::new(Administrator::log_in(access, ca).await?))
}

async fn credentials(administrator: &Administrator, action: Credentials) -> Result<()> {
    const PATH: &str = "/credentials";
    match action {
        Credentials::List => {
            let rows = administrator.ask(Method::GET, PATH, &Value::Null, StatusCode::OK).await?;
            for row in rows.as_array().into_iter().flatten() {
                let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
                let used = format!("used {}", row["used_at"].as_str().unwrap_or("never"));
                let columns = [
                    text("client_id"),
                    text("scope"),
                    text("organization"),
                    text("process"),
                    text("issued_at"),
                    used,
                    until(row),
                ];
                super::show(&columns.join("  "));
            }
        }
        Credentials::Create { scope, organization, process } => {
            let body = json!({ "scope": scope, "organization": organization, "process": process });
            show_secret(&administrator.ask(Method::POST, PATH, &body, StatusCode::CREATED).await?);
        }
        Credentials::Rotate { client_id, overlap_hours } => {
            let path = format!("{PATH}/{client_id}/rotate");
            let body = json!({ "overlap_hours": overlap_hours });
            show_secret(&administrator.ask(Method::POST, &path, &body, StatusCode::CREATED).await?);
        }
        Credentials::Revoke { client_id } => {
            let path = format!("{PATH}/{client_id}");
            administrator.ask(Method::DELETE, &path, &Value::Null, StatusCode::NO_CONTENT).await?;
            super::show(&format!("{client_id} is refused from now on"));
        }
    }
    Ok(())
}

/// Until when a credential is in force, with a warning when that is soon.
fn until(row: &Value) -> String {
    let Some(end) = row["expires_at"].as_str().filter(|_| row["revoked_at"].is_null()) else {
        return if row["revoked_at"].is_null() { "-" } else { "revoked" }.to_owned();
    };
    let left = end.parse::<Timestamp>().map(|end| end.milliseconds().saturating_sub(Timestamp::now().milliseconds()));
    match left.map(|left| left.div_euclid(DAY_MILLISECONDS)) {
        Ok(days) if days < 0 => format!("ended {end}"),
        Ok(days) if days < EXPIRY_WARNED_DAYS => format!("{end} ENDS IN {days} DAYS"),
        _ => end.to_owned(),
    }
}

fn show_secret(credential: &Value) {
    let text = |field: &str| credential[field].as_str().unwrap_or("-");
    super::show(&format!(
        "client_id      {}\nclient_secret  {}\nThe secret is shown this once.",
        text("client_id"),
        text("client_secret")
    ));
}

async fn export(administrator: &Administrator, kind: Kind, file: Option<&Path>) -> Result<()> {
    let rows = administrator.list(kind.path()).await?;
    let table = kind.table(&rows)?;
    match file {
        Some(path) => {
            std::fs::write(path, table).with_context(|| format!("{} cannot be written", path.display()))?;
            super::say(&format!("{} rows in {}", rows.len(), path.display()));
        }
        None => super::show(table.trim_end()),
    }
    Ok(())
}

async fn import(
    administrator: &Arc<Administrator>,
    kind: Kind,
    file: &Path,
    dry_run: bool,
    partial: bool,
) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let plan = Plan::make(administrator, kind, &bytes, file.parent().unwrap_or_else(|| Path::new("."))).await?;
    show_faults(&plan.faults);
    let (created, updated, unchanged) = (plan.created(), plan.updated(), plan.unchanged);
    let faulty = !plan.faults.is_empty();
    if dry_run {
        super::show(&format!("would create {created}, change {updated}, leave {unchanged} as they are"));
        if faulty {
            bail!("{} has faults; correct them", file.display());
        }
        return Ok(());
    }
    if faulty && !partial {
        bail!("nothing is imported; correct the file, or import the other lines with --partial");
    }
    let outcome = plan
        .carry_out(administrator, |done, total| {
            progress(done, total);
        })
        .await;
    show_faults(&outcome.faults);
    super::show(&format!("created {}, changed {}, left {unchanged} as they were", outcome.created, outcome.updated));
    if faulty || !outcome.faults.is_empty() {
        bail!("some lines of {} are not imported; correct them and import the file again", file.display());
    }
    Ok(())
}

/// A bar on a terminal, a line now and then in a file.
fn progress(done: usize, total: usize) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        if done.is_multiple_of((total / 200).max(1)) || done == total {
            let filled = (BAR_CHARS * done).checked_div(total).unwrap_or(BAR_CHARS);
            let bar = format!("\r[{}{}] {done} of {total}", "#".repeat(filled), " ".repeat(BAR_CHARS - filled));
            // Whoever closed the terminal does not look at it.
            write!(stderr, "{bar}{}", if done == total { "\n" } else { "" }).ok();
        }
    } else if done.is_multiple_of(PROGRESS_STEP) || done == total {
        super::say(&format!("{done} of {total}"));
    }
}

fn show_faults(faults: &[Fault]) {
    faults.iter().take(FAULTS_SHOWN).for_each(|fault| super::show(&fault.to_string()));
    if faults.len() > FAULTS_SHOWN {
        super::show(&format!("and {} more", faults.len() - FAULTS_SHOWN));
    }
}
