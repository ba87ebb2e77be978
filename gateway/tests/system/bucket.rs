//! A hub on the cluster whose files lie in a bucket, on a real server that speaks S3.

use bytes::Bytes;
use navette_gateway::demo::files::SampleFile;
use navette_storage::conformance::servers::ObjectServer;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::cluster::on_a_cluster;
use crate::hub::{Hub, eventually};
use crate::parties::{Must as _, note, sha256};

const PROCESS: &str = "CERTDC";
/// More than travels in an entry.
const MEDIUM_BYTES: usize = 300_000;
/// More than a part of an upload, which is 8 MiB.
const LARGE_BYTES: usize = 9 << 20;

/// One that travels in its entry, one that is an object, one that is sent in parts.
fn files() -> [SampleFile; 3] {
    let text = |bytes: usize| "navette ".repeat(bytes / 8);
    [note("small.txt", "bonjour"), note("medium.txt", &text(MEDIUM_BYTES)), note("large.txt", &text(LARGE_BYTES))]
}

/// The hub, and where the secret of the bucket is.
async fn hub_with(server: &ObjectServer) -> (Hub, TempDir) {
    let bucket = server.bucket();
    let (access_key, secret) = bucket.login.as_ref().expect("a login");
    let directory = tempfile::Builder::new().prefix("navette-system-").tempdir().unwrap();
    let secret_file = directory.path().join("secret");
    std::fs::write(&secret_file, secret.expose_secret()).unwrap();
    let hub = on_a_cluster()
        .await
        .configured("STORAGE_CLUSTER_BUCKET_NAME", &bucket.name)
        .configured("STORAGE_CLUSTER_BUCKET_ENDPOINT", &server.endpoint())
        .configured("STORAGE_CLUSTER_BUCKET_REGION", &bucket.region)
        .configured("STORAGE_CLUSTER_BUCKET_ACCESS_KEY", access_key)
        .configured("STORAGE_CLUSTER_BUCKET_SECRET_KEY_FILE", &secret_file.to_string_lossy())
        .start()
        .await;
    (hub, directory)
}

async fn objects(server: &ObjectServer, wanted: usize) {
    eventually(&format!("the bucket has {wanted} objects"), async || {
        (server.counts().await == (wanted, 0)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_files_of_a_deposit_lie_in_the_bucket_until_the_folder_goes() {
    let server = ObjectServer::start().await;
    let (mut hub, _secret) = hub_with(&server).await;
    let (depositor, recipient) = (hub.depositor(PROCESS).await, hub.recipient(PROCESS).await);
    let folder = depositor.deposits(&files(), &[&recipient]).await;
    objects(&server, 2).await;
    recipient.fetches(&folder.cases[0], &files()).await;

    hub.is_killed().await;
    hub.start_again().await;
    let (depositor, recipient) = (hub.depositor(PROCESS).await, hub.recipient(PROCESS).await);
    recipient.fetches(&folder.cases[0], &files()).await;

    let unwanted = depositor.announces(&depositor.folder(&files(), &[&recipient])).await;
    depositor.sends(&unwanted, &files()).await;
    objects(&server, 4).await;
    depositor.partner.delete(&format!("/folders/{}", unwanted.id)).await.must(204);
    objects(&server, 2).await;
    recipient.fetches(&folder.cases[0], &files()).await;
}

#[tokio::test]
async fn a_file_that_the_bucket_does_not_take_is_answered_503_and_sent_again() {
    let server = ObjectServer::start().await;
    let (hub, _secret) = hub_with(&server).await;
    let (depositor, recipient) = (hub.depositor(PROCESS).await, hub.recipient(PROCESS).await);
    let files = files();
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    server.removes_its_bucket().await;
    for (file, attachment) in files.iter().zip(&folder.attachments).skip(1) {
        let bytes = Bytes::from(file.bytes.clone());
        depositor.partner.upload(&folder.id, attachment, bytes, Some(&sha256(&file.bytes))).await.must(503);
    }
    server.makes_its_bucket().await;
    depositor.sends(&folder, &files).await;
    depositor.completes(&folder).await;
    objects(&server, 2).await;
    recipient.fetches(&folder.cases[0], &files).await;
}
