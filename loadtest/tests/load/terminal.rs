//! The live view, in a pseudo-terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use tokio::process::{Child, Command};

use crate::fake::{FakeHub, Fault};
use crate::ground::{Ground, PROFILE, eventually};

const CONTROL_C: &[u8] = b"\x03";
const ALTERNATE_SCREEN_LEFT: &str = "\x1b[?1049l";
const CURSOR_SHOWN: &str = "\x1b[?25h";

/// A terminal of 80 columns and 24 rows, and the program that runs in it.
struct Terminal {
    keys: File,
    screen: OwnedFd,
    seen: Arc<Mutex<Vec<u8>>>,
    child: Child,
}

impl Terminal {
    fn start(ground: &Ground) -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let name = ptsname(&keys, Vec::new()).unwrap();
        let screen = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        tcsetwinsize(&screen, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let end = || Stdio::from(screen.try_clone().unwrap());
        let mut program = Command::new(env!("CARGO_BIN_EXE_navette-load"));
        program.current_dir(ground.path()).args(["run", "profile.toml", "--hub", "hub.json", "--threads", "1"]);
        program.stdin(end()).stdout(end()).stderr(end()).kill_on_drop(true);
        let child = program.spawn().unwrap();
        let (mut output, seen) = (File::from(keys.try_clone().unwrap()), Arc::<Mutex<Vec<u8>>>::default());
        let all = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                all.lock().extend_from_slice(&buffer[..length]);
            }
        });
        Self { keys: File::from(keys), screen, seen, child }
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
        let status = tokio::time::timeout(std::time::Duration::from_secs(60), self.child.wait()).await;
        status.expect("it ends").unwrap().code()
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
