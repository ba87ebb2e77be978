//! A disk that is full: nothing acknowledged is lost, and the hub goes on when there is room again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use http::StatusCode;
use navette_gateway::demo::files::SampleFile;
use tempfile::TempDir;

use crate::hub::{Hub, Setup, eventually, over_http};
use crate::parties::{Depositor, Folder, Must as _, Recipient, note, sha256};

const DISK_BYTES: u64 = 160 << 20;
/// Somebody else's file on the disk, which goes away.
const BALLAST_BYTES: u64 = 48 << 20;
const FILE_BYTES: usize = 300_000;
/// Small enough to travel in the journal.
const SMALL_BYTES: usize = 4_000;
/// So many deposits fill any disk of that size.
const DEPOSITS_MAX: usize = 20_000;
/// So many refusals show that it is full.
const REFUSALS: usize = 20;

/// A small disk of its own, in memory; gone when this is dropped.
struct Disk {
    directory: TempDir,
}

impl Disk {
    /// `None` where nobody lets us mount one.
    fn mount() -> Option<Self> {
        let directory = tempfile::Builder::new().prefix("navette-disk-").tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs"])
            .arg(directory.path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self { directory })
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    fn fill(&self) {
        let file = File::create(self.ballast()).unwrap();
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, BALLAST_BYTES).unwrap();
    }

    fn is_relieved(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: the hub may not be quite gone.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} stays mounted", self.path().display());
        }
    }
}

fn setup(data: &Path) -> Setup {
    over_http()
        .data(data)
        .configured("STORAGE_DISK_FLOOR_BYTES", "24 MiB")
        .configured("STORAGE_VIEW_MEMTABLE_BYTES", "4 MiB")
        .configured("STORAGE_JOURNAL_SEGMENT_BYTES", "4 MiB")
        .configured("STORAGE_JOURNAL_ENTRY_MAX_BYTES", "1 MiB")
        .configured("STORAGE_JOURNAL_SPARE_SEGMENTS", "1")
        .configured("STORAGE_ATTACHMENTS_VOLUME_BYTES", "8 MiB")
        .configured("STORAGE_ATTACHMENTS_VOLUME_MAX_BYTES", "1 MiB")
}

fn file(number: usize, size: usize) -> SampleFile {
    SampleFile { media_type: "application/octet-stream", bytes: vec![(number % 251) as u8; size], ..note("a", "") }
}

/// A deposit, or the status it was refused with.
async fn deposit(depositor: &Depositor, recipient: &Recipient, file: &SampleFile) -> Result<Folder, StatusCode> {
    let files = std::slice::from_ref(file);
    let answer = depositor.partner.announce(&depositor.folder(files, &[recipient])).await.unwrap();
    if answer.status != 201 {
        return Err(answer.status);
    }
    let (id, object) = (crate::parties::text(&answer.json(), "id"), answer.json());
    let (cases, attachments) = (crate::parties::ids(&object["cases"]), crate::parties::ids(&object["attachments"]));
    let bytes = file.bytes.clone().into();
    let answer = depositor.partner.upload(&id, &attachments[0], bytes, Some(&sha256(&file.bytes))).await.unwrap();
    if answer.status != 204 {
        return Err(answer.status);
    }
    let answer = depositor.partner.set_folder_status(&id, "HUBEE_COMPLETED").await.unwrap();
    if answer.status != 204 {
        return Err(answer.status);
    }
    Ok(Folder { id, cases, attachments })
}

/// Deposits of one size, one after the other.
struct Fill<'a> {
    depositor: &'a Depositor,
    recipient: &'a Recipient,
    size: usize,
}

impl Fill<'_> {
    /// What was taken, and how the rest was refused.
    async fn until_refused(&self) -> (Vec<(SampleFile, Folder)>, Vec<StatusCode>) {
        let (mut taken, mut refusals) = (Vec::new(), Vec::new());
        for number in 0..DEPOSITS_MAX {
            let file = file(number, self.size);
            match deposit(self.depositor, self.recipient, &file).await {
                Ok(folder) => taken.push((file, folder)),
                Err(status) => refusals.push(status),
            }
            if refusals.len() == REFUSALS {
                break;
            }
        }
        assert_eq!(refusals.len(), REFUSALS, "the disk never filled; {} deposits", taken.len());
        for status in &refusals {
            assert!(matches!(status.as_u16(), 503 | 507), "{refusals:?}");
        }
        (taken, refusals)
    }
}

async fn all_are_there(hub: &Hub, kept: &[(SampleFile, Folder)]) {
    let recipient = hub.recipient("CERTDC").await;
    for (file, folder) in kept {
        recipient.fetches(&folder.cases[0], std::slice::from_ref(file)).await;
    }
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_room_heals_it() {
    let Some(disk) = Disk::mount() else {
        eprintln!("skipped: a small disk cannot be mounted here; run as root");
        return;
    };
    disk.fill();
    let mut hub = setup(&disk.path().join("data")).start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let mut kept = Vec::new();
    // First the files fill the disk; then what is small enough to travel in the journal, until that has no room either.
    for size in [FILE_BYTES, SMALL_BYTES] {
        let fill = Fill { depositor: &depositor, recipient: &recipient, size };
        let (taken, refusals) = fill.until_refused().await;
        eprintln!("{} files of {size} bytes were taken, then {refusals:?}", taken.len());
        kept.extend(taken);
    }
    assert!(!kept.is_empty());
    assert_eq!(hub.admin("/health/live").await.status, 200);
    assert_eq!(hub.admin("/health/ready").await.status, 503);
    all_are_there(&hub, &kept).await;

    disk.is_relieved();
    for size in [FILE_BYTES, SMALL_BYTES] {
        let file = file(0, size);
        let folder =
            eventually("a deposit is taken again", async || deposit(&depositor, &recipient, &file).await.ok()).await;
        kept.push((file, folder));
    }
    eventually("readiness", async || (hub.admin("/health/ready").await.status == 200).then_some(())).await;
    all_are_there(&hub, &kept).await;

    hub.is_killed().await;
    hub.start_again().await;
    all_are_there(&hub, &kept).await;
    let depositor = hub.depositor("CERTDC").await;
    depositor.partner.get("/notifications").await.must(200);
}
