//! Time passes: what goes, from the disk too, and what stays.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::hub::{Setup, eventually};
use crate::parties::{Must as _, inbox};
use navette_gateway::demo::files::certificate_of_death;

/// What lies beneath a directory, in bytes of disk; nothing when a cluster has the files.
fn disk_bytes(path: &Path) -> u64 {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return 0 };
    if !metadata.is_dir() {
        return metadata.blocks() * 512;
    }
    std::fs::read_dir(path).unwrap().map(|row| disk_bytes(&row.unwrap().path())).sum()
}

pub(crate) async fn files_go_then_cases_are_archived_then_folders_go_and_the_others_stay(setup: Setup) {
    let mut hub = setup.configured("RETENTION_INTERVAL", "20ms").start().await;
    let files = certificate_of_death();
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let closed = depositor.deposits(&files, &[&recipient]).await;
    let open = depositor.deposits(&files, &[&recipient]).await;
    recipient.answers(&closed.cases[0], "CLOSED").await;
    depositor.partner.set_folder_status(&closed.id, "CLOSED").await.must(204);
    let attachments = hub.data().join("attachments");

    hub.is_killed().await;
    let before = disk_bytes(&attachments);
    hub.wakes_up_later(1_000);
    hub.start_again().await;
    hub.metric_becomes("navette_retention_files_deleted_total", 4.0).await;
    hub.metric_becomes("navette_retention_folders_archived_total", 1.0).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    assert_eq!(depositor.sees_attachments(&closed).await, ["DELETED"; 4]);
    let case = recipient.partner.get(&format!("/cases/{}", closed.cases[0])).await.must(200).json();
    assert_eq!(case["status"], "ARCHIVED");
    recipient.fetches(&open.cases[0], &files).await;
    let gone: u64 = files.iter().map(|file| file.bytes.len() as u64).filter(|size| *size > 4_096).sum();
    if before > 0 {
        eventually("the bytes leave the disk", async || (disk_bytes(&attachments) + gone <= before).then_some(()))
            .await;
    }

    hub.is_killed().await;
    hub.wakes_up_later(3_000);
    hub.start_again().await;
    hub.metric_becomes("navette_retention_folders_deleted_total", 1.0).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    depositor.partner.get(&format!("/folders/{}", closed.id)).await.must(404);
    recipient.partner.get(&format!("/cases/{}", closed.cases[0])).await.must(404);
    recipient.fetches(&open.cases[0], &files).await;
    assert!(inbox(&recipient.partner).await.iter().all(|row| row["caseId"] == open.cases[0].as_str()));
}
