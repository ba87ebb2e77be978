//! The move of all cases of one organization to another.

use navette_router::hub::MigrationDraft;
use navette_router::model::{ActionType, EventStatus};
use navette_router::model::{OrganizationKey, OrganizationKeyDraft, Status};
use navette_router::{Caller, Error, Faults, Noun};
use navette_storage::conformance::fixtures::{
    self, event_draft, ordinary_process, osl, other_osl, recipient as recipient_key, si,
};

use crate::stage::{Stage, administrator};

fn draft(key: &OrganizationKey) -> OrganizationKeyDraft {
    OrganizationKeyDraft {
        kind: Some(key.kind().as_str().to_owned()),
        company_register: Some(key.company_register().to_owned()),
        branch_code: Some(key.branch_code().to_owned()),
    }
}

async fn migrate(
    stage: &Stage,
    caller: &Caller,
    source: &OrganizationKey,
    target: &OrganizationKey,
) -> Result<u64, Error> {
    let draft = MigrationDraft { source: Some(draft(source)), target: Some(draft(target)) };
    stage.hub.migrate(caller, draft, Faults::default()).await
}

#[tokio::test]
async fn cases_move_with_what_waits_and_their_trail_and_only_once() {
    let stage = Stage::new().await;
    let (former, next) = (si(0, &ordinary_process()), si(2, &ordinary_process()));
    let mut cases = Vec::new();
    for _ in 0..3 {
        cases.push(stage.case().await);
    }
    let mut draft = event_draft(ActionType::ComAdd);
    draft.notification = Some(true);
    let event = stage.post(&former, cases[0], draft).await.unwrap().event.id;
    let bystander = navette_storage::conformance::steps::deposit(
        &stage.hub,
        &osl(),
        &ordinary_process(),
        &[1],
        &[fixtures::File::pdf(1)],
    )
    .await;

    assert_eq!(migrate(&stage, &administrator(), &recipient_key(0), &recipient_key(2)).await.unwrap(), 3);
    assert!(stage.inbox(&former).await.is_empty());
    assert_eq!(stage.inbox(&next).await.len(), 3, "what waited for the one waits for the other");
    for case in &cases {
        assert!(matches!(stage.hub.case(&former, *case, true).await, Err(Error::Forbidden)));
        assert_eq!(stage.hub.case(&next, *case, true).await.unwrap().case.recipient, recipient_key(2));
    }
    let trail = stage.hub.case(&next, cases[0], false).await.unwrap().events;
    assert_eq!((trail.len(), &trail[0].event.transmitter), (1, &recipient_key(0)));
    // The depositor's answer reaches whoever has the case now.
    stage.hub.update_event(&osl(), cases[0], event, EventStatus::Received).await.unwrap();
    assert_eq!(stage.inbox(&next).await.len(), 4);
    assert!(stage.inbox(&former).await.is_empty());
    assert_eq!(
        stage.hub.case(&si(1, &ordinary_process()), bystander.cases[0].id, true).await.unwrap().case.status,
        Status::HubeeNotified
    );

    assert_eq!(migrate(&stage, &administrator(), &recipient_key(0), &recipient_key(2)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_migration_that_cannot_be_is_refused_with_a_reason() {
    let stage = Stage::new().await;
    let case = stage.case().await;
    let entries = stage.entries();
    let nobody = fixtures::key(navette_router::model::OrganizationType::Si, "99999999999999", "1");
    let unknown = migrate(&stage, &administrator(), &recipient_key(0), &nobody).await;
    assert!(matches!(unknown, Err(Error::NotFound(Noun::Organization))), "{unknown:?}");
    let itself = migrate(&stage, &administrator(), &recipient_key(0), &recipient_key(0)).await.unwrap_err();
    assert!(itself.to_string().contains("organizationTarget: is organizationSource"), "{itself}");
    let depositor = migrate(&stage, &administrator(), &recipient_key(0), &fixtures::depositor()).await.unwrap_err();
    assert!(depositor.to_string().contains("must be of type SI"), "{depositor}");
    let empty = stage.hub.migrate(&administrator(), MigrationDraft::default(), Faults::default()).await.unwrap_err();
    assert!(empty.to_string().contains("organizationSource: ") && empty.to_string().contains("organizationTarget: "));
    for caller in [osl(), other_osl(), si(1, &ordinary_process())] {
        let refused = migrate(&stage, &caller, &recipient_key(0), &recipient_key(2)).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
    }
    assert_eq!(stage.entries(), entries);
    assert_eq!(stage.hub.case(&administrator(), case, true).await.unwrap().case.recipient, recipient_key(0));
}

#[tokio::test]
async fn two_migrations_of_one_organization_at_once_move_each_case_once() {
    let stage = Stage::new().await;
    for _ in 0..5 {
        stage.case().await;
    }
    let admin = administrator();
    let (source, one, other) = (recipient_key(0), recipient_key(1), recipient_key(2));
    let (first, second) =
        tokio::join!(migrate(&stage, &admin, &source, &one), migrate(&stage, &admin, &source, &other));
    let moved = [&first, &second].into_iter().flatten().sum::<u64>();
    assert_eq!(moved, 5, "{first:?} {second:?}");
    let refused = [first, second].into_iter().filter_map(Result::err).next().expect("one of them is refused");
    assert!(refused.to_string().contains("is being moved to"), "{refused}");
}
