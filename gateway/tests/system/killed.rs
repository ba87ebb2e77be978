//! Hubs and servers of recipients that are killed while a message is on its way.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use navette_adapter_kit::sshd::{self, Sshd};
use navette_adapter_sftp::server::visit::entries;
use serde_json::json;

use crate::deliveries::{has_them_brought, messages, sftp, starts};
use crate::hub::{Setup, eventually};
use crate::parties::note;

/// Long enough to be seen on its way.
const FILE_BYTES: usize = 16_000_000;

/// How far a message has come when something is killed.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// It was called for.
    Called,
    /// Its first bytes are at the server.
    Begun,
    /// Half of it is.
    Half,
    /// The software can see it.
    Shown,
}

impl Step {
    const ALL: [Self; 4] = [Self::Called, Self::Begun, Self::Half, Self::Shown];

    /// Whether the message, of which nothing else is there, has come so far; or further, when that went by unseen.
    fn is_reached(self, home: &Path, shown_before: usize) -> bool {
        let staged = fs::read_dir(home.join(".navette")).into_iter().flatten().flatten();
        let bytes = staged.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).max();
        let is_shown = zips(home).len() > shown_before;
        match self {
            Self::Called => true,
            Self::Begun => is_shown || bytes.is_some(),
            Self::Half => is_shown || bytes.is_some_and(|bytes| bytes > FILE_BYTES as u64 / 2),
            Self::Shown => is_shown,
        }
    }
}

fn zips(home: &Path) -> Vec<String> {
    messages(home).into_iter().filter(|name| name.ends_with(".zip")).collect()
}

/// The one large file of a message, if the message is whole.
fn large_file(path: &Path) -> Option<Vec<u8>> {
    entries(&fs::read(path).ok()?).ok()?.into_iter().max_by_key(Vec::len)
}

pub(crate) async fn a_message_is_there_once_and_whole_whatever_is_killed(setup: Setup) {
    let Some(program) = sshd::program() else {
        eprintln!("skipped: {} names no sshd; ops/test installs it", sshd::VARIABLE);
        return;
    };
    let mut server = Sshd::start(&program).await;
    let home = server.home();
    let mut hub = starts(setup).await;
    has_them_brought(&hub, &hub.recipient("CERTDC").await, "SFTP", &sftp(&server)).await;
    // What no compressor shrinks, so that it takes its time.
    let mut seed = 88_172_645_463_325_252_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()
    };
    let content: Vec<u8> = (0..FILE_BYTES / 8).flat_map(|_| random()).collect();
    let mut file = note("plan.bin", "");
    (file.media_type, file.bytes) = ("application/octet-stream", content);

    for (number, (step, kills_hub)) in (1..).zip(Step::ALL.into_iter().flat_map(|step| [(step, true), (step, false)])) {
        let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
        let mut folder = depositor.folder(std::slice::from_ref(&file), &[&recipient]);
        folder["externalId"] = json!(format!("FOLDER-{number}"));
        let folder = depositor.announces(&folder).await;
        depositor.sends(&folder, std::slice::from_ref(&file)).await;
        depositor.completes(&folder).await;
        eventually("that it has come so far", async || step.is_reached(&home, number - 1).then_some(())).await;
        if kills_hub {
            hub.is_killed().await;
            hub.start_again().await;
        } else {
            server.crash().await;
        }
        eventually("the message", async || (zips(&home).len() == number).then_some(())).await;
        let path = home.join(format!("FOLDER-{number}-CERTDC-1.zip"));
        assert!(large_file(&path).is_some_and(|bytes| bytes == file.bytes), "{step:?}, {kills_hub}: {path:?}");
    }
    let path = "/navette/v1/deliveries?maxResult=100";
    let arrived = async || {
        let recipient = hub.recipient("CERTDC").await;
        let ledger = recipient.partner.send_to(hub.access.base_url(), http::Method::GET, path, Bytes::new(), &[]).await;
        let ledger = ledger.unwrap().json();
        let rows = ledger["deliveries"].as_array().unwrap().clone();
        (rows.len() == 8 && rows.iter().all(|row| row["state"] == "delivered")).then_some(())
    };
    eventually("a ledger in which each has arrived", arrived).await;
    assert_eq!(zips(&home).len(), 8, "none is there twice");
}
