//! `navette-load rehearse`: a hub of its own, and a deadline of three minutes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use super::complain;
use super::interruption::{listen, unless_asked};
use super::output::Output;
use super::preparation::preparation;
use super::settings::{Extent, Settings};
use crate::access::Access;
use crate::chaos::Chaos;
use crate::hub_process::HubProcess;
use crate::room::{ensure_room, needed_bytes};
use crate::run::Run;

const START_LIMIT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How the rehearsal is made.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Name of a profile that is built in, or a TOML file.
    #[arg(default_value = "rehearsal")]
    profile: String,
    /// The `navette` program; the one beside this program when nothing is said.
    #[arg(long, value_name = "FILE")]
    navette: Option<PathBuf>,
    /// Where the hub keeps its data; below the directory of the program, and gone afterwards, when nothing is said.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What is done to the hub in the middle: kill@90s. May be given several times.
    #[arg(long, value_name = "WHAT@WHEN")]
    chaos: Vec<Chaos>,
    #[command(flatten)]
    extent: Extent,
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
    let mut how = options.settings.options(&options.profile, threads);
    how.chaos = options.chaos;
    options.extent.apply(&mut how);
    let navette = program(options.navette)?;
    ensure_room(options.data.as_deref().unwrap_or(&navette), needed_bytes(&profile, how.deposits))?;
    let mut directory = None;
    let mut process = hub(&navette, options.data.as_deref(), &mut directory)?;
    let (process_id, credentials) = (process.0.id(), process.1);
    how.process = Some(process_id);
    let progress = preparation();
    let run = unless_asked(&interruption, async {
        listening(&mut process.0, &credentials).await?;
        Run::prepare(profile, how, &Access::load(&credentials)?, interruption.clone(), &*progress).await
    });
    let run = Box::pin(run).await?;
    let code = output.perform(run, Some(&mut process.0)).await?;
    process.0.stop().await;
    Ok(code)
}

/// Starts a sandbox on a free port. The directory that is made for it goes when `directory` does.
fn hub(
    navette: &Path,
    data: Option<&Path>,
    directory: &mut Option<tempfile::TempDir>,
) -> Result<(HubProcess, PathBuf)> {
    let below = navette.parent().unwrap_or_else(|| Path::new("."));
    let made = tempfile::Builder::new()
        .prefix("navette-rehearsal-")
        .tempdir_in(below)
        .or_else(|_| tempfile::Builder::new().prefix("navette-rehearsal-").tempdir())
        .context("no directory for the hub's data")?;
    let credentials = made.path().join("credentials.json");
    let data = data.map_or_else(|| made.path().join("data"), Path::to_owned);
    *directory = Some(made);
    // The hub must come back at the same port when it is killed.
    let address =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).context("no free port")?;
    let text =
        |path: &Path| path.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", path.display()));
    let process = HubProcess::start(vec![
        text(navette)?,
        "sandbox".to_owned(),
        "--listen".to_owned(),
        address.to_string(),
        "--data".to_owned(),
        text(&data)?,
        "--credentials".to_owned(),
        text(&credentials)?,
    ])?;
    Ok((process, credentials))
}

/// Waits until the hub has written how to reach it.
///
/// # Errors
/// When it ends instead, or takes too long.
pub(super) async fn listening(process: &mut HubProcess, credentials: &Path) -> Result<()> {
    let began = Instant::now();
    loop {
        let mut reached = false;
        if let Ok(access) = Access::load(credentials) {
            let base = crate::access::base(&access.token_url)?;
            reached = tokio::net::TcpStream::connect(base.authority.as_str()).await.is_ok();
        }
        // Somebody else may listen where this one was to.
        if let Some(status) = process.ended() {
            bail!("the hub ended with {status} before it listened: what it said stands above");
        }
        if reached {
            return Ok(());
        }
        ensure!(began.elapsed() < START_LIMIT, "the hub does not listen after {START_LIMIT:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The `navette` program: as named, or beside this one; built first when this one was started by cargo.
fn program(named: Option<PathBuf>) -> Result<PathBuf> {
    let path = match named {
        Some(path) => path,
        None => std::env::current_exe().context("the path of this program")?.with_file_name("navette"),
    };
    if let (Some(cargo), Some(directory)) = (std::env::var_os("CARGO"), std::env::var_os("CARGO_MANIFEST_DIR")) {
        complain("building the hub (cargo build --release -p navette-gateway)");
        let mut build = Command::new(cargo);
        build.current_dir(directory).args(["build", "--quiet", "-p", "navette-gateway", "--bin", "navette"]);
        if path.parent().is_some_and(|folder| folder.ends_with("release")) {
            build.arg("--release");
        }
        let built = build.status().context("cargo cannot be started")?;
        ensure!(built.success(), "the hub cannot be built");
    }
    ensure!(
        path.is_file(),
        "{} is not there: build it with `cargo build --release -p navette-gateway`, or name it with --navette",
        path.display()
    );
    Ok(path)
}
