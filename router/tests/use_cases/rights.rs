//! Who may do what, as one table: every use case, tried by everybody.

use navette_router::hub::{CredentialDraft, FolderView, ReceiveError, Target};
use navette_router::model::{
    ActionType, CaseId, EventId, EventStatus, OrganizationDraft, ProcessDraft, SecretHash, Status, SubscriptionDraft,
};
use navette_router::ports::Store as _;
use navette_router::{Caller, Error, Faults};
use navette_storage::conformance::fixtures::{
    File, depositor, enroller, event_draft, file_event_draft, ordinary_process, osl, other_osl,
    recipient as recipient_key, si, urgent_process,
};
use navette_storage::conformance::steps;

use crate::stage::{Stage, administrator, first_file, recipient};

/// Everybody who might try, of whom the first three have to do with the case.
const CALLERS: [&str; 8] = [
    "owner",
    "recipient",
    "administrator",
    "other depositor",
    "other recipient",
    "recipient of another process",
    "depositor of another process",
    "enroller",
];

fn caller(name: &str) -> Caller {
    match name {
        "owner" => osl(),
        "recipient" => recipient(),
        "administrator" => administrator(),
        "other depositor" => other_osl(),
        "other recipient" => si(1, &ordinary_process()),
        "recipient of another process" => si(0, &urgent_process()),
        "depositor of another process" => Caller { process: Some(urgent_process()), ..osl() },
        "enroller" => enroller(),
        other => panic!("nobody is called {other}"),
    }
}

/// What is there to be tried: a folder that is only announced, one that is notified, and events of both sides on its case.
struct Scene {
    stage: Stage,
    announced: FolderView,
    notified: FolderView,
    case: CaseId,
    sent: EventId,
    files_of_recipient: (EventId, Target),
    files_of_depositor: (EventId, Target),
}

impl Scene {
    async fn set() -> Self {
        let stage = Stage::new().await;
        let (announced, notified) = (stage.announced().await, stage.notified().await);
        let case = notified.cases[0].id;
        let sent =
            steps::post_files(&stage.hub, &osl(), case, file_event_draft(&[File::pdf(1)]), &[File::pdf(1)]).await;
        let files_of_recipient = open_event(&stage, &recipient(), case).await;
        let files_of_depositor = open_event(&stage, &osl(), case).await;
        Self { stage, announced, notified, case, sent, files_of_recipient, files_of_depositor }
    }

    /// Tries one use case.
    async fn attempt(&self, what: &str, caller: &Caller) -> Result<(), Error> {
        let (stage, hub, case) = (&self.stage, &self.stage.hub, self.case);
        let (announced, notified) = (self.announced.folder.id, self.notified.folder.id);
        let faults = Faults::default();
        match what {
            "announce a folder" => {
                steps::announce(hub, caller, &ordinary_process(), &[0], &[File::pdf(1)]).await.map(drop)
            }
            "read a folder" => hub.folder(caller, announced).await.map(drop),
            "close a folder" => hub.update_folder(caller, notified, Status::Closed, None).await,
            "send a file of a folder" => receive(stage, caller, first_file(&self.announced)).await,
            "delete a folder" => hub.delete_folder(caller, announced).await,
            "read an inbox" => hub.notifications(caller, Default::default()).await.map(drop),
            "read a case" => hub.case(caller, case, false).await.map(drop),
            "set the status of a case" => hub.update_case(caller, case, Status::InProgress).await,
            "read a file of a case" => {
                steps::download(hub, caller, case, self.notified.attachments[0].id).await.map(drop)
            }
            "post an event" => stage.post(caller, case, event_draft(ActionType::ComAdd)).await.map(drop),
            "read an event" => hub.event(caller, case, self.sent).await.map(drop),
            "read a file of an event" => {
                let file = hub.event(&administrator(), case, self.sent).await?.attachments[0].id;
                steps::download_of_event(hub, caller, case, self.sent, file).await.map(drop)
            }
            "receive an event" => hub.update_event(caller, case, self.sent, EventStatus::Received).await,
            "send a file of the recipient's event" => receive(stage, caller, self.files_of_recipient.1).await,
            "delete the depositor's event" => hub.delete_event(caller, case, self.files_of_depositor.0).await,
            "register an organization" => {
                hub.create_organization(caller, OrganizationDraft::default(), faults).await.map(drop)
            }
            "read an organization" => hub.organization(caller, &recipient_key(0)).map(drop),
            "register a process" => hub.create_process(caller, ProcessDraft::default(), faults).await.map(drop),
            "read a process" => hub.process(caller, &ordinary_process()).map(drop),
            "create a subscription" => {
                hub.create_subscription(caller, SubscriptionDraft::default(), faults).await.map(drop)
            }
            "read a subscription" => {
                let found = stage.memory.referential(|known| {
                    known.subscription_of(&recipient_key(0), &ordinary_process()).map(|subscription| subscription.id)
                });
                hub.subscription(caller, found.unwrap()).map(drop)
            }
            "issue a credential" => {
                hub.issue_credential(caller, CredentialDraft::default(), SecretHash([0; 32]), faults).await.map(drop)
            }
            other => panic!("nothing is called {other}"),
        }
    }
}

async fn open_event(stage: &Stage, author: &Caller, case: CaseId) -> (EventId, Target) {
    let event = stage.post(author, case, file_event_draft(&[File::pdf(1)])).await.unwrap();
    let (id, attachment) = (event.event.id, event.attachments[0].id);
    (id, Target::Event { case, event: id, attachment })
}

async fn receive(stage: &Stage, caller: &Caller, target: Target) -> Result<(), Error> {
    match steps::send(&stage.hub, caller, target, File::pdf(1).bytes).await {
        Ok(()) => Ok(()),
        Err(ReceiveError::Hub(error)) => Err(error),
        Err(ReceiveError::Body(never)) => match never {},
    }
}

/// Who may; a refusal for the faults of an empty draft shows that the right is there.
const TABLE: &[(&str, &[&str])] = &[
    ("announce a folder", &["owner", "administrator"]),
    ("read a folder", &["owner", "administrator"]),
    ("close a folder", &["owner", "administrator"]),
    ("send a file of a folder", &["owner", "administrator"]),
    ("delete a folder", &["owner", "administrator"]),
    (
        "read an inbox",
        &[
            "owner",
            "recipient",
            "administrator",
            "other depositor",
            "other recipient",
            "recipient of another process",
            "depositor of another process",
        ],
    ),
    ("read a case", &["owner", "recipient", "administrator"]),
    ("set the status of a case", &["owner", "recipient", "administrator"]),
    ("read a file of a case", &["owner", "recipient", "administrator"]),
    ("post an event", &["owner", "recipient", "administrator"]),
    ("read an event", &["owner", "recipient", "administrator"]),
    ("read a file of an event", &["owner", "recipient", "administrator"]),
    ("receive an event", &["recipient", "administrator"]),
    ("send a file of the recipient's event", &["recipient", "administrator"]),
    ("delete the depositor's event", &["owner", "administrator"]),
    ("register an organization", &["administrator", "enroller"]),
    ("read an organization", &["administrator", "enroller"]),
    ("register a process", &["administrator"]),
    ("read a process", &["administrator"]),
    ("create a subscription", &["administrator", "enroller"]),
    ("read a subscription", &["owner", "administrator"]),
    ("issue a credential", &["administrator"]),
];

#[tokio::test]
async fn each_use_case_is_open_to_whom_the_table_says_and_to_nobody_else() {
    for (what, allowed) in TABLE {
        for name in CALLERS {
            let scene = Scene::set().await;
            let before = scene.stage.entries();
            let result = scene.attempt(what, &caller(name)).await;
            let refused = matches!(result, Err(Error::Forbidden | Error::NotFound(_)));
            assert_eq!(refused, !allowed.contains(&name), "{name} tries to {what}: {result:?}");
            assert!(!refused || scene.stage.entries() == before, "{name} is refused to {what}, yet it is written");
        }
    }
}

#[tokio::test]
async fn a_stranger_is_told_that_it_has_no_right_and_the_other_side_that_a_hidden_event_does_not_exist() {
    let scene = Scene::set().await;
    for name in ["other depositor", "other recipient", "recipient of another process", "depositor of another process"] {
        for what in ["read a case", "post an event", "read an event", "delete the depositor's event"] {
            let result = scene.attempt(what, &caller(name)).await;
            assert!(matches!(result, Err(Error::Forbidden)), "{name} tries to {what}: {result:?}");
        }
    }
    let hidden = scene.attempt("delete the depositor's event", &recipient()).await;
    assert!(matches!(hidden, Err(Error::NotFound(_))), "{hidden:?}");
    assert_eq!(scene.notified.folder.depositor, depositor());
}
