//! What a folder cannot be announced with. Every fault is told at once, and nothing is written.

use std::sync::Arc;

use navette_router::entry::Fact;
use navette_router::model::{
    AttachmentDraft, FolderDraft, PartnerInfo, Process, ProcessCode, Subscription, SubscriptionStatus, Timestamp,
};
use navette_router::ports::Clock as _;
use navette_router::ports::Store as _;
use navette_router::{Error, Faults, Limits};
use navette_storage::conformance::fixtures::{
    File, folder_draft, foreign_process, ordinary_process, osl, other_osl, recipient, urgent_process,
};
use navette_storage::memory::Memory;

use crate::stage::{Stage, faults, forbidden};

async fn announce(stage: &Stage, draft: FolderDraft) -> Result<(), Error> {
    let before = stage.entries();
    let result = stage.hub.create_folder(&osl(), draft, PartnerInfo::default(), Faults::default()).await;
    assert!(result.is_ok() || stage.entries() == before, "a refused folder was written");
    result.map(drop)
}

fn draft() -> FolderDraft {
    folder_draft(&ordinary_process(), &[0, 1], &[File::pdf(1), File::xml(2)])
}

fn first_attachment(draft: &mut FolderDraft) -> &mut AttachmentDraft {
    &mut draft.attachments.as_mut().unwrap()[0]
}

/// Changes the subscription of recipient 0 to the ordinary process.
async fn change_subscription(stage: &Stage, change: impl FnOnce(&mut Subscription)) {
    let mut subscription =
        stage.memory.referential(|known| known.subscription_of(&recipient(0), &ordinary_process()).cloned()).unwrap();
    change(&mut subscription);
    stage.hub.seed(vec![Fact::SubscriptionRegistered(subscription)]).await.unwrap();
}

#[tokio::test]
async fn every_missing_field_is_told_at_once() {
    let stage = Stage::new().await;
    let found = faults(announce(&stage, FolderDraft::default()).await);
    for field in ["processCode", "externalId", "applicant", "cases", "attachments"] {
        assert!(found.iter().any(|fault| fault.starts_with(&format!("{field}: "))), "{field} in {found:?}");
    }
    assert_eq!(found.len(), 5, "{found:?}");
}

#[tokio::test]
async fn faults_of_all_parts_are_told_at_once_with_those_that_reading_found() {
    let stage = Stage::new().await;
    let mut draft = draft();
    draft.external_id = Some("x".repeat(31));
    draft.applicant.as_mut().unwrap().email = Some("nowhere".to_owned());
    draft.cases.as_mut().unwrap()[1].recipient.as_mut().unwrap().branch_code = Some("99".to_owned());
    let attachment = first_attachment(&mut draft);
    attachment.kind = Some("UNHEARD_OF".to_owned());
    attachment.mime_type = Some("image/png".to_owned());
    attachment.size = Some(-1);
    attachment.recipients = Some(vec!["case-7".to_owned()]);
    let mut read = Faults::default();
    read.add("closeDateTime", "is not a valid date");
    let result = stage.hub.create_folder(&osl(), draft, PartnerInfo::default(), read).await;
    let paths: Vec<String> =
        faults(result).iter().map(|fault| fault.split(':').next().unwrap_or_default().to_owned()).collect();
    let expected = [
        "closeDateTime",
        "externalId",
        "applicant.email",
        "cases[1].recipient",
        "attachments[0].size",
        "attachments[0].recipients",
        "attachments[0].type",
        "attachments[0].mimeType",
    ];
    assert_eq!(paths, expected);
}

#[tokio::test]
async fn a_recipient_that_does_not_exist_is_refused_in_the_deployed_words() {
    let stage = Stage::new().await;
    let draft = folder_draft(&ordinary_process(), &[0, 9], &[File::pdf(1)]);
    let expected = format!("cases[1].recipient: Case recipient {} does not exist", recipient(9));
    assert_eq!(faults(announce(&stage, draft).await), [expected]);
}

#[tokio::test]
async fn a_recipient_without_a_subscription_in_force_is_refused_in_the_deployed_words() {
    let changes: [fn(&mut Subscription, Timestamp); 5] = [
        |subscription, _| subscription.status = SubscriptionStatus::Suspended,
        |subscription, _| subscription.status = SubscriptionStatus::Inactive,
        |subscription, _| subscription.status = SubscriptionStatus::Rejected,
        |subscription, now| subscription.ends_at = Some(now),
        |subscription, now| subscription.activated_at = Some(Timestamp::from_milliseconds(now.milliseconds() + 1)),
    ];
    for change in changes {
        let stage = Stage::new().await;
        let now = stage.clock.now();
        change_subscription(&stage, |subscription| change(subscription, now)).await;
        let refused = faults(announce(&stage, draft()).await);
        let expected =
            format!("cases[0].recipient: Case recipient {} does not suscribed to {}", recipient(0), ordinary_process());
        assert_eq!(refused, [expected]);
    }
}

#[tokio::test]
async fn a_process_of_another_depositor_is_forbidden() {
    let stage = Stage::new().await;
    forbidden(announce(&stage, folder_draft(&foreign_process(), &[0], &[File::pdf(1)])).await);
    let own = folder_draft(&urgent_process(), &[0], &[File::pdf(1)]);
    forbidden(stage.hub.create_folder(&other_osl(), own, PartnerInfo::default(), Faults::default()).await);
}

#[tokio::test]
async fn a_process_that_is_unknown_or_not_activated_is_refused() {
    let stage = Stage::new().await;
    let unknown = folder_draft(&ProcessCode::new("certdc").unwrap(), &[0], &[File::pdf(1)]);
    assert!(faults(announce(&stage, unknown).await)[0].starts_with("processCode: "));
    let process = stage.memory.referential(|known| known.process(&ordinary_process()).cloned()).unwrap();
    let process = Process { is_activated: false, ..Arc::unwrap_or_clone(process) };
    stage.hub.seed(vec![Fact::ProcessRegistered(process)]).await.unwrap();
    assert!(faults(announce(&stage, draft()).await)[0].contains("not activated"));
}

#[tokio::test]
async fn a_kind_a_format_or_a_size_that_the_process_does_not_allow_is_refused() {
    let stage = Stage::new().await;
    let mut kind = draft();
    // Kinds are compared with their case.
    first_attachment(&mut kind).kind = Some("flux".to_owned());
    assert!(faults(announce(&stage, kind).await)[0].starts_with("attachments[0].type: "));
    let mut format = draft();
    first_attachment(&mut format).mime_type = Some("application/zip".to_owned());
    assert!(faults(announce(&stage, format).await)[0].starts_with("attachments[0].mimeType: "));
    let mut size = draft();
    first_attachment(&mut size).size = Some((1 << 30) + 1);
    assert!(faults(announce(&stage, size).await)[0].starts_with("attachments[0].size: "));
    let mut alias = draft();
    alias.attachments.as_mut().unwrap()[1].mime_type = Some("text/xml; charset=utf-8".to_owned());
    announce(&stage, alias).await.unwrap();
}

#[tokio::test]
async fn an_attachment_must_name_a_case_of_its_folder_and_cases_must_differ() {
    let stage = Stage::new().await;
    for recipients in [None, Some(vec![]), Some(vec!["case-0".to_owned(), "case-2".to_owned()])] {
        let mut nobody = draft();
        first_attachment(&mut nobody).recipients = recipients;
        assert!(faults(announce(&stage, nobody).await)[0].starts_with("attachments[0].recipients: "));
    }
    let mut twins = draft();
    twins.cases.as_mut().unwrap()[1].external_id = Some("case-0".to_owned());
    let found = faults(announce(&stage, twins).await);
    assert!(found.iter().any(|fault| fault.starts_with("cases[1].externalId: ")), "{found:?}");
}

#[tokio::test]
async fn a_folder_needs_a_case_and_has_no_more_than_the_limits() {
    let limits = Limits { cases_per_folder: 2, attachments_per_folder: 2, ..Limits::default() };
    let stage = Stage::over(Memory::new(), limits).await;
    let mut empty = draft();
    empty.cases = Some(vec![]);
    assert!(faults(announce(&stage, empty).await).iter().any(|fault| fault.starts_with("cases: ")));
    let cases = folder_draft(&ordinary_process(), &[0, 1, 2], &[File::pdf(1)]);
    assert!(faults(announce(&stage, cases).await)[0].starts_with("cases: "));
    let files = folder_draft(&ordinary_process(), &[0], &[File::pdf(1), File::pdf(2), File::pdf(3)]);
    assert!(faults(announce(&stage, files).await)[0].starts_with("attachments: "));
    announce(&stage, draft()).await.unwrap();
}

#[tokio::test]
async fn control_characters_and_overlong_texts_are_refused() {
    let stage = Stage::new().await;
    for name in ["a\0b.pdf".to_owned(), "a\nb.pdf".to_owned(), "x".repeat(256), " ".to_owned()] {
        let mut draft = draft();
        first_attachment(&mut draft).file_name = Some(name);
        assert!(faults(announce(&stage, draft).await)[0].starts_with("attachments[0].fileName: "));
    }
}
