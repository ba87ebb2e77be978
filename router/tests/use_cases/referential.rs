//! Organizations, processes and subscriptions.

use navette_router::model::{
    ContactDraft, OrganizationDraft, OrganizationKey, OrganizationKeyDraft, ProcessDraft, SubscriptionDraft,
    SubscriptionStatus,
};
use navette_router::ports::Store as _;
use navette_router::{Error, Faults, Noun};
use navette_storage::conformance::fixtures::{
    depositor, enroller, foreign_process, ordinary_process, osl, other_osl, recipient, urgent_process,
};

use crate::stage::{Stage, administrator, faults};

fn text(word: &str) -> Option<String> {
    Some(word.to_owned())
}

fn key(key: &OrganizationKey) -> OrganizationKeyDraft {
    OrganizationKeyDraft {
        kind: text(key.kind().as_str()),
        company_register: text(key.company_register()),
        branch_code: text(key.branch_code()),
    }
}

fn organization(of: &OrganizationKey) -> OrganizationDraft {
    OrganizationDraft {
        key: key(of),
        name: text("Commune d'essai"),
        postal_code: text("12000"),
        territory: text("Aveyron"),
        status: text("Actif"),
        ..OrganizationDraft::default()
    }
}

fn process(code: &str, owner: &OrganizationKey) -> ProcessDraft {
    ProcessDraft {
        code: text(code),
        name: text("Démarche d'essai"),
        is_activated: Some(true),
        osl: Some(key(owner)),
        attachment_formats: Some(vec!["application/pdf,application/xml".to_owned()]),
        attachment_types: Some(vec!["FLUX".to_owned()]),
        attachment_max_bytes: Some(1_000),
        status_before_file_deletion: text("DONE"),
        days_before_file_deletion: Some(30),
        days_before_archiving: Some(30),
        days_before_folder_deletion: Some(30),
        messages_allowed: Some(true),
        subscription_validation: text("Auto"),
        ..ProcessDraft::default()
    }
}

fn subscription(subscriber: &OrganizationKey, process: &str) -> SubscriptionDraft {
    SubscriptionDraft {
        datapass_id: Some(7),
        process_code: text(process),
        subscriber: Some(key(subscriber)),
        access_mode: text("API"),
        notification_frequency: text("unitaire"),
        local_administrator: Some(ContactDraft::default()),
        ..SubscriptionDraft::default()
    }
}

#[tokio::test]
async fn an_enroller_registers_an_organization_once() {
    let stage = Stage::new().await;
    let created =
        stage.hub.create_organization(&enroller(), organization(&recipient(7)), Faults::default()).await.unwrap();
    assert_eq!(stage.hub.organization(&enroller(), &recipient(7)).unwrap(), created);
    let again = stage.hub.create_organization(&administrator(), organization(&recipient(7)), Faults::default()).await;
    assert_eq!(faults(again), [format!("Organization {} already exists", recipient(7))]);
}

#[tokio::test]
async fn what_exists_is_told_first_even_among_other_faults_and_what_is_missing_in_other_words() {
    let stage = Stage::new().await;
    let incomplete = OrganizationDraft { name: None, ..organization(&recipient(7)) };
    let told = faults(stage.hub.create_organization(&enroller(), incomplete, Faults::default()).await);
    assert!(told[0].starts_with("name: ") && !told[0].contains("already exists"), "{told:?}");
    let existing = OrganizationDraft { name: None, ..organization(&recipient(0)) };
    let told = faults(stage.hub.create_organization(&enroller(), existing, Faults::default()).await);
    assert!(told[0].contains("already exists"), "{told:?}");
}

#[tokio::test]
async fn a_process_is_registered_once_for_a_depositor_that_exists() {
    let stage = Stage::new().await;
    let caller = administrator();
    let create = |draft| stage.hub.create_process(&caller, draft, Faults::default());
    let created = create(process("OTV", &depositor())).await.unwrap();
    assert_eq!(created.attachment_formats, ["application/pdf", "application/xml"]);
    assert_eq!(stage.hub.process(&administrator(), &created.code).unwrap(), created);
    assert!(faults(create(process("OTV", &depositor())).await)[0].contains("already exists"));
    assert!(faults(create(process("NEW", &recipient(0))).await)[0].starts_with("osl.type: "));
    let nobody: OrganizationKey = "OSL-99999999999999-NONE".parse().unwrap();
    assert!(faults(create(process("NEW", &nobody)).await)[0].starts_with("osl: "));
}

#[tokio::test]
async fn a_subscription_is_created_once_for_a_recipient_and_a_process_that_exist() {
    let stage = Stage::new().await;
    stage.hub.create_organization(&enroller(), organization(&recipient(7)), Faults::default()).await.unwrap();
    let caller = enroller();
    let create = |draft| stage.hub.create_subscription(&caller, draft, Faults::default());
    let created = create(subscription(&recipient(7), "CERTDC")).await.unwrap();
    assert_eq!((created.status, created.notification_frequency.as_str()), (SubscriptionStatus::Active, "unitaire"));
    assert_eq!(stage.hub.subscription(&administrator(), created.id).unwrap(), created);
    assert!(faults(create(subscription(&recipient(7), "CERTDC")).await)[0].contains("already exists"));
    let told = faults(create(subscription(&recipient(8), "NOTHING")).await);
    assert!(told[0].starts_with("processCode: ") && told[1].starts_with("subscriber: "), "{told:?}");
    assert!(faults(create(subscription(&depositor(), "CERTDC")).await)[0].starts_with("subscriber.type: "));
}

#[tokio::test]
async fn a_depositor_sees_the_subscriptions_to_its_own_processes_and_no_others() {
    let stage = Stage::new().await;
    let id = |process| {
        stage.memory.referential(|known| known.subscription_of(&recipient(0), &process).map(|found| found.id))
    };
    let (own, foreign) = (id(ordinary_process()).unwrap(), id(foreign_process()).unwrap());
    assert!(stage.hub.subscription(&osl(), own).is_ok());
    assert!(stage.hub.subscription(&other_osl(), foreign).is_ok());
    for (caller, hidden) in [(osl(), foreign), (other_osl(), own), (other_osl(), id(urgent_process()).unwrap())] {
        let result = stage.hub.subscription(&caller, hidden);
        assert!(matches!(result, Err(Error::NotFound(Noun::Subscription))), "{result:?}");
    }
}
