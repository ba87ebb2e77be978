//! Recipients who have their cases brought to them: by a call, and to an SFTP server.

use std::path::Path;

use bytes::Bytes;
use http::Method;
use navette_adapter_kit::sshd::{self, Sshd};
use serde_json::{Value, json};

use crate::callee::Callee;
use crate::hub::{Hub, Setup, eventually};
use crate::parties::{Must as _, Recipient, inbox, note, text};

/// A secret of web hooks, of 24 bytes.
pub(crate) const SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What lets a hub call servers of this machine, and has it not wait long before it tries again.
pub(crate) const QUICK: &[(&str, &str)] = &[
    ("DELIVERIES_BASE_URL", "https://navette.example.fr"),
    ("DELIVERIES_HTTP_ALLOWED", "true"),
    ("DELIVERIES_NETWORKS", "127.0.0.0/8"),
    ("DELIVERIES_LOOK_INTERVAL", "50ms"),
    ("DELIVERIES_COLLECT_INTERVAL", "200ms"),
    ("DELIVERIES_RETRY_FIRST", "100ms"),
    ("DELIVERIES_RETRY_LONGEST", "200ms"),
    ("DELIVERIES_URGENT_RETRY_FIRST", "100ms"),
    ("DELIVERIES_URGENT_RETRY_LONGEST", "200ms"),
    ("DELIVERIES_BREAKER_FIRST", "100ms"),
    ("DELIVERIES_BREAKER_LONGEST", "200ms"),
];

pub(crate) async fn starts(setup: Setup) -> Hub {
    let configure = |setup: Setup, (key, value): &(&str, &str)| setup.configured(key, value);
    QUICK.iter().fold(setup, configure).start().await
}

/// Has the cases of a recipient brought to an endpoint; its subscription.
pub(crate) async fn has_them_brought(hub: &Hub, recipient: &Recipient, mode: &str, endpoint: &Value) -> String {
    let administrator = hub.administrator().await;
    let (referential, key) = (&hub.access.referential_url, recipient.key());
    let list = format!("/subscriptions?processCode=CERTDC&companyRegister={}", text(&key, "companyRegister"));
    let found = administrator.send_to(referential, Method::GET, &list, Bytes::new(), &[]).await.must(200).json();
    let mut subscription = found[0].clone();
    let id = text(&subscription, "id");
    let path = format!("/navette/v1/admin/subscriptions/{id}/endpoint");
    let base = hub.access.base_url();
    administrator.send_to(base, Method::PUT, &path, endpoint.to_string().into(), &[]).await.must(200);
    subscription["accessMode"] = json!(mode);
    let path = format!("/subscriptions/{id}");
    administrator.send_to(referential, Method::PUT, &path, subscription.to_string().into(), &[]).await.must(200);
    id
}

pub(crate) fn web_hook(callee: &Callee) -> Value {
    json!({ "mode": "WEBHOOK", "settings": { "url": callee.url() }, "secrets": { "secret": SECRET } })
}

pub(crate) fn sftp(server: &Sshd) -> Value {
    json!({
        "mode": "SFTP",
        "settings": {
            "host": "127.0.0.1", "port": server.port().to_string(), "user": server.user(), "host_key": server.host_key(),
            "return_directory": "out",
        },
        "secrets": { "private_key": server.client_key() },
    })
}

/// The messages in a directory, but for what is being written.
pub(crate) fn messages(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).collect()
}

pub(crate) async fn each_recipient_of_a_folder_gets_it_the_way_it_chose(setup: Setup) {
    let Some(program) = sshd::program() else {
        eprintln!("skipped: {} names no sshd; ops/test installs it", sshd::VARIABLE);
        return;
    };
    let (callee, server) = (Callee::start().await, Sshd::start(&program).await);
    let mut hub = starts(setup).await;
    let depositor = hub.depositor("CERTDC").await;
    let recipients = hub.recipients("CERTDC").await;
    let [fetches, is_called, has_a_server] = recipients.get(..3).unwrap() else { panic!("three recipients") };
    has_them_brought(&hub, is_called, "WEBHOOK", &web_hook(&callee)).await;
    has_them_brought(&hub, has_a_server, "SFTP", &sftp(&server)).await;

    let files = [note("certificat.txt", "content")];
    let folder = depositor.deposits(&files, &[fetches, is_called, has_a_server]).await;

    eventually("the call", async || (!callee.calls().is_empty()).then_some(())).await;
    eventually("the message", async || (!messages(&server.home()).is_empty()).then_some(())).await;
    assert_eq!(inbox(&fetches.partner).await.len(), 1, "who fetches is told as ever");
    for brought in [is_called, has_a_server] {
        eventually("an empty inbox", async || inbox(&brought.partner).await.is_empty().then_some(())).await;
    }
    let calls = callee.calls();
    assert!(calls[0].body.to_string().contains(&folder.cases[1]), "{:?}", calls[0].body);
    is_called.fetches(&folder.cases[1], &files).await;

    // What has arrived is not brought again by the next start: a later one comes, and nothing besides.
    hub.is_killed().await;
    hub.start_again().await;
    let depositor = hub.depositor("CERTDC").await;
    let recipients = hub.recipients("CERTDC").await;
    let [_, is_called, has_a_server] = recipients.get(..3).unwrap() else { panic!("three recipients") };
    let mut folder = depositor.folder(&files, &[is_called, has_a_server]);
    folder["externalId"] = json!("FOLDER-2");
    let folder = depositor.announces(&folder).await;
    depositor.sends(&folder, &files).await;
    depositor.completes(&folder).await;
    eventually("the second call", async || (callee.calls().len() >= 2).then_some(())).await;
    eventually("the second message", async || (messages(&server.home()).len() >= 2).then_some(())).await;
    let ids: std::collections::BTreeSet<String> = callee.calls().into_iter().map(|call| call.id).collect();
    assert_eq!((callee.calls().len(), ids.len(), messages(&server.home()).len()), (2, 2, 2));
}

pub(crate) async fn what_was_not_taken_is_brought_again_also_by_the_next_start(setup: Setup) {
    let callee = Callee::start().await;
    let mut hub = starts(setup).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    has_them_brought(&hub, &recipient, "WEBHOOK", &web_hook(&callee)).await;
    callee.refuses(true);
    depositor.deposits(&[note("certificat.txt", "content")], &[&recipient]).await;
    eventually("two attempts", async || (callee.calls().len() >= 2).then_some(())).await;
    assert_eq!(inbox(&recipient.partner).await.len(), 1, "it can be fetched meanwhile");

    hub.is_killed().await;
    callee.refuses(false);
    hub.start_again().await;
    let taken = || callee.calls().into_iter().filter(|call| call.status == 204).count();
    eventually("a call that is taken", async || (taken() > 0).then_some(())).await;
    let recipient = hub.recipient("CERTDC").await;
    eventually("an empty inbox", async || inbox(&recipient.partner).await.is_empty().then_some(())).await;
    let ids: std::collections::BTreeSet<String> = callee.calls().into_iter().map(|call| call.id).collect();
    assert_eq!((taken(), ids.len()), (1, 1), "once, always under the same identifier");
}

pub(crate) async fn nothing_is_brought_to_an_endpoint_that_is_paused(setup: Setup) {
    let callee = Callee::start().await;
    let hub = starts(setup).await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let subscription = has_them_brought(&hub, &recipient, "WEBHOOK", &web_hook(&callee)).await;
    let administrator = hub.administrator().await;
    let endpoint = format!("/navette/v1/admin/subscriptions/{subscription}/endpoint");
    let post = async |what: &str| {
        let path = format!("{endpoint}/{what}");
        administrator.send_to(hub.access.base_url(), Method::POST, &path, Bytes::new(), &[]).await.must(200).json()
    };
    assert_eq!(post("pause").await["paused"], true);
    let trial = post("test").await;
    assert_eq!(callee.calls().len(), 1, "a trial calls whoever is paused: {trial}");
    depositor.deposits(&[note("certificat.txt", "content")], &[&recipient]).await;
    // The worker has looked at it, and let it be, when it shows what is the oldest.
    let oldest = async || {
        let page = String::from_utf8(hub.admin("/metrics").await.body.to_vec()).unwrap();
        page.contains("navette_delivery_oldest_timestamp_seconds{").then_some(())
    };
    eventually("the oldest delivery", oldest).await;
    assert_eq!(callee.calls().len(), 1);
    post("resume").await;
    eventually("the call", async || (callee.calls().len() == 2).then_some(())).await;
}
