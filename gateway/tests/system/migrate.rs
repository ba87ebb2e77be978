//! `navette migrate` on a real Kafka and a real Cassandra: everything goes there and comes back, however often it is killed.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Output;

use bytes::Bytes;
use http::Method;
use navette_gateway::demo::files::SampleFile;
use navette_storage::conformance::servers::{options, session};
use navette_storage::relocation::State;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::cluster::on_a_cluster;
use crate::hub::{Hub, Setup, eventually, soon};
use crate::mails::asks_for_mail;
use crate::parties::{Folder, Must as _, deals_with, ids, inbox, note, text};

const PROCESS: &str = "CERTDC";
/// Folders that are there beside those of the story, so that a move can be interrupted.
const FOLDERS: usize = 40;

/// Two sides: a directory of this machine, and a cluster that has nothing.
struct Sides {
    setup: Setup,
    directory: TempDir,
}

impl Sides {
    async fn new() -> Self {
        let setup = on_a_cluster().await;
        let mail =
            [("HOST", "127.0.0.1"), ("PORT", "9"), ("PROTECTION", "none"), ("RETRY_FIRST", "1h"), ("RETRY_MAX", "1h")];
        let setup = mail.into_iter().fold(setup, |setup, (key, value)| setup.configured(&format!("MAIL_{key}"), value));
        Self { setup, directory: tempfile::Builder::new().prefix("navette-migrate-").tempdir().unwrap() }
    }

    /// The same with the data of this machine in another directory, which has the keys and nothing else.
    fn elsewhere(&self) -> Self {
        let directory = tempfile::Builder::new().prefix("navette-migrate-").tempdir().unwrap();
        for file in ["master.key", "sealing.key", "sandbox-secrets.json"] {
            std::fs::copy(self.data().join(file), directory.path().join(file)).unwrap();
        }
        Self { setup: self.setup.clone(), directory }
    }

    fn data(&self) -> &Path {
        self.directory.path()
    }

    fn at(&self, backend: &str) -> Setup {
        self.setup.clone().configured("STORAGE_BACKEND", backend).data(self.data())
    }

    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let data = self.data().to_str().unwrap();
        let mut command = self.setup.clone().configured("STORAGE_DIRECTORY", data).command("migrate", self.data());
        command.args(arguments);
        command
    }

    async fn migrates(&self, from: &str, to: &str, more: &[&str]) -> Output {
        let arguments = [&["--from", from, "--to", to], more].concat();
        soon("the end of the move", self.command(&arguments).output()).await.unwrap()
    }

    /// The same, which must end well. The digest of all.
    async fn moves(&self, from: &str, to: &str, more: &[&str]) -> String {
        let output = self.migrates(from, to, more).await;
        assert!(output.status.success(), "{}", told(&output));
        digest(&output)
    }

    /// Ends a move that was killed, or compares when the last one came to its end before. The digest of all.
    async fn ends(&self, from: &str, to: &str) -> String {
        let has_ended = State::read(self.data()).unwrap().unwrap().has_ended();
        self.moves(from, to, if has_ended { &["--verify-only"] } else { &[] }).await
    }

    /// The same, which must be refused with a sentence.
    async fn is_refused(&self, from: &str, to: &str, more: &[&str]) -> String {
        let output = self.migrates(from, to, more).await;
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        told(&output)
    }

    /// Begins a move, and kills it as soon as it says that it has come to this stage. Whether it was killed.
    async fn is_killed_at(&self, from: &str, to: &str, stage: &str) -> bool {
        let mut process = self.command(&["--from", from, "--to", to]).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        while let Some(line) = soon("a line", lines.next_line()).await.unwrap() {
            if line.starts_with(stage) {
                break;
            }
        }
        // It may have ended in the meantime.
        process.start_kill().ok();
        soon("its end", process.wait()).await.unwrap().signal().is_some()
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn digest(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("digest")).unwrap_or_else(|| panic!("no digest in {text}"));
    line.split_whitespace().last().unwrap().to_owned()
}

/// One that travels in its entry, one that lies in a volume, one that has a file of its own.
fn files() -> [SampleFile; 3] {
    [
        note("small.txt", "bonjour"),
        note("large.txt", &"navette ".repeat(40_000)),
        note("huge.txt", &"navette ".repeat(700_000)),
    ]
}

/// All kinds of things happen. The folders that are still there.
async fn story(sides: &Sides) -> Vec<Folder> {
    let mut hub = sides.at("embedded").configured("RETENTION_INTERVAL", "20ms").start().await;
    let depositor = hub.depositor(PROCESS).await;
    let recipients = hub.recipients(PROCESS).await;
    let one = &recipients[0];
    let closed = depositor.deposits(&files(), &[one]).await;
    one.answers(&closed.cases[0], "CLOSED").await;
    depositor.partner.set_folder_status(&closed.id, "CLOSED").await.must(204);
    hub.is_killed().await;
    hub.wakes_up_later(1_000);
    hub.start_again().await;
    hub.metric_becomes("navette_retention_folders_archived_total", 1.0).await;
    hub.is_told_to_stop();
    assert!(hub.ends().await.success());

    let mut hub = sides.at("embedded").start().await;
    let depositor = hub.depositor(PROCESS).await;
    let recipients = hub.recipients(PROCESS).await;
    let (one, other) = (&recipients[0], &recipients[1]);
    let mut folders = vec![closed];
    folders.push(depositor.deposits(&files(), &[one, other]).await);
    asks_for_mail(&hub, one, "mairie@example.fr").await;
    folders.push(depositor.deposits(&files()[..1], &[one]).await);
    // The oldest is dealt with, another one is answered with a file.
    let waiting = inbox(&one.partner).await;
    deals_with(&one.partner, &waiting[0]).await;
    let case = folders[1].cases[0].clone();
    one.answers(&case, "IN_PROGRESS").await;
    let answer = b"here it is".as_slice();
    let attachments = json!([{ "fileName": "act.txt", "type": "PJ", "size": answer.len(), "mimeType": "text/plain" }]);
    let event = json!({ "actionType": "ATTACH_DEPOSIT", "notification": true, "attachments": attachments });
    let event = one.partner.post_event(&case, &event).await.must(201).json();
    let (event, file) = (text(&event, "id"), ids(&event["attachments"]).remove(0));
    let path = format!("/cases/{case}/events/{event}/attachments/{file}");
    one.partner.send(Method::PUT, &path, answer.into(), &[]).await.must(204);
    one.partner.set_event_status(&case, &event, "SENT").await.must(204);
    // One that is never completed, and one that is deleted.
    folders.push(depositor.announces(&depositor.folder(&files(), &[one])).await);
    let gone = depositor.announces(&depositor.folder(&files(), &[one])).await;
    depositor.sends(&gone, &files()).await;
    depositor.partner.delete(&format!("/folders/{}", gone.id)).await.must(204);
    for number in 0..FOLDERS {
        let to = if number % 2 == 0 { [one] } else { [other] };
        folders.push(depositor.deposits(&files()[..2], &to).await);
    }
    revoke(&hub).await;
    hub.is_told_to_stop();
    assert!(hub.ends().await.success());
    folders
}

/// The credential of the enroller is revoked.
async fn revoke(hub: &Hub) {
    let id = &hub.access.credential("DATAPASS", None).unwrap().client_id;
    let administrator = hub.administrator().await;
    let (url, path) = (format!("{}/navette/v1/admin", hub.access.base_url()), format!("/credentials/{id}"));
    administrator.send_to(&url, Method::DELETE, &path, Bytes::new(), &[]).await.must(204);
}

/// What partners see of a hub.
async fn seen(hub: &Hub, folders: &[Folder]) -> Value {
    let depositor = hub.depositor(PROCESS).await;
    let mut inboxes = vec![inbox(&depositor.partner).await];
    for recipient in hub.recipients(PROCESS).await {
        inboxes.push(inbox(&recipient.partner).await);
    }
    let mut read = Vec::new();
    for folder in folders {
        let view = depositor.reads(folder).await;
        for attachment in view["attachments"].as_array().unwrap().iter().filter(|row| row["status"] == "RECEIVED") {
            let path = format!("/folders/{}/attachments/{}", folder.id, text(attachment, "id"));
            read.push(json!(depositor.partner.get(&path).await.map(|answer| answer.body.len()).unwrap_or_default()));
        }
        read.push(view);
    }
    let revoked = hub.access.credential("DATAPASS", None).unwrap().clone();
    let partner = navette_gateway::partner::Partner::new(hub.transport.clone(), hub.access.clone(), revoked);
    let refused = partner.log_in().await.unwrap().status.as_u16();
    json!({ "inboxes": inboxes, "folders": read, "refused": refused, "mails": hub.metric("navette_mails_waiting").await })
}

/// Starts a hub, looks, stops it.
async fn looks(setup: Setup, folders: &[Folder]) -> Value {
    let mut hub = setup.start().await;
    let seen = seen(&hub, folders).await;
    // What is fetched comes as it was sent.
    let recipients = hub.recipients(PROCESS).await;
    recipients[0].fetches(&folders[1].cases[0], &files()).await;
    hub.is_told_to_stop();
    assert!(hub.ends().await.success());
    seen
}

#[tokio::test]
async fn everything_goes_to_a_cluster_and_back_however_often_the_move_is_killed() {
    let here = Sides::new().await;
    let folders = story(&here).await;
    let before = looks(here.at("embedded"), &folders).await;
    assert!(before["mails"].as_f64().unwrap() > 0.0, "{before}");

    let foreseen = here.moves("embedded", "cluster", &["--dry-run"]).await;
    let mut killed = 0;
    for stage in ["lists", "folders", "inboxes", "comparing"] {
        killed += u32::from(here.is_killed_at("embedded", "cluster", stage).await);
    }
    assert!(killed > 1, "it was killed {killed} times only");
    assert_eq!(here.ends("embedded", "cluster").await, foreseen);
    assert_eq!(here.moves("embedded", "cluster", &["--verify-only"]).await, foreseen);

    let back = here.elsewhere();
    killed = 0;
    for stage in ["folders", "comparing"] {
        killed += u32::from(back.is_killed_at("cluster", "embedded", stage).await);
    }
    assert!(killed > 0, "it was never killed");
    assert_eq!(back.ends("cluster", "embedded").await, foreseen);
    assert!(State::read(back.data()).unwrap().unwrap().has_ended());

    assert_eq!(looks(here.at("cluster"), &folders).await, before, "on the cluster");
    assert_eq!(looks(back.at("embedded"), &folders).await, before, "back on one machine");
}

#[tokio::test]
async fn what_must_not_be_moved_or_served_is_refused_with_a_sentence() {
    let here = Sides::new().await;
    let refused = here.is_refused("embedded", "embedded", &[]).await;
    assert!(refused.contains("--to: is the same as --from"), "{refused}");
    let refused = here.is_refused("embedded", "cluster", &[]).await;
    assert!(refused.contains("has no data"), "{refused}");

    let mut hub = here.at("embedded").start().await;
    let (depositor, recipient) = (hub.depositor(PROCESS).await, hub.recipient(PROCESS).await);
    depositor.deposits(&files(), &[&recipient]).await;
    let refused = here.is_refused("embedded", "cluster", &[]).await;
    assert!(refused.contains("must be stopped first") && refused.contains("in use"), "{refused}");
    hub.is_told_to_stop();
    assert!(hub.ends().await.success());
    let key = std::fs::read(here.data().join("master.key")).unwrap();
    std::fs::remove_file(here.data().join("master.key")).unwrap();
    let refused = here.is_refused("embedded", "cluster", &[]).await;
    assert!(refused.contains("tokens.master_key") && refused.contains("is missing"), "{refused}");
    write_private(&here.data().join("master.key"), &key);

    // Half of a move is not served, from neither side.
    assert!(here.is_killed_at("embedded", "cluster", "lists").await);
    for (backend, reason) in [("embedded", "are being moved"), ("cluster", "not complete")] {
        let refused = does_not_start(&here, backend).await;
        assert!(refused.contains(reason), "{refused}");
    }
    here.moves("embedded", "cluster", &[]).await;
    let refused = does_not_start(&here, "embedded").await;
    assert!(refused.contains("were moved to a cluster"), "{refused}");
    let refused = here.is_refused("embedded", "cluster", &[]).await;
    assert!(refused.contains("everything was moved already"), "{refused}");
    std::fs::remove_file(State::path(here.data())).unwrap();
    let refused = here.is_refused("embedded", "cluster", &[]).await;
    assert!(refused.contains("the cluster has data already"), "{refused}");

    let back = here.elsewhere();
    let mut gateway = here.at("cluster").start().await;
    // It serves before it has joined the others; until then it is not among those that are at work.
    let has_joined = async || gateway.log().contains("partitions of the journal are assigned").then_some(());
    eventually("it joins the others", has_joined).await;
    let refused = back.is_refused("cluster", "embedded", &[]).await;
    assert!(refused.contains("gateways are at work: one at"), "{refused}");
    gateway.is_told_to_stop();
    assert!(gateway.ends().await.success());
    std::fs::write(back.data().join("master.key"), [7; 32]).unwrap();
    let refused = back.is_refused("cluster", "embedded", &[]).await;
    assert!(refused.contains("is not the key of the cluster"), "{refused}");
}

#[tokio::test]
async fn a_flipped_byte_at_the_destination_is_found() {
    let here = Sides::new().await;
    let mut hub = here.at("embedded").start().await;
    let (depositor, recipient) = (hub.depositor(PROCESS).await, hub.recipient(PROCESS).await);
    let folder = depositor.deposits(&files(), &[&recipient]).await;
    hub.is_told_to_stop();
    assert!(hub.ends().await.success());
    here.moves("embedded", "cluster", &[]).await;

    let keyspace = here.setup.value("STORAGE_CLUSTER_CASSANDRA_KEYSPACE");
    let session = session(&options().cassandra).await;
    let question = format!("SELECT content, part, number, bytes FROM {keyspace}.chunks");
    let rows = session.query_unpaged(question, ()).await.unwrap().into_rows_result().unwrap();
    type Chunk = (uuid::Uuid, i32, i32, Vec<u8>);
    // The only content of two chunks is that of the second file.
    let mut chunks: Vec<Chunk> = rows.rows::<Chunk>().unwrap().map(Result::unwrap).collect();
    let of = |content: uuid::Uuid| chunks.iter().filter(|row| row.0 == content).count();
    let position = chunks.iter().position(|row| of(row.0) == 2).unwrap();
    let (content, part, number, mut bytes) = chunks.swap_remove(position);
    bytes[1_000] ^= 1;
    let change = format!("UPDATE {keyspace}.chunks SET bytes = ? WHERE content = ? AND part = ? AND number = ?");
    session.query_unpaged(change, (bytes, content, part, number)).await.unwrap();

    let refused = here.is_refused("embedded", "cluster", &["--verify-only"]).await;
    let expected =
        format!("attachment {} has other bytes at the destination than its digest says", folder.attachments[1]);
    assert!(refused.contains(&expected), "{refused}");
    assert_eq!(refused.matches("has other bytes").count(), 1, "{refused}");
}

/// A hub that must not start. What it says.
async fn does_not_start(sides: &Sides, backend: &str) -> String {
    let data = sides.data().to_str().unwrap();
    let setup = sides.at(backend).configured("STORAGE_DIRECTORY", data).configured("ADMIN_LISTEN", "127.0.0.1:0");
    let output =
        soon("its end", setup.configured("SERVER_LISTEN", "127.0.0.1:0").command("serve", sides.data()).output());
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    told(&output)
}

fn write_private(path: &Path, bytes: &[u8]) {
    navette_gateway::sandbox::write_private(path, bytes).unwrap();
}
