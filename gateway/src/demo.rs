//! `navette demo`: the main job, told step by step against a real hub in a process of its own, which is killed and comes back.

mod callee;
mod fetched;
pub mod files;
mod hub_process;
mod recipients;
mod screen;
mod story;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use callee::Callee;
use hub_process::HubProcess;
use screen::Screen;
use story::Story;

const PROCESS: &str = "CERTDC";
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What the demo is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A folder of files to deposit instead of the synthetic certificate.
    pub files: Option<PathBuf>,
    /// Whether the hub goes on running afterwards.
    pub keep: bool,
}

/// Plays the story. `Err` when anything in it was not as it should be.
pub async fn run(options: &Options) -> Result<()> {
    let began = Instant::now();
    let files = match &options.files {
        Some(folder) => {
            files::from_folder(folder).with_context(|| format!("the files of {} cannot be read", folder.display()))?
        }
        None => files::certificate_of_death(),
    };
    ensure!(!files.is_empty(), "there is no file to deposit; name a folder that holds some");
    let directory =
        tempfile::Builder::new().prefix("navette-demo-").tempdir().context("no temporary directory can be made")?;
    let mut screen = Screen::new();

    screen.title("A hub starts")?;
    let mut hub = HubProcess::start(directory.path(), None).await?;
    screen.note(&format!("listening at {}, data in {}", hub.access().base_url(), directory.path().display()))?;

    let callee = Callee::start().await?;
    let story = Story::new(hub.access())?;
    story.choose_ways(&mut screen, &callee).await?;
    let folder = story.deposit(&mut screen, &files).await?;
    story.town_hall.finds_its_case(&mut screen, &files).await?;
    story.agency.is_called(&mut screen, &callee, &files).await?;
    story.second_hall.fetches(&mut screen, hub.access(), &files).await?;
    story.learn(&mut screen, &folder).await?;
    screen.picture(&story.recipients().map(|recipient| recipient.name), files.len())?;

    screen.title("The server is killed with SIGKILL, and started again")?;
    let address = hub.address().to_owned();
    hub.kill().await?;
    let restarted = Instant::now();
    let mut hub = HubProcess::start(directory.path(), Some(&address)).await?;
    screen.note(&format!("back after {} ms", restarted.elapsed().as_millis()))?;
    let story = Story::new(hub.access())?;
    story.verify(&mut screen, &folder, &files).await?;

    screen.title(&format!("All is well: {:.1} s", began.elapsed().as_secs_f64()))?;
    if options.keep {
        let kept = directory.keep();
        let process = hub.leave_running();
        screen.curl_lines(hub.access(), &story.town_hall.partner, &folder.cases[0], process, &kept)?;
    } else {
        hub.terminate().await?;
    }
    Ok(())
}

/// Where the credentials of a demo's hub are written.
fn credentials_path(directory: &Path) -> PathBuf {
    directory.join("credentials.json")
}
