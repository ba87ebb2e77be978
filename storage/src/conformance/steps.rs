//! The steps of a dossier's life, through the use cases.

use std::convert::Infallible;

use bytes::Bytes;
use navette_router::hub::{
    EventView, Expectation, FolderView, NotificationQuery, NotificationView, ReceiveError, Target,
};
use navette_router::model::{
    AttachmentId, CaseId, EventDraft, EventId, EventStatus, FolderId, PartnerInfo, ProcessCode, Status,
};
use navette_router::ports::{Attachments, Clock, Store};
use navette_router::{Caller, Error, Faults, Hub};

use super::contents::drain;
use super::fixtures::{File, folder_draft, frames};

/// How many bytes a frame of an upload has: no divisor of anything.
const FRAME_BYTES: usize = 60_013;

/// Announces a folder with a case for each of `recipients`, who all see `files`.
pub async fn announce<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    process: &ProcessCode,
    recipients: &[usize],
    files: &[File],
) -> Result<FolderView, Error> {
    let draft = folder_draft(process, recipients, files);
    hub.create_folder(caller, draft, PartnerInfo::default(), Faults::default()).await
}

/// Sends the bytes of an attachment, of which nothing was said before.
pub async fn send<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    target: Target,
    bytes: Bytes,
) -> Result<(), ReceiveError<Infallible>> {
    hub.receive(caller, target, Expectation::default(), frames(bytes, FRAME_BYTES)).await
}

/// Sends the files of a folder, which were announced in this order.
pub async fn send_files<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    folder: &FolderView,
    files: &[File],
) {
    for (attachment, file) in folder.attachments.iter().zip(files) {
        let target = Target::Folder { folder: folder.folder.id, attachment: attachment.id };
        send(hub, caller, target, file.bytes.clone()).await.expect("the announced file is received");
    }
}

/// Completes a deposit.
pub async fn complete<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    folder: FolderId,
) -> Result<(), Error> {
    hub.update_folder(caller, folder, Status::HubeeCompleted, None).await
}

/// A whole deposit: announced, sent, completed. As it is afterwards.
pub async fn deposit<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    process: &ProcessCode,
    recipients: &[usize],
    files: &[File],
) -> FolderView {
    let folder = announce(hub, caller, process, recipients, files).await.expect("the folder is announced");
    send_files(hub, caller, &folder, files).await;
    complete(hub, caller, folder.folder.id).await.expect("the folder is completed");
    hub.folder(caller, folder.folder.id).await.expect("the folder is there")
}

/// Everything that waits for the caller, as far as one page holds it.
pub async fn waiting<S: Store, A: Attachments, C: Clock>(hub: &Hub<S, A, C>, caller: &Caller) -> Vec<NotificationView> {
    let query = NotificationQuery { limit: Some(usize::MAX), ..NotificationQuery::default() };
    hub.notifications(caller, query).await.expect("the inbox is read").notifications
}

/// Posts an event.
pub async fn post<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    case: CaseId,
    draft: EventDraft,
) -> Result<EventView, Error> {
    hub.post_event(caller, case, draft, PartnerInfo::default(), Faults::default()).await
}

/// Posts an event with files, sends them, and sends it.
pub async fn post_files<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    case: CaseId,
    draft: EventDraft,
    files: &[File],
) -> EventId {
    let event = post(hub, caller, case, draft).await.expect("the event is posted");
    for (attachment, file) in event.attachments.iter().zip(files) {
        let target = Target::Event { case, event: event.event.id, attachment: attachment.id };
        send(hub, caller, target, file.bytes.clone()).await.expect("the announced file is received");
    }
    hub.update_event(caller, case, event.event.id, EventStatus::Sent).await.expect("the event is sent");
    event.event.id
}

/// The whole content of an attachment of a case.
pub async fn download<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    case: CaseId,
    attachment: AttachmentId,
) -> Result<Bytes, Error> {
    let download = hub.download_of_case(caller, case, attachment, |size| 0..size).await?;
    Ok(drain(download.bytes).await.expect("its bytes are read"))
}

/// The whole content of an attachment of an event.
pub async fn download_of_event<S: Store, A: Attachments, C: Clock>(
    hub: &Hub<S, A, C>,
    caller: &Caller,
    case: CaseId,
    event: EventId,
    attachment: AttachmentId,
) -> Result<Bytes, Error> {
    let download = hub.download_of_event(caller, case, event, attachment, |size| 0..size).await?;
    Ok(drain(download.bytes).await.expect("its bytes are read"))
}
