//! What does not exist is not found, by its name; whose it is not is told first only when the caller could never have it.

use navette_router::hub::{ReceiveError, Target};
use navette_router::model::{
    ActionType, AttachmentId, CaseId, ClientId, EventId, EventStatus, FolderId, NotificationId, OrganizationKey,
    ProcessCode, Status, SubscriptionId,
};
use navette_router::{Error, Noun};
use navette_storage::conformance::fixtures::{File, enroller, event_draft, osl, recipient as recipient_key};
use navette_storage::conformance::steps;

use crate::stage::{Stage, administrator, first_file, forbidden, recipient};

#[track_caller]
fn missing<T>(noun: Noun, result: Result<T, Error>) {
    match result {
        Err(Error::NotFound(found)) => assert_eq!(found, noun),
        Err(error) => panic!("{noun} is refused otherwise: {error}"),
        Ok(_) => panic!("{noun} is found"),
    }
}

#[tokio::test]
async fn every_thing_that_does_not_exist_is_not_found_under_its_name() {
    let stage = Stage::new().await;
    let hub = &stage.hub;
    let folder = FolderId::generate();
    missing(Noun::Folder, hub.folder(&osl(), folder).await);
    missing(Noun::Folder, hub.update_folder(&osl(), folder, Status::HubeeCompleted, None).await);
    missing(Noun::Folder, hub.delete_folder(&osl(), folder).await);
    let case = CaseId::generate();
    for caller in [osl(), recipient(), administrator()] {
        missing(Noun::Case, hub.case(&caller, case, true).await);
        missing(Noun::Case, hub.update_case(&caller, case, Status::Done).await);
        missing(Noun::Case, stage.post(&caller, case, event_draft(ActionType::ComAdd)).await);
        missing(Noun::Case, hub.event(&caller, case, EventId::generate()).await);
        missing(Noun::Notification, hub.delete_notification(&caller, NotificationId::generate()).await);
    }
    let case = stage.case().await;
    let (event, attachment) = (EventId::generate(), AttachmentId::generate());
    missing(Noun::Event, hub.event(&osl(), case, event).await);
    missing(Noun::Event, hub.update_event(&osl(), case, event, EventStatus::Received).await);
    missing(Noun::Event, hub.delete_event(&osl(), case, event).await);
    missing(Noun::File, steps::download(hub, &osl(), case, attachment).await);
    missing(Noun::Event, steps::download_of_event(hub, &osl(), case, event, attachment).await);
    let target = Target::Event { case, event, attachment };
    let Err(ReceiveError::Hub(error)) = stage.send(target, File::pdf(1).bytes).await else { panic!("it is received") };
    missing::<()>(Noun::Event, Err(error));
}

#[tokio::test]
async fn an_event_is_found_under_its_own_case_only() {
    let stage = Stage::new().await;
    let (case, other) = (stage.case().await, stage.case().await);
    let event = stage.post(&osl(), case, event_draft(ActionType::ComAdd)).await.unwrap().event.id;
    missing(Noun::Event, stage.hub.event(&osl(), other, event).await);
    missing(Noun::Event, stage.hub.update_event(&recipient(), other, event, EventStatus::Received).await);
}

#[tokio::test]
async fn a_file_that_was_announced_and_not_received_cannot_be_downloaded() {
    let stage = Stage::new().await;
    let folder = stage.announced().await;
    let (case, attachment) = (folder.cases[0].id, folder.attachments[0].id);
    missing(Noun::File, steps::download(&stage.hub, &osl(), case, attachment).await);
    stage.send(first_file(&folder), File::pdf(1).bytes).await.unwrap();
    assert!(steps::download(&stage.hub, &osl(), case, attachment).await.is_ok());
}

#[tokio::test]
async fn what_the_referential_does_not_know_is_not_found() {
    let stage = Stage::new().await;
    missing(Noun::Organization, stage.hub.organization(&administrator(), &recipient_key(99)));
    missing(Noun::Process, stage.hub.process(&administrator(), &ProcessCode::new("NOTHING").unwrap()));
    missing(Noun::Subscription, stage.hub.subscription(&administrator(), SubscriptionId::generate()));
    let client_id = ClientId::new("nobody").unwrap();
    missing(Noun::Credential, stage.hub.revoke_credential(&administrator(), &client_id).await);
    assert!(stage.hub.caller(&client_id).is_none());
}

#[tokio::test]
async fn whoever_never_handles_cases_is_refused_whether_they_exist_or_not() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    for id in [case, CaseId::generate()] {
        forbidden(stage.hub.case(&enroller(), id, true).await);
    }
    for id in [FolderId::generate(), stage.announced().await.folder.id] {
        forbidden(stage.hub.folder(&recipient(), id).await);
        forbidden(stage.hub.delete_folder(&enroller(), id).await);
    }
    let hub: OrganizationKey = OrganizationKey::hub();
    forbidden(stage.hub.organization(&osl(), &hub));
}
