//! Who may call what, and what the others are told.

use http::Method;
use navette_gateway::partner::Partner;
use serde_json::{Value, json};

use crate::hub::{Hub, Setup};
use crate::parties::{Depositor, Folder, Must as _, Recipient, complaints, ids, inbox, note, text};

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Owner,
    OtherDepositor,
    Recipient,
    OtherRecipient,
    SameRecipientOtherProcess,
    Administrator,
    Enroller,
}

use Who::{Administrator, Enroller, OtherDepositor, OtherRecipient, Owner, SameRecipientOtherProcess};

const PARTIES: &[Who] = &[Owner, Who::Recipient, Administrator];
const DEPOSITORS: &[Who] = &[Owner, Administrator];
const ANYBODY: &[Who] =
    &[Owner, OtherDepositor, Who::Recipient, OtherRecipient, SameRecipientOtherProcess, Administrator];

/// A request, who may make it, and whether it can be made twice.
struct Row {
    method: Method,
    path: String,
    body: Value,
    allowed: &'static [Who],
    repeatable: bool,
}

fn row(method: Method, path: impl Into<String>, body: Value, allowed: &'static [Who]) -> Row {
    let repeatable = method != Method::DELETE;
    Row { method, path: path.into(), body, allowed, repeatable }
}

struct Everybody {
    depositor: Depositor,
    recipient: Recipient,
    others: Vec<(Who, Partner)>,
}

impl Everybody {
    async fn of(hub: &Hub) -> Self {
        let mut recipients = hub.recipients("CERTDC").await;
        let recipient = recipients.remove(0);
        let own = recipient.partner.credential().organization.clone();
        let other_process = hub
            .access
            .credentials
            .iter()
            .find(|row| row.organization == own && row.process.as_deref() == Some("ETATCIVIL"));
        let others = vec![
            (OtherDepositor, hub.depositor("RSA").await.partner),
            (OtherRecipient, recipients.remove(0).partner),
            (SameRecipientOtherProcess, hub.partner(other_process.unwrap()).await),
            (Administrator, hub.administrator().await),
            (Enroller, hub.enroller().await),
        ];
        Self { depositor: hub.depositor("CERTDC").await, recipient, others }
    }

    fn all(&self) -> impl Iterator<Item = (Who, &Partner)> {
        let parties = [(Owner, &self.depositor.partner), (Who::Recipient, &self.recipient.partner)];
        parties.into_iter().chain(self.others.iter().map(|(who, partner)| (*who, partner)))
    }
}

/// What the rows are about.
struct Things {
    pending: Folder,
    folder: Folder,
    notification: String,
    event: String,
    unsent_event: String,
    unsent_file: String,
}

async fn things(everybody: &Everybody) -> Things {
    let Everybody { depositor, recipient, .. } = everybody;
    let files = [note("a.txt", "a")];
    let pending = depositor.announces(&depositor.folder(&files, &[recipient])).await;
    let folder = depositor.deposits(&files, &[recipient]).await;
    let notification = text(&inbox(&recipient.partner).await[0], "id");
    let event = recipient.answers(&folder.cases[0], "IN_PROGRESS").await;
    let draft = json!({
        "actionType": "ATTACH_DEPOSIT", "notification": true,
        "attachments": [{ "fileName": "b.txt", "type": "PJ", "size": 1, "mimeType": "text/plain" }],
    });
    let unsent = recipient.partner.post_event(&folder.cases[0], &draft).await.must(201).json();
    let (unsent_event, unsent_file) = (text(&unsent, "id"), ids(&unsent["attachments"]).remove(0));
    Things { pending, folder, notification, event, unsent_event, unsent_file }
}

fn teledossiers(everybody: &Everybody, things: &Things) -> Vec<Row> {
    const NONE: Value = Value::Null;
    let Things { pending, folder, notification, event, .. } = things;
    let (case, file) = (&folder.cases[0], &folder.attachments[0]);
    let announcement = everybody.depositor.folder(&[note("a.txt", "a")], &[&everybody.recipient]);
    let update = json!({ "actionType": "STATUS_UPDATE", "notification": false });
    vec![
        row(Method::POST, "/folders", announcement, DEPOSITORS),
        row(Method::GET, format!("/folders/{}", folder.id), NONE, DEPOSITORS),
        row(Method::PATCH, format!("/folders/{}", folder.id), json!({ "globalStatus": "IN_PROGRESS" }), DEPOSITORS),
        row(
            Method::PUT,
            format!("/folders/{}/attachments/{}", pending.id, pending.attachments[0]),
            json!("a"),
            DEPOSITORS,
        ),
        row(Method::DELETE, format!("/folders/{}", pending.id), NONE, DEPOSITORS),
        row(Method::GET, "/notifications", NONE, ANYBODY),
        row(Method::GET, format!("/cases/{case}"), NONE, PARTIES),
        row(Method::GET, format!("/cases/{case}?lite=true"), NONE, PARTIES),
        row(Method::PATCH, format!("/cases/{case}"), json!({ "status": "IN_PROGRESS" }), PARTIES),
        row(Method::GET, format!("/cases/{case}/attachments/{file}"), NONE, PARTIES),
        row(Method::POST, format!("/cases/{case}/events"), update, PARTIES),
        row(Method::GET, format!("/cases/{case}/events/{event}"), NONE, PARTIES),
        row(
            Method::PATCH,
            format!("/cases/{case}/events/{event}"),
            json!({ "status": "RECEIVED" }),
            &[Owner, Administrator],
        ),
        row(Method::DELETE, format!("/notifications/{notification}"), NONE, &[Who::Recipient, Administrator]),
    ]
}

/// Asked below the other parts of the hub.
fn elsewhere() -> Vec<Row> {
    const ENROLLERS: &[Who] = &[Administrator, Enroller];
    let organization = json!({
        "type": "SI", "companyRegister": "21129901100018", "branchCode": "12202", "name": "SPECIMEN",
        "postalCode": "12000", "territory": "Aveyron", "status": "Actif",
    });
    let subscription = json!({ "datapassId": 1, "processCode": "CERTDC" });
    vec![
        row(Method::POST, "/referential/v1/organizations", organization, ENROLLERS),
        row(Method::POST, "/referential/v1/processes", json!({ "code": "CERTDC" }), &[Administrator]),
        row(Method::POST, "/referential/v1/subscriptions", subscription, ENROLLERS),
        row(Method::GET, "/referential/v1/organizations/SI-21129901100018-12202", Value::Null, ENROLLERS),
        row(Method::GET, "/referential/v1/processes/CERTDC", Value::Null, &[Administrator]),
        row(Method::POST, "/navette/v1/admin/credentials", json!({ "scope": "ADMIN" }), &[Administrator]),
    ]
}

async fn ask(hub: &Hub, partner: &Partner, row: &Row, base: &str) -> navette_gateway::partner::Answer {
    let body = match &row.body {
        Value::Null => bytes::Bytes::new(),
        // The content of a file.
        Value::String(text) => bytes::Bytes::from(text.clone()),
        body => bytes::Bytes::from(body.to_string()),
    };
    let url = format!("{}{base}", hub.access.base_url());
    partner.send_to(&url, row.method.clone(), &row.path, body, &[("content-type", "application/json")]).await.unwrap()
}

async fn check(hub: &Hub, everybody: &Everybody, row: &Row, base: &str) {
    let nobody =
        Partner::new(hub.transport.clone(), hub.access.clone(), everybody.depositor.partner.credential().clone());
    let answer = ask(hub, &nobody, row, base).await;
    assert_eq!(answer.status, 401, "{} {} without a token", row.method, row.path);
    assert_eq!(answer.json()["errors"][0]["code"], 900_901);

    for (who, partner) in everybody.all().filter(|(who, _)| !row.allowed.contains(who)) {
        let answer = ask(hub, partner, row, base).await;
        assert_eq!(answer.status, 403, "{} {} by {who:?}: {}", row.method, row.path, answer.json());
        assert_eq!(answer.json(), json!({ "errors": [{ "code": 403, "message": "Unauthorized user" }] }));
    }
    for (who, partner) in everybody.all().filter(|(who, _)| row.allowed.contains(who)) {
        let answer = ask(hub, partner, row, base).await;
        // What the referential has already, or lacks fields of, is a fault of the request and not of the caller.
        let is_fault = base.is_empty() && answer.status == 400;
        assert!(answer.status.is_success() || is_fault, "{} {} by {who:?}: {}", row.method, row.path, answer.json());
        if !row.repeatable {
            break;
        }
    }
}

pub(crate) async fn everybody_does_what_is_theirs_and_nothing_else(setup: Setup) {
    let hub = setup.start().await;
    let everybody = Everybody::of(&hub).await;
    let things = things(&everybody).await;
    for row in teledossiers(&everybody, &things) {
        check(&hub, &everybody, &row, "/teledossiers/v1").await;
    }
    for row in elsewhere() {
        check(&hub, &everybody, &row, "").await;
    }
    unsent_events_are_their_authors(&everybody, &things).await;
}

/// To the other side an event whose files are still being sent does not exist.
async fn unsent_events_are_their_authors(everybody: &Everybody, things: &Things) {
    let case = &things.folder.cases[0];
    let event = format!("/cases/{case}/events/{}", things.unsent_event);
    let file = format!("{event}/attachments/{}", things.unsent_file);
    for (who, partner) in everybody.all() {
        let (seen, hidden) = match who {
            Who::Recipient | Administrator => (200, 0),
            Owner => (0, 404),
            OtherDepositor | OtherRecipient | SameRecipientOtherProcess | Enroller => (0, 403),
        };
        let expected = seen.max(hidden);
        partner.get(&event).await.must(expected);
        if expected != 200 {
            partner.send(Method::PUT, &file, "b".into(), &[]).await.must(expected);
            partner.get(&file).await.must(expected);
            partner.delete(&event).await.must(expected);
        }
    }
    let author = &everybody.recipient.partner;
    author.send(Method::PUT, &file, "b".into(), &[]).await.must(204);
    assert_eq!(author.get(&file).await.must(200).body.as_ref(), b"b");
    author.delete(&event).await.must(204);
    author.get(&event).await.must(404);
}

pub(crate) async fn what_does_not_exist_is_not_found(setup: Setup) {
    const UNKNOWN: &str = "01980000-0000-7000-8000-000000000000";
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let folder = depositor.deposits(&[note("a.txt", "a")], &[&recipient]).await;
    let case = &folder.cases[0];
    for (method, path, noun) in [
        (Method::GET, format!("/folders/{UNKNOWN}"), "Folder"),
        (Method::DELETE, format!("/folders/{UNKNOWN}"), "Folder"),
        (Method::PUT, format!("/folders/{UNKNOWN}/attachments/{UNKNOWN}"), "Folder"),
        (Method::PUT, format!("/folders/{}/attachments/{UNKNOWN}", folder.id), "Binary meta-data"),
        (Method::GET, format!("/cases/{UNKNOWN}"), "Case"),
        (Method::GET, format!("/cases/{UNKNOWN}/attachments/{UNKNOWN}"), "Case"),
        (Method::GET, format!("/cases/{case}/attachments/{UNKNOWN}"), "File"),
        (Method::GET, format!("/cases/{case}/events/{UNKNOWN}"), "Event"),
        (Method::DELETE, format!("/cases/{case}/events/{UNKNOWN}"), "Event"),
        (Method::DELETE, format!("/notifications/{UNKNOWN}"), "Notification"),
    ] {
        let answer = depositor.partner.send(method, &path, bytes::Bytes::new(), &[]).await.must(404).json();
        assert_eq!(answer, json!({ "errors": [{ "code": 404, "message": format!("{noun} is not found") }] }), "{path}");
    }
    // An event of one case is not an event of another.
    let other = depositor.deposits(&[note("a.txt", "a")], &[&recipient]).await;
    let event = recipient.answers(&other.cases[0], "IN_PROGRESS").await;
    recipient.partner.get(&format!("/cases/{case}/events/{event}")).await.must(404);
    let answer = depositor.partner.get("/folders/not-a-uuid").await.must(400).json();
    assert_eq!(complaints(&answer), ["[folderId] Input string \"not-a-uuid\" is not a valid UUID"]);
}

pub(crate) async fn a_case_that_was_not_completed_is_nobodys_but_the_depositors(setup: Setup) {
    let hub = setup.start().await;
    let (depositor, recipient) = (hub.depositor("CERTDC").await, hub.recipient("CERTDC").await);
    let files = [note("a.txt", "a")];
    let folder = depositor.announces(&depositor.folder(&files, &[&recipient])).await;
    depositor.sends(&folder, &files).await;
    let case = format!("/cases/{}", folder.cases[0]);
    recipient.partner.get(&case).await.must(403);
    recipient.partner.get(&format!("{case}/attachments/{}", folder.attachments[0])).await.must(403);
    depositor.partner.get(&case).await.must(200);
    depositor.completes(&folder).await;
    recipient.fetches(&folder.cases[0], &files).await;
    depositor.partner.delete(&format!("/folders/{}", folder.id)).await.must(400);
}
