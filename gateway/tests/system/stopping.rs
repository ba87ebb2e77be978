//! The end of a hub, wished or not, and what the next one finds.

use bytes::Bytes;
use navette_gateway::demo::files::certificate_of_death;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use crate::hub::{Hub, Setup, Told, eventually};
use crate::parties::{Folder, Must as _, deals_with, inbox, note, sha256};

pub(crate) async fn a_slow_upload_in_flight_finishes_before_the_hub_stops(setup: Setup) {
    let mut hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let files = [note("a.txt", &"0123456789".repeat(10_000))];
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    let mut wire = hub.connect().await;
    let head = format!(
        "PUT /teledossiers/v1/folders/{}/attachments/{} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {}\r\nContent-Length: 100000\r\n\r\n",
        folder.id,
        folder.attachments[0],
        depositor.partner.token().unwrap(),
    );
    wire.write_all(head.as_bytes()).await.unwrap();
    let (first, rest) = files[0].bytes.split_at(40_000);
    wire.write_all(first).await.unwrap();
    wire.flush().await.unwrap();
    hub.metric_becomes("navette_attachments_uploads", 1.0).await;

    hub.is_told_to_stop();
    let address = hub.address();
    eventually("no new connection", async || tokio::net::TcpStream::connect(address).await.err()).await;
    let ready = hub.admin("/health/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["ready"]), (503, &Value::Bool(false)));
    wire.write_all(rest).await.unwrap();
    wire.flush().await.unwrap();
    let told = Told::read(&mut wire).await;
    assert_eq!(told.status(), 204, "{}", told.0);
    assert!(hub.ends().await.success());

    hub.start_again().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    assert_eq!(depositor.sees_attachments(&folder).await, ["RECEIVED"]);
    depositor.completes(&folder).await;
    recipient.fetches(&folder.cases[0], &files).await;
}

pub(crate) async fn everything_is_there_after_a_restart(setup: Setup) {
    let mut hub = setup.start().await;
    let before = Past::make(&hub).await;
    hub.is_told_to_stop();
    assert!(hub.ends().await.success());
    hub.start_again().await;
    before.is_there(&hub).await;
}

pub(crate) async fn everything_is_there_after_a_kill(setup: Setup) {
    let mut hub = setup.start().await;
    let before = Past::make(&hub).await;
    // The second time there is a journal to replay that was replayed before.
    for _ in 0..2 {
        hub.is_killed().await;
        hub.start_again().await;
        before.is_there(&hub).await;
    }
}

/// What had happened, and what everybody saw of it.
struct Past {
    folder: Folder,
    pending: Folder,
    seen: Vec<Value>,
    credentials: Value,
}

impl Past {
    async fn make(hub: &Hub) -> Self {
        let depositor = hub.depositor("CERTDC").await;
        let recipients = hub.recipients("CERTDC").await;
        let files = certificate_of_death();
        let folder = depositor.deposits(&files, &[&recipients[0], &recipients[1]]).await;
        let pending = depositor.announces(&depositor.folder(&files, &[&recipients[0]])).await;
        depositor.sends(&pending, &files[..2]).await;
        recipients[0].answers(&folder.cases[0], "IN_PROGRESS").await;
        let event = recipients[0].answers(&folder.cases[0], "DONE").await;
        depositor.partner.set_event_status(&folder.cases[0], &event, "RECEIVED").await.must(204);
        deals_with(&recipients[0].partner, &inbox(&recipients[0].partner).await[0]).await;
        let credentials = serde_json::to_value(&hub.access.credentials).unwrap();
        let mut past = Self { folder, pending, seen: Vec::new(), credentials };
        past.seen = past.seen_now(hub).await;
        past
    }

    async fn seen_now(&self, hub: &Hub) -> Vec<Value> {
        let depositor = hub.depositor("CERTDC").await;
        let recipients = hub.recipients("CERTDC").await;
        let mut seen = vec![depositor.reads(&self.folder).await, depositor.reads(&self.pending).await];
        for (recipient, case) in recipients.iter().zip(&self.folder.cases) {
            seen.push(recipient.partner.get(&format!("/cases/{case}")).await.must(200).json());
            seen.push(inbox(&recipient.partner).await.into());
        }
        seen.push(inbox(&depositor.partner).await.into());
        seen
    }

    async fn is_there(&self, hub: &Hub) {
        assert_eq!(serde_json::to_value(&hub.access.credentials).unwrap(), self.credentials);
        for (now, before) in self.seen_now(hub).await.iter().zip(&self.seen) {
            assert_eq!(now, before);
        }
        let depositor = hub.depositor("CERTDC").await;
        let files = certificate_of_death();
        for recipient in hub.recipients("CERTDC").await.iter().zip(&self.folder.cases) {
            recipient.0.fetches(recipient.1, &files).await;
        }
        // Where things stood they go on: what was received is not asked for again.
        let (file, attachment) = (&files[0], &self.pending.attachments[0]);
        let bytes = Bytes::from(file.bytes.clone());
        depositor.partner.upload(&self.pending.id, attachment, bytes, Some(&sha256(&file.bytes))).await.must(204);
    }
}
