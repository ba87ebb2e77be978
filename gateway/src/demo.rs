//! `navette demo`: the main job, told step by step against a real hub in a process of its own, which is killed and comes back.

mod callee;
mod fetched;
pub mod files;
mod hub_process;
mod look;
mod recipients;
mod screen;
mod story;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::signal::unix::{Signal, SignalKind, signal};

use callee::Callee;
use hub_process::HubProcess;
use screen::Screen;
use story::Story;

use crate::configuration::Configuration;

const PROCESS: &str = "CERTDC";
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What the demo is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A folder of files to deposit instead of the synthetic certificate.
    pub files: Option<PathBuf>,
    /// A configuration that says where the hub keeps everything; a temporary directory when there is none.
    pub config: Option<PathBuf>,
    /// Whether the hub goes on running afterwards.
    pub keep: bool,
}

/// Plays the story. `Err` when anything in it was not as it should be, or when the process was told to stop: the hub goes with it.
pub async fn run(options: &Options) -> Result<()> {
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [interrupt, terminate, hang_up] = &mut signals;
    tokio::select! {
        played = play(options) => played,
        () = told(interrupt) => bail!("interrupted"),
        () = told(terminate) => bail!("told to stop"),
        () = told(hang_up) => bail!("its terminal is gone"),
    }
}

/// Waits for a signal; for ever where the system gives none.
async fn told(signal: &mut std::io::Result<Signal>) {
    match signal {
        Ok(signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

async fn play(options: &Options) -> Result<()> {
    let began = Instant::now();
    let files = match &options.files {
        Some(folder) => {
            files::from_folder(folder).with_context(|| format!("the files of {} cannot be read", folder.display()))?
        }
        None => files::certificate_of_death(),
    };
    ensure!(!files.is_empty(), "there is no file to deposit; name a folder that holds some");
    let config = options.config.as_deref();
    let configuration = config.map(Configuration::load).transpose()?;
    let directory =
        tempfile::Builder::new().prefix("navette-demo-").tempdir().context("no temporary directory can be made")?;
    let data =
        configuration.as_ref().map_or_else(|| directory.path(), |configuration| &configuration.storage.directory);
    let place = look::place(configuration.as_ref(), data);
    let mut screen = Screen::new();

    screen.title("A hub starts")?;
    let mut hub = HubProcess::start(directory.path(), config, None).await?;
    screen.note(&format!("listening at {}, {}", hub.access().base_url(), place))?;

    let callee = Callee::start().await?;
    let story = Story::new(hub.access())?;
    if config.is_some() {
        story.begin_afresh(&mut screen).await?;
    }
    story.choose_ways(&mut screen, &callee).await?;
    let folder = story.deposit(&mut screen, &files).await?;
    story.town_hall.finds_its_case(&mut screen, &files).await?;
    story.agency.is_called(&mut screen, &callee, &folder.cases[1], &files).await?;
    story.second_hall.fetches(&mut screen, hub.access(), &files).await?;
    story.learn(&mut screen, &folder).await?;
    screen.picture(&story.recipients().map(|recipient| recipient.name), files.len())?;

    screen.title("The server is killed with SIGKILL, and started again")?;
    let address = hub.address().to_owned();
    hub.kill().await?;
    let restarted = Instant::now();
    let mut hub = HubProcess::start(directory.path(), config, Some(&address)).await?;
    screen.note(&format!("back after {} ms", restarted.elapsed().as_millis()))?;
    let story = Story::new(hub.access())?;
    story.verify(&mut screen, &folder, &files).await?;

    screen.title(&format!("All is well: {:.1} s", began.elapsed().as_secs_f64()))?;
    if let Some(cluster) = look::cluster(configuration.as_ref()) {
        screen.look_lines(&look::commands(cluster, &folder.id))?;
    }
    if options.keep {
        let kept = directory.keep();
        let process = hub.leave_running();
        screen.curl_lines(hub.access(), &story.town_hall.partner, &folder.cases[0])?;
        screen.note(&format!("Stop it with: kill {process}"))?;
        screen.note(&format!("Its log and all credentials are in {}; {place}", kept.display()))?;
    } else {
        hub.terminate().await?;
    }
    Ok(())
}

/// Where the credentials of a demo's hub are written.
fn credentials_path(directory: &Path) -> PathBuf {
    directory.join("credentials.json")
}
