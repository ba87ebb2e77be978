//! The live view, in a pseudo-terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use tokio::process::{Child, Command};

use crate::fake::{FakeHub, Fault};
use crate::ground::{Ground, HEARS_HANG_UP, PROFILE, eventually};

const CONTROL_C: &[u8] = b"\x03";
const ALTERNATE_SCREEN_LEFT: &str = "\x1b[?1049l";
const CURSOR_SHOWN: &str = "\x1b[?25h";

/// A terminal of 80 columns and 24 rows, and the program that runs in it.
struct Terminal {
    keys: File,
    screen: OwnedFd,
    seen: Arc<Mutex<Vec<u8>>>,
    watched: Arc<AtomicBool>,
    watcher: JoinHandle<()>,
    child: Child,
}

impl Terminal {
    fn start(ground: &Ground) -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let name = ptsname(&keys, Vec::new()).unwrap();
        let screen = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        tcsetwinsize(&screen, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let end = || Stdio::from(screen.try_clone().unwrap());
        // A session of its own, as in a window: it is told when the terminal goes away.
        let mut program = Command::new("setsid");
        program.current_dir(ground.path()).args(["--ctty", "env"]).args(HEARS_HANG_UP);
        program.arg(env!("CARGO_BIN_EXE_navette-load"));
        program.args(["run", "profile.toml", "--hub", "hub.json", "--threads", "1"]);
        program.stdin(end()).stdout(end()).stderr(end()).kill_on_drop(true);
        let child = program.spawn().unwrap();
        let (output, seen) = (File::from(keys.try_clone().unwrap()), Arc::<Mutex<Vec<u8>>>::default());
        let watched = Arc::new(AtomicBool::new(true));
        let (all, goes_on) = (Arc::clone(&seen), Arc::clone(&watched));
        let watcher = std::thread::spawn(move || watch(output, &all, &goes_on));
        Self { keys: File::from(keys), screen, seen, watched, watcher, child }
    }

    /// The window is closed.
    fn goes_away(self) -> Child {
        self.watched.store(false, Ordering::Relaxed);
        self.watcher.join().unwrap();
        self.child
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock()).into_owned()
    }

    async fn shows(&self, text: &str) {
        eventually(text, || self.seen().contains(text)).await;
    }

    fn is_raw(&self) -> bool {
        !tcgetattr(&self.screen).unwrap().local_modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    async fn ended(&mut self) -> Option<i32> {
        ended(&mut self.child).await
    }
}

/// The exit code.
async fn ended(child: &mut Child) -> Option<i32> {
    let status = tokio::time::timeout(std::time::Duration::from_secs(60), child.wait()).await;
    status.expect("it ends").unwrap().code()
}

/// Keeps what is shown, as long as somebody watches.
fn watch(mut output: File, seen: &Mutex<Vec<u8>>, goes_on: &AtomicBool) {
    let look = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let mut buffer = [0; 4_096];
    while goes_on.load(Ordering::Relaxed) {
        let shown = poll(&mut [PollFd::new(&output, PollFlags::IN)], Some(&look)).unwrap() > 0;
        match shown.then(|| output.read(&mut buffer)) {
            None => {}
            Some(Ok(length @ 1..)) => seen.lock().extend_from_slice(&buffer[..length]),
            Some(Ok(0) | Err(_)) => return,
        }
    }
}

async fn long_run() -> Ground {
    let long = PROFILE.replace("duration = \"1s\"", "duration = \"10min\"");
    Ground::new(&long, &format!("http://{}", FakeHub::start(Fault::None).await))
}

#[tokio::test]
async fn control_c_ends_the_live_view_with_a_report_and_gives_the_terminal_back() {
    let ground = long_run().await;
    let mut terminal = Terminal::start(&ground);
    terminal.shows("promises").await;
    assert!(terminal.is_raw());
    terminal.keys.write_all(CONTROL_C).unwrap();
    assert_eq!(terminal.ended().await, Some(3));
    terminal.shows("verdict: undecided").await;
    assert!(!terminal.is_raw() && terminal.seen().contains(ALTERNATE_SCREEN_LEFT));
    assert!(ground.path().join("navette-load-report.html").metadata().unwrap().len() > 0);
}

#[tokio::test]
async fn control_c_once_more_ends_the_live_view_at_once_and_gives_the_terminal_back() {
    let ground = long_run().await;
    let mut terminal = Terminal::start(&ground);
    terminal.shows("promises").await;
    terminal.keys.write_all(&[CONTROL_C, CONTROL_C].concat()).unwrap();
    assert_eq!(terminal.ended().await, Some(3));
    terminal.shows("interrupted twice: no report is written").await;
    assert!(!terminal.is_raw(), "lines and echo as before");
    let seen = terminal.seen();
    let (_, behind) = seen.rsplit_once(ALTERNATE_SCREEN_LEFT).expect("the screen of before is back");
    assert!(seen.contains(CURSOR_SHOWN) && behind.contains("interrupted twice"), "{behind:?}");
    assert!(!seen.contains("verdict:"));
}

#[tokio::test]
async fn a_terminal_that_goes_away_ends_the_run_with_a_report() {
    let ground = long_run().await;
    let terminal = Terminal::start(&ground);
    terminal.shows("promises").await;
    let mut child = terminal.goes_away();
    assert_eq!(ended(&mut child).await, Some(3));
    let report = std::fs::read_to_string(ground.path().join("navette-load-report.html")).unwrap();
    assert!(report.contains("<strong>interrupted</strong>"));
}
