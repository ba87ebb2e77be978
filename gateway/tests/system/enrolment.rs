//! Organizations and subscriptions out of a file, by the program itself.

use std::ffi::OsStr;
use std::process::Output;

use crate::hub::{Hub, Setup, eventually};
use crate::parties::{Must as _, note};

const ORGANIZATIONS: &str = "SIRET;Code INSEE;Nom;Code postal;Département\n\
    73282932000074;77372;Pommeuse;77515;Seine-et-Marne\n\
    73282932000074;77001;Achères-la-Forêt;77760;Seine-et-Marne\n";
const FAULTY: &str = "73282932000075;77002;Amillis;77120;Seine-et-Marne\n";
const SUBSCRIPTIONS: &str = "processCode,companyRegister,branchCode,localAdministratorEmail,accessMode\n\
    CERTDC,73282932000074,77372,agent@example.fr,API\n";

/// Runs a command of an administrator.
pub(crate) async fn administers(hub: &Hub, command: &str, arguments: &[&OsStr]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let credentials = directory.path().join("credentials.json");
    std::fs::write(&credentials, serde_json::to_vec(&*hub.access).unwrap()).unwrap();
    let mut process = tokio::process::Command::new(env!("CARGO_BIN_EXE_navette"));
    process.arg(command).arg("--credentials").arg(credentials);
    if let Some(authority) = hub.certificate() {
        process.arg("--ca").arg(authority);
    }
    process.args(arguments).output().await.unwrap()
}

/// Runs `navette admin import`.
async fn import(hub: &Hub, kind: &str, table: &[u8], options: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table.csv");
    std::fs::write(&path, table).unwrap();
    let mut arguments: Vec<&OsStr> = vec!["import".as_ref(), kind.as_ref(), path.as_ref()];
    arguments.extend(options.iter().map(OsStr::new));
    administers(hub, "admin", &arguments).await
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) async fn a_table_is_imported_whole_or_not_at_all_and_again_changes_nothing(setup: Setup) {
    let hub = setup.start().await;
    let administrator = hub.administrator().await;
    let url = hub.access.referential_url.clone();
    let known = async || {
        let path = "/organizations?companyRegister=73282932000074";
        let answer = administrator.send_to(&url, http::Method::GET, path, bytes::Bytes::new(), &[]).await;
        answer.must(200).json().as_array().map_or(0, Vec::len)
    };

    let faulty = [ORGANIZATIONS, FAULTY].concat();
    let refused = import(&hub, "organizations", faulty.as_bytes(), &[]).await;
    assert!(!refused.status.success());
    assert!(said(&refused).starts_with("line 4: companyRegister: is not a SIRET"), "{}", said(&refused));
    assert_eq!(known().await, 0, "nothing is imported");

    let dry = import(&hub, "organizations", ORGANIZATIONS.as_bytes(), &["--dry-run"]).await;
    assert!(dry.status.success() && said(&dry).starts_with("would create 2,"), "{}", said(&dry));
    assert_eq!(known().await, 0);

    let partial = import(&hub, "organizations", faulty.as_bytes(), &["--partial"]).await;
    assert!(!partial.status.success() && said(&partial).contains("created 2, changed 0"), "{}", said(&partial));
    assert_eq!(known().await, 2);

    // The same in Latin-1, with another name for one of them.
    let latin: Vec<u8> = ORGANIZATIONS.replace("Pommeuse", "Pommeuse-sur-Morin").chars().map(|c| c as u8).collect();
    let changed = import(&hub, "organizations", &latin, &[]).await;
    assert!(changed.status.success() && said(&changed).contains("created 0, changed 1, left 1"), "{}", said(&changed));

    for expected in ["created 1, changed 0, left 0", "created 0, changed 0, left 1"] {
        let subscribed = import(&hub, "subscriptions", SUBSCRIPTIONS.as_bytes(), &[]).await;
        assert!(subscribed.status.success() && said(&subscribed).contains(expected), "{}", said(&subscribed));
    }
    let unknown = SUBSCRIPTIONS.replace("CERTDC", "NOBODYS");
    let refused = import(&hub, "subscriptions", unknown.as_bytes(), &[]).await;
    assert!(said(&refused).contains("line 2: processCode: is not the code of a process"), "{}", said(&refused));
}

pub(crate) async fn a_credential_is_rotated_listed_and_revoked(setup: Setup) {
    let hub = setup.start().await;
    let credentials = async |arguments: &[&str]| {
        let arguments: Vec<&OsStr> = ["credentials"].iter().chain(arguments).map(OsStr::new).collect();
        let output = administers(&hub, "admin", &arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        said(&output)
    };
    let issued = |output: &str| output.split_whitespace().nth(1).unwrap().to_owned();
    let first = issued(&credentials(&["create", "--scope", "DATAPASS"]).await);
    let second = issued(&credentials(&["rotate", &first, "--overlap-hours", "1"]).await);
    let listed = credentials(&["list"]).await;
    let line = |id: &str| listed.lines().find(|line| line.starts_with(id)).unwrap().to_owned();
    assert!(line(&first).contains("DATAPASS") && !line(&first).ends_with('-'), "{}", line(&first));
    assert!(line(&second).ends_with('-'), "{}", line(&second));
    credentials(&["revoke", &second]).await;
    assert!(credentials(&["list"]).await.lines().any(|line| line.starts_with(&second) && line.ends_with("revoked")));
}

pub(crate) async fn what_retention_will_do_is_shown_with_its_time(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let files = [note("a.txt", "content")];
    let folder = depositor.deposits(&files, &[&recipient]).await;
    recipient.answers(&folder.cases[0], "CLOSED").await;
    let output = administers(&hub, "retention", &["--dry-run".as_ref()]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = said(&output);
    for (action, id) in [("archive_case", &folder.cases[0]), ("delete_file", &folder.attachments[0])] {
        let line = said.lines().find(|line| line.contains(action)).unwrap_or_else(|| panic!("{action}: {said}"));
        assert!(line.contains(id.as_str()) && line.ends_with(&folder.id), "{line}");
    }
}

pub(crate) async fn what_was_exported_is_imported_again_and_changes_nothing(setup: Setup) {
    let hub = setup.start().await;
    let directory = tempfile::tempdir().unwrap();
    for kind in ["organizations", "subscriptions"] {
        let path = directory.path().join(kind);
        let exported = administers(&hub, "admin", &["export".as_ref(), kind.as_ref(), path.as_ref()]).await;
        assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
        let table = std::fs::read(&path).unwrap();
        let rows = table.iter().filter(|byte| **byte == b'\n').count() - 1;
        // The sandbox's organizations are no real ones: what of them the import looks at is for whoever exports real ones.
        let again = import(&hub, kind, &table, &["--dry-run", "--partial"]).await;
        let said = said(&again);
        assert!(said.contains("would create 0, change 0"), "{kind}: {said}");
        assert!(rows > 10, "{kind}: {rows}");
    }
}

pub(crate) async fn a_support_desk_is_told_where_it_is_and_why_it_was_refused(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let files = [note("a.txt", "content")];
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    let path = format!("/folders/{}/attachments/{}", folder.id, folder.attachments[0]);
    let refused =
        depositor.partner.send(http::Method::PUT, &path, "something else".into(), &[("X-Request-Id", "wrong-1")]).await;
    refused.must(400);
    let desk = async |arguments: &[&str]| {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        let output = administers(&hub, "admin", &arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        said(&output)
    };
    let told = desk(&["explain", &folder.attachments[0]]).await;
    assert!(told.contains("what came was not what was announced"), "{told}");
    assert!(told.contains("request wrong-1") && told.contains("fewer bytes") || told.contains("size is"), "{told}");
    let told = desk(&["explain", "wrong-1"]).await;
    assert!(told.starts_with("request wrong-1:"), "{told}");
    let told = desk(&["explain", &folder.cases[0]]).await;
    assert!(told.contains("being deposited: its recipient was not told"), "{told}");

    desk(&["credentials", "create", "--scope", "DATAPASS"]).await;
    let log = desk(&["log"]).await;
    assert!(log.lines().next().unwrap().contains("credential") && log.contains("created"), "{log}");
    let status = desk(&["status"]).await;
    assert!(status.contains("journal                  ok") && status.contains("organizations"), "{status}");
    eventually("the use of a credential is noted", async || {
        let listed = desk(&["credentials", "list"]).await;
        listed.lines().any(|line| line.contains("ADMIN") && !line.contains("used never")).then_some(())
    })
    .await;
}

/// Sends a request again and again as a client does that gives up too early: the answer is not waited for, but for the last time.
async fn sends_blindly(hub: &Hub, token: &str, path: &str, body: &str) -> String {
    use tokio::io::AsyncWriteExt as _;
    let request = format!(
        "POST /referential/v1{path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    for _ in 0..5 {
        let mut wire = hub.connect().await;
        wire.write_all(request.as_bytes()).await.unwrap();
        wire.flush().await.unwrap();
        // The client has had enough; the hub may be anywhere in its work.
        drop(wire);
    }
    let told = hub.told(&request).await;
    let first = told.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
    assert!(told.status() == 201 || told.status() == 400 && first.contains("already exists"), "{}", told.0);
    first
}

pub(crate) async fn a_client_that_retries_blindly_ends_with_exactly_one_of_each(setup: Setup) {
    let hub = setup.start().await;
    let (administrator, enroller) = (hub.administrator().await, hub.enroller().await);
    let url = hub.access.referential_url.clone();
    let organization = serde_json::json!({
        "type": "SI", "companyRegister": "73282932000074", "branchCode": "77372", "name": "Commune", "code": null,
        "postalCode": "77515", "territory": "Seine-et-Marne", "status": "Actif",
    });
    let subscription = serde_json::json!({
        "datapassId": 42, "processCode": "CERTDC", "notificationFrequency": "unitaire", "accessMode": null,
        "subscriber": { "type": "SI", "companyRegister": "73282932000074", "branchCode": "77372" },
        "localAdministrator": { "email": "agent@example.fr" }, "validateDateTime": "2026-11-23T08:00:00.000+02:00",
    });
    let token = enroller.token().unwrap();
    let clients = [(); 8].map(|()| async {
        sends_blindly(&hub, &token, "/organizations", &organization.to_string()).await;
        sends_blindly(&hub, &token, "/subscriptions", &subscription.to_string()).await
    });
    let told = futures_util::future::join_all(clients).await;
    assert!(told.iter().any(|message| message.contains("already exists")), "{told:?}");
    for list in ["/organizations?company_register=73282932000074", "/subscriptions?datapassId=42"] {
        let answer = administrator.send_to(&url, http::Method::GET, list, bytes::Bytes::new(), &[]).await.must(200);
        assert_eq!(answer.json().as_array().map(Vec::len), Some(1), "{list}");
    }
}
