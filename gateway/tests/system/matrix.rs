//! Who may do what: every operation, with every scope, for whoever owns the thing, for others, and with credentials that are no
//! longer any. One table says it; an operation without a row does not compile.

use bytes::Bytes;
use http::Method;
use navette_adapter_api::Operation;
use navette_gateway::partner::{Answer, Credential, Partner};
use serde_json::{Value, json};

use crate::hub::{Hub, Setup};
use crate::parties::{Depositor, Must as _, Recipient, inbox, note, text};

/// What somebody is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// It is done.
    Done,
    /// 403, and not a word more.
    Forbidden,
    /// 404: for this caller it does not exist.
    Hidden,
}

use Cell::{Done, Forbidden, Hidden};

/// A row of the table: what a depositor and a recipient are answered about their own, about another organization's and with the
/// credential of another process; what an administrator is answered, and what an enroller.
struct Row {
    osl: [Cell; 3],
    si: [Cell; 3],
    admin: Cell,
    datapass: Cell,
}

const NOBODY: [Cell; 3] = [Forbidden; 3];
const OWN: [Cell; 3] = [Done, Forbidden, Forbidden];
/// Each sees its own part of it.
const ANY: [Cell; 3] = [Done; 3];

const fn row(osl: [Cell; 3], si: [Cell; 3], datapass: Cell) -> Row {
    Row { osl, si, admin: Done, datapass }
}

/// The table.
const fn rights(operation: Operation) -> Row {
    match operation {
        Operation::CreateFolder | Operation::GetFolder | Operation::UpdateFolder | Operation::DeleteFolder => {
            row(OWN, NOBODY, Forbidden)
        }
        // Of the two addresses this is the folder's; that of an event is a row of its own below.
        Operation::Upload => row(OWN, NOBODY, Forbidden),
        Operation::ListNotifications | Operation::ListPurges | Operation::NotePurged => row(ANY, ANY, Forbidden),
        Operation::DeleteNotification => row(NOBODY, OWN, Forbidden),
        // All cases of the caller's own organization, whatever the process of its credential.
        Operation::MigrateCases => row(NOBODY, [Done, Forbidden, Done], Forbidden),
        Operation::GetCase
        | Operation::UpdateCase
        | Operation::DownloadCaseAttachment
        | Operation::CreateEvent
        | Operation::GetEvent
        | Operation::DownloadEventAttachment => row(OWN, OWN, Forbidden),
        // The other side says that it received it.
        Operation::UpdateEvent => row(OWN, NOBODY, Forbidden),
        // An event that was not sent is its author's; the other side does not know of it.
        Operation::DeleteEvent => row([Hidden, Forbidden, Forbidden], OWN, Forbidden),
        Operation::ListDeliveries => Row { osl: NOBODY, si: ANY, admin: Forbidden, datapass: Forbidden },
        // Nothing is brought to anybody here: a delivery that is not there is answered as another's is.
        Operation::GetDelivery | Operation::ReplayDelivery => {
            Row { osl: NOBODY, si: [Hidden; 3], admin: Hidden, datapass: Forbidden }
        }
        Operation::CreateOrganization
        | Operation::ListOrganizations
        | Operation::GetOrganization
        | Operation::CreateSubscription => row(NOBODY, NOBODY, Done),
        Operation::ListSubscriptions => row(ANY, NOBODY, Forbidden),
        Operation::GetSubscription => row([Done, Hidden, Hidden], NOBODY, Forbidden),
        Operation::UpdateOrganization
        | Operation::ListProcesses
        | Operation::CreateProcess
        | Operation::GetProcess
        | Operation::UpdateProcess
        | Operation::UpdateSubscription
        | Operation::SetEndpoint
        | Operation::GetEndpoint
        | Operation::RemoveEndpoint
        | Operation::PauseEndpoint
        | Operation::ResumeEndpoint
        | Operation::TestEndpoint
        | Operation::ReplayDeliveries
        | Operation::CreateCredential
        | Operation::ListCredentials
        | Operation::RotateCredential
        | Operation::DeleteCredential
        | Operation::ListRetention
        | Operation::Explain
        | Operation::ListActs
        | Operation::GetStatus => row(NOBODY, NOBODY, Forbidden),
    }
}

/// The upload of a file of an event: its author's.
const EVENT_UPLOAD: Row = row([Hidden, Forbidden, Forbidden], OWN, Forbidden);

/// Words that no log, no metric and no refusal may repeat.
const PERSONAL: [&str; 7] = [
    "PRENOM-SECRET",
    "NOM-SECRET",
    "courriel.secret@example.fr",
    "fichier-secret",
    "message-secret",
    "commentaire-secret",
    "auteur-secret",
];

/// The partners of the table.
struct Cast {
    depositor: Depositor,
    recipient: Recipient,
    administrator: Partner,
    enroller: Partner,
    /// Another organization, and the same with another process.
    other_depositors: [Partner; 2],
    other_recipients: [Partner; 2],
    /// Of each scope, one whose credential was revoked, one whose credential ended, and one who has none.
    nobodies: Vec<(String, Partner)>,
    base: String,
}

impl Cast {
    async fn of(hub: &Hub) -> Self {
        let administrator = hub.administrator().await;
        let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
        let (dgs, rodez) = (depositor.partner.credential().clone(), recipient.partner.credential().clone());
        let base = hub.access.base_url().to_owned();
        let narrow =
            issued(hub, &administrator, &json!({ "scope": "OSL", "organization": dgs.organization, "process": "OTV" }))
                .await;
        let etat_civil = hub
            .access
            .credentials
            .iter()
            .find(|row| row.organization == rodez.organization && row.process.as_deref() == Some("ETATCIVIL"));
        let millau = hub.access.credentials.iter().find(|row| {
            row.process == rodez.process && row.organization.as_deref().is_some_and(|key| key.contains("-12145"))
        });
        let mut nobodies = Vec::new();
        for like in [&dgs, &rodez, administrator.credential(), hub.access.credential("DATAPASS", None).unwrap()] {
            let wanted = json!({ "scope": like.scope, "organization": like.organization, "process": like.process });
            let revoked = issued(hub, &administrator, &wanted).await;
            let path = format!("/navette/v1/admin/credentials/{}", revoked.credential().client_id);
            administrator.send_to(&base, Method::DELETE, &path, Bytes::new(), &[]).await.must(204);
            let expired = issued(hub, &administrator, &wanted).await;
            let path = format!("/navette/v1/admin/credentials/{}/rotate", expired.credential().client_id);
            let body = json!({ "overlap_hours": 0 }).to_string();
            administrator.send_to(&base, Method::POST, &path, body.into(), &[]).await.must(201);
            let none = Partner::new(hub.transport.clone(), hub.access.clone(), like.clone());
            for (why, partner) in [("revoked", revoked), ("expired", expired), ("no token", none)] {
                nobodies.push((format!("{} {why}", like.scope), partner));
            }
        }
        Self {
            other_depositors: [hub.depositor("OTV").await.partner, narrow],
            other_recipients: [hub.partner(millau.unwrap()).await, hub.partner(etat_civil.unwrap()).await],
            enroller: hub.enroller().await,
            depositor,
            recipient,
            administrator,
            nobodies,
            base,
        }
    }

    /// Each cell of a row: who, and what they are answered. Whoever may do it comes last.
    fn cells(&self, row: &Row) -> Vec<(String, &Partner, Option<Cell>)> {
        let mut cells: Vec<_> = self.nobodies.iter().map(|(name, who)| (name.clone(), who, None)).collect();
        let relations = ["own", "another organization", "another process"];
        let osl = [&self.depositor.partner, &self.other_depositors[0], &self.other_depositors[1]];
        let si = [&self.recipient.partner, &self.other_recipients[0], &self.other_recipients[1]];
        for (scope, callers, answers) in [("OSL", osl, row.osl), ("SI", si, row.si)] {
            for ((relation, who), cell) in relations.iter().zip(callers).zip(answers) {
                cells.push((format!("{scope} {relation}"), who, Some(cell)));
            }
        }
        cells.push(("DATAPASS".to_owned(), &self.enroller, Some(row.datapass)));
        cells.push(("ADMIN".to_owned(), &self.administrator, Some(row.admin)));
        cells.sort_by_key(|(.., cell)| *cell == Some(Done));
        cells
    }
}

/// Somebody with a credential of their own, who has a token.
async fn issued(hub: &Hub, administrator: &Partner, wanted: &Value) -> Partner {
    let url = hub.access.base_url();
    let path = "/navette/v1/admin/credentials";
    let made = administrator.send_to(url, Method::POST, path, wanted.to_string().into(), &[]).await.must(201).json();
    let credential = Credential {
        scope: text(&made, "scope"),
        client_id: text(&made, "client_id"),
        client_secret: text(&made, "client_secret"),
        organization: made["organization"].as_str().map(str::to_owned),
        process: made["process"].as_str().map(str::to_owned),
    };
    hub.partner(&credential).await
}

/// Things to be done something to: new ones for whoever may do it.
struct Scene {
    announced: String,
    announced_file: String,
    folder: String,
    case: String,
    file: String,
    event: String,
    event_file: String,
    open_event: String,
    open_event_file: String,
    notification: String,
    credential: String,
    subscription: Value,
    number: usize,
}

impl Scene {
    async fn new(cast: &Cast, number: usize) -> Self {
        let files = [note("fichier-secret.txt", "content")];
        let folder = cast.depositor.folder(&files, &[&cast.recipient]);
        let personal = |mut folder: Value| {
            folder["applicant"] = json!({
                "firstName": "PRENOM-SECRET", "lastName": "NOM-SECRET", "email": "courriel.secret@example.fr",
            });
            folder
        };
        let announced = cast.depositor.announces(&personal(folder.clone())).await;
        let deposited = cast.depositor.announces(&personal(folder)).await;
        cast.depositor.sends(&deposited, &files).await;
        cast.depositor.completes(&deposited).await;
        let case = deposited.cases[0].clone();
        let si = &cast.recipient.partner;
        let waiting = inbox(si).await;
        let notification = waiting.iter().find(|row| row["caseId"] == case.as_str()).unwrap();
        let deposit = json!({
            "actionType": "ATTACH_DEPOSIT", "message": "message-secret", "comment": "commentaire-secret",
            "author": "auteur-secret",
            "attachments": [{ "fileName": "fichier-secret.txt", "type": files[0].kind, "size": 7, "mimeType": "text/plain" }],
        });
        let mut events = Vec::new();
        for sent in [true, false] {
            let event = si.post_event(&case, &deposit).await.must(201).json();
            let (id, file) = (text(&event, "id"), text(&event["attachments"][0], "id"));
            if sent {
                let path = format!("/cases/{case}/events/{id}/attachments/{file}");
                si.send(Method::PUT, &path, "content".into(), &[]).await.must(204);
                si.set_event_status(&case, &id, "SENT").await.must(204);
            }
            events.push((id, file));
        }
        let path = "/navette/v1/admin/credentials";
        let body = json!({ "scope": "DATAPASS" }).to_string();
        let credential =
            cast.administrator.send_to(&cast.base, Method::POST, path, body.into(), &[]).await.must(201).json();
        let register = text(&cast.recipient.key(), "companyRegister");
        let list = format!("/referential/v1/subscriptions?processCode=CERTDC&companyRegister={register}");
        let found =
            cast.administrator.send_to(&cast.base, Method::GET, &list, Bytes::new(), &[]).await.must(200).json();
        let path = format!("/navette/v1/admin/subscriptions/{}/endpoint", text(&found[0], "id"));
        let body = endpoint().to_string();
        cast.administrator.send_to(&cast.base, Method::PUT, &path, body.into(), &[]).await.must(200);
        Self {
            announced: announced.id,
            announced_file: announced.attachments[0].clone(),
            folder: deposited.id,
            case,
            file: deposited.attachments[0].clone(),
            event: events[0].0.clone(),
            event_file: events[0].1.clone(),
            open_event: events[1].0.clone(),
            open_event_file: events[1].1.clone(),
            notification: text(notification, "id"),
            credential: text(&credential, "client_id"),
            subscription: found[0].clone(),
            number,
        }
    }

    /// The request for an operation on this scene.
    fn request(&self, cast: &Cast, address: &str) -> (Method, String, Bytes) {
        let (method, template) = address.split_once(' ').unwrap();
        // One that is still announced is what can be deleted, and sent to; one that was completed can be read and closed.
        let (folder, file) = match method {
            "GET" | "PATCH" => (&self.folder, &self.file),
            _ => (&self.announced, &self.announced_file),
        };
        let open = method == "DELETE" || method == "PUT";
        let (event, event_file) =
            if open { (&self.open_event, &self.open_event_file) } else { (&self.event, &self.event_file) };
        let file = match (template.contains("/events/"), template.contains("/cases/")) {
            (true, _) => event_file,
            (false, true) => &self.file,
            (false, false) => file,
        };
        let key = "SI-21129902900010-12145";
        let path = template
            .replace("{folderId}", folder)
            .replace("{caseId}", &self.case)
            .replace("{eventId}", event)
            .replace("{attachmentId}", file)
            .replace("{notificationId}", &self.notification)
            .replace("{subscriptionId}", self.subscription["id"].as_str().unwrap())
            .replace("{deliveryId}", &self.notification)
            .replace("{client_id}", &self.credential)
            .replace("{any_id}", &self.case)
            .replace("{code}", "CERTDC")
            .replace("{id}", key);
        let body = self.body(cast, method, template);
        let bytes = if template.ends_with("{attachmentId}") && method == "PUT" {
            Bytes::from_static(b"content")
        } else if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        (method.parse().unwrap(), path, bytes)
    }

    fn body(&self, cast: &Cast, method: &str, template: &str) -> Value {
        let unique = format!("{:014}", 10_000_000_000_000_u64 + self.number as u64);
        let organization = json!({
            "type": "SI", "companyRegister": unique, "branchCode": "1", "name": "Commune", "postalCode": "01000",
            "territory": "Ain", "status": "Actif", "email": "courriel.secret@example.fr",
        });
        let process = json!({
            "code": format!("P{}", self.number), "name": "Process", "isActivated": true,
            "osl": { "type": "OSL", "companyRegister": "11999902700012", "branchCode": "DGS" },
            "attachmentFormatsEnabled": ["text/plain"], "attachmentTypesEnabled": ["A"], "attachmentMaxSizeEnabled": 1,
            "statusBeforeFileDeletion": "DONE", "timeBeforeFileDeletion": 1, "timeBeforeArchiving": 1,
            "timeBeforeFolderDeletion": 1, "messageToTransmitter": true, "subscriptionValidation": "Auto",
        });
        let free_process = ["OTV", "RSA", "SNATED"][self.number % 3];
        match (method, template.rsplit_once("/v1").unwrap().1) {
            ("POST", "/folders") => cast.depositor.folder(&[note("fichier-secret.txt", "content")], &[&cast.recipient]),
            ("PATCH", "/folders/{folderId}") => json!({ "globalStatus": "CLOSED" }),
            ("PUT", "/cases/migrate") => json!({
                "organizationSource": cast.recipient.key(),
                "organizationTarget": { "type": "SI", "companyRegister": "21359904600017", "branchCode": "35126" },
            }),
            ("PUT", "/idsPurged") => json!([]),
            ("PATCH", "/cases/{caseId}") => json!({ "status": "IN_PROGRESS" }),
            ("POST", "/cases/{caseId}/events") => json!({ "actionType": "COM_ADD", "comment": "commentaire-secret" }),
            ("PATCH", "/cases/{caseId}/events/{eventId}") => json!({ "status": "RECEIVED" }),
            ("POST", "/organizations") => organization,
            ("PUT", "/organizations/{id}") => json!({
                "type": "SI", "companyRegister": "21129902900010", "branchCode": "12145", "name": "Commune de Millau",
                "postalCode": "12100", "territory": "Aveyron", "status": "Actif",
            }),
            ("POST", "/processes") => process,
            ("PUT", "/processes/{code}") => {
                let mut process = process;
                process["code"] = json!("CERTDC");
                process["attachmentTypesEnabled"] = json!(["TXT", "PJ", "PIECE_JOINTE"]);
                process["attachmentMaxSizeEnabled"] = json!(1_000);
                process
            }
            ("POST", "/subscriptions") => json!({
                "datapassId": self.number, "processCode": free_process,
                "subscriber": { "type": "SI", "companyRegister": "21129902900010", "branchCode": "12145" },
                "notificationFrequency": "Aucune", "localAdministrator": { "email": "courriel.secret@example.fr" },
            }),
            ("PUT", "/subscriptions/{subscriptionId}") => self.subscription.clone(),
            ("PUT", "/admin/subscriptions/{subscriptionId}/endpoint") => endpoint(),
            ("POST", "/admin/deliveries/replay") => json!({ "recipient": "SI-21129902900010-12145" }),
            ("POST", "/admin/credentials") => json!({ "scope": "DATAPASS" }),
            ("POST", "/admin/credentials/{client_id}/rotate") => json!({}),
            _ => Value::Null,
        }
    }
}

/// A server that nobody answers at.
fn endpoint() -> Value {
    json!({
        "mode": "SFTP",
        "settings": {
            "host": "127.0.0.1", "port": "1", "user": "navette",
            "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHaC1aMA8cwL+FdM6vjfIJROPOm8boIKKnhzRce/N02x",
        },
        "secrets": { "password": "commentaire-secret" },
    })
}

fn check(place: &str, answer: &Answer, cell: Option<Cell>, scene: &Scene) {
    let status = answer.status.as_u16();
    match cell {
        None => assert_eq!(status, 401, "{place}"),
        Some(Done) => assert!(answer.status.is_success(), "{place}: {status} {:?}", answer.body),
        Some(Forbidden) => {
            assert_eq!(status, 403, "{place}: {:?}", answer.body);
            let nothing_more = json!({ "errors": [{ "code": 403, "message": "Unauthorized user" }] });
            assert_eq!(answer.json(), nothing_more, "{place}");
        }
        Some(Hidden) => {
            assert_eq!(status, 404, "{place}: {:?}", answer.body);
            assert!(!String::from_utf8_lossy(&answer.body).contains(&scene.case), "{place}");
        }
    }
    if !answer.status.is_success() {
        nothing_personal(place, &String::from_utf8_lossy(&answer.body));
    }
}

fn nothing_personal(place: &str, told: &str) {
    for word in PERSONAL {
        assert!(!told.contains(word), "{word} is in {place}");
    }
}

pub(crate) async fn each_operation_is_open_to_whom_the_table_says_and_to_nobody_else(setup: Setup) {
    let hub = setup.configured("LOG_FILTER", "debug,hyper=info,h2=info,rustls=info").start().await;
    let cast = Cast::of(&hub).await;
    let mut cells = 0;
    let mut scenes = 0;
    for operation in Operation::ALL {
        for address in operation.addresses() {
            let row = if address.starts_with("PUT") && address.contains("/events/") {
                EVENT_UPLOAD
            } else {
                rights(*operation)
            };
            let mut scene = Scene::new(&cast, scenes).await;
            for (name, who, cell) in cast.cells(&row) {
                if cell == Some(Done) {
                    // Whatever the one before did to it, this one finds everything as it should be.
                    scenes += 1;
                    scene = Scene::new(&cast, scenes).await;
                }
                let (method, path, body) = scene.request(&cast, address);
                let answer = who.send_to(&cast.base, method, &path, body, &[]).await.unwrap();
                let place = format!("{address} by {name}");
                check(&place, &answer, cell, &scene);
                let is_list = matches!(operation, Operation::ListNotifications | Operation::ListSubscriptions);
                if is_list && name.contains("another") {
                    let told = String::from_utf8_lossy(&answer.body).into_owned();
                    let other = [&scene.case, scene.subscription["id"].as_str().unwrap()];
                    assert!(other.iter().all(|id| !told.contains(*id)), "{place} shows what is another's");
                }
                cells += 1;
            }
        }
    }
    nothing_personal("a log", &hub.log());
    let metrics = hub.admin("/metrics").await;
    nothing_personal("the metrics", &String::from_utf8_lossy(&metrics.body));
    eprintln!("{cells} cells of the table of rights");
    assert!(cells > 700, "{cells} cells");
}
