//! Each answer, to the letter.

use navette_router::Side;
use navette_router::hub::{CaseView, EventView, FolderView, NotificationView};
use navette_router::model::{
    AccessMode, ActionType, Applicant, Attachment, AttachmentStatus, Case, ClientId, Contact, Credential, Event,
    EventStatus, Folder, Notification, Organization, OrganizationKey, Owner, PartnerInfo, Priority, Process,
    ProcessCode, SecretHash, Status, Subscription, SubscriptionStatus, SubscriptionValidation, Timestamp,
};

use super::*;

const A: &str = "018f0000-0000-7000-8000-00000000000a";
const B: &str = "018f0000-0000-7000-8000-00000000000b";
const C: &str = "018f0000-0000-7000-8000-00000000000c";
const T: Timestamp = Timestamp::from_milliseconds(1_767_600_000_000);
const LATER: Timestamp = Timestamp::from_milliseconds(1_767_600_001_500);

fn id<I: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> I {
    text.parse().expect("an identifier")
}

fn key(text: &str) -> OrganizationKey {
    text.parse().expect("a key")
}

fn osl() -> OrganizationKey {
    key("OSL-10000000000001-DEPOT")
}

fn si() -> OrganizationKey {
    key("SI-22770001000019-77372")
}

fn code() -> ProcessCode {
    ProcessCode::new("CERTDC").expect("a code")
}

fn written(value: &impl Serialize) -> String {
    match json(StatusCode::OK, value).into_body() {
        Body::Full(bytes) => String::from_utf8(bytes.to_vec()).expect("UTF-8"),
        other => panic!("{other:?}"),
    }
}

fn attachment() -> Attachment {
    Attachment {
        id: id(C),
        owner: Owner::Folder(id(A)),
        rank: 0,
        file_name: "acte \"1\".pdf".to_owned(),
        kind: "FLUX".to_owned(),
        size_bytes: 1 << 30,
        media_type: "application/pdf".to_owned(),
        recipients: vec!["case-1".to_owned()],
        status: AttachmentStatus::Pending,
        digest: None,
        place: None,
    }
}

fn case() -> Case {
    Case {
        id: id(B),
        folder: id(A),
        process: code(),
        depositor: osl(),
        recipient: si(),
        external_id: "case-1".to_owned(),
        partner_attributes: Some("statut=17".to_owned()),
        status: Status::HubeeNotified,
        created_at: T,
        updated_at: Some(LATER),
        transmitted_at: Some(LATER),
        closed_at: None,
        events: 1,
        reached: std::collections::BTreeMap::new(),
    }
}

fn applicant() -> Applicant {
    Applicant { first_name: "Anonyme".to_owned(), last_name: "Essai".to_owned(), email: None }
}

fn event() -> Event {
    Event {
        id: id(C),
        case: id(B),
        folder: id(A),
        rank: 1,
        transmitter: si(),
        side: Side::Recipient,
        action: ActionType::StatusUpdate,
        status: EventStatus::Sent,
        notification: true,
        message: None,
        comment: None,
        author: Some("Agent".to_owned()),
        case_current_status: Some("SENT".to_owned()),
        case_new_status: None,
        partner_attributes: None,
        partner_info: None,
        attachments: 0,
        created_at: T,
        updated_at: T,
    }
}

#[test]
fn a_folder_has_every_property_in_its_spelling() {
    let partner_info = PartnerInfo { editor_name: Some("Éditeur".to_owned()), ..PartnerInfo::default() };
    let folder = Folder {
        id: id(A),
        process: code(),
        depositor: osl(),
        external_id: "folder-1".to_owned(),
        applicant: applicant(),
        status: Status::HubeeReceived,
        cases: vec![id(B)],
        partner_info: Some(partner_info),
        created_at: T,
        updated_at: None,
        closed_at: None,
        archived_at: None,
    };
    let view = FolderView { folder, cases: vec![case()], attachments: vec![attachment()] };
    let expected = concat!(
        r#"{"id":"018f0000-0000-7000-8000-00000000000a","globalStatus":"HUBEE_RECEIVED","processCode":"CERTDC","#,
        r#""externalId":"folder-1","createDateTime":"2026-01-05T08:00:00.000+00:00","updateDateTime":null,"#,
        r#""closeDateTime":null,"applicant":{"firstName":"Anonyme","lastName":"Essai","email":null},"#,
        r#""partnerInfo":{"editorName":"Éditeur","applicationName":null,"softwareVersion":null},"#,
        r#""cases":[{"id":"018f0000-0000-7000-8000-00000000000b","status":"HUBEE_NOTIFIED","#,
        r#""recipient":{"type":"SI","companyRegister":"22770001000019","branchCode":"77372"},"externalId":"case-1","#,
        r#""updateDateTime":"2026-01-05T08:00:01.500+00:00","transmissionDateTime":"2026-01-05T08:00:01.500+00:00","#,
        r#""partnerAttributes":"statut=17"}],"attachments":[{"id":"018f0000-0000-7000-8000-00000000000c","#,
        r#""status":"PENDING","fileName":"acte \"1\".pdf","type":"FLUX","size":1073741824,"#,
        r#""mimeType":"application/pdf","recipients":["case-1"]}]}"#,
    );
    assert_eq!(written(&FolderAnswer::from(&view)), expected);
}

#[test]
fn a_case_has_its_lists_even_when_they_are_empty() {
    let view = CaseView { case: case(), applicant: applicant(), attachments: Vec::new(), events: Vec::new() };
    let expected = concat!(
        r#"{"id":"018f0000-0000-7000-8000-00000000000b","status":"HUBEE_NOTIFIED","#,
        r#""recipient":{"type":"SI","companyRegister":"22770001000019","branchCode":"77372"},"externalId":"case-1","#,
        r#""updateDateTime":"2026-01-05T08:00:01.500+00:00","transmissionDateTime":"2026-01-05T08:00:01.500+00:00","#,
        r#""partnerAttributes":"statut=17","processCode":"CERTDC","createDateTime":"2026-01-05T08:00:00.000+00:00","#,
        r#""closeDateTime":null,"applicant":{"firstName":"Anonyme","lastName":"Essai","email":null},"#,
        r#""attachments":[],"events":[]}"#,
    );
    assert_eq!(written(&CaseAnswer::from(&view)), expected);
}

#[test]
fn an_event_has_its_message_and_its_new_status_even_when_they_are_null() {
    let view = EventView { event: event(), attachments: vec![attachment()] };
    let expected = concat!(
        r#"{"id":"018f0000-0000-7000-8000-00000000000c","#,
        r#""transmitter":{"type":"SI","companyRegister":"22770001000019","branchCode":"77372"},"#,
        r#""message":null,"comment":null,"actionType":"STATUS_UPDATE","author":"Agent","notification":true,"#,
        r#""createDateTime":"2026-01-05T08:00:00.000+00:00","updateDateTime":"2026-01-05T08:00:00.000+00:00","#,
        r#""status":"SENT","caseCurrentStatus":"SENT","caseNewStatus":null,"partnerAttributes":null,"#,
        r#""attachments":[{"id":"018f0000-0000-7000-8000-00000000000c","status":"PENDING","#,
        r#""fileName":"acte \"1\".pdf","type":"FLUX","size":1073741824,"mimeType":"application/pdf"}],"#,
        r#""partnerInfo":null}"#,
    );
    assert_eq!(written(&EventAnswer::from(&view)), expected);
}

#[test]
fn a_notification_has_an_event_and_its_status_even_when_there_is_none_and_a_type_only_on_demand() {
    let row = Notification {
        id: id(A),
        recipient: si(),
        transmitter: osl(),
        process: code(),
        folder: id(A),
        case: id(B),
        event: None,
        created_at: T,
    };
    let new_case = NotificationView { notification: row.clone(), event: None };
    let head = concat!(
        r#"{"id":"018f0000-0000-7000-8000-00000000000a","#,
        r#""recipient":{"type":"SI","companyRegister":"22770001000019","branchCode":"77372"},"#,
        r#""transmitter":{"type":"OSL","companyRegister":"10000000000001","branchCode":"DEPOT"},"#,
        r#""processCode":"CERTDC","caseId":"018f0000-0000-7000-8000-00000000000b","#,
    );
    let date = r#""dateTime":"2026-01-05T08:00:00.000+00:00","#;
    assert_eq!(
        written(&notification(&new_case, false)),
        format!("{head}\"eventId\":null,{date}\"eventStatus\":null}}")
    );
    assert_eq!(
        written(&notification(&new_case, true)),
        format!("{head}\"eventId\":null,{date}\"eventStatus\":null,\"eventActionType\":null}}")
    );
    let event = NotificationView {
        notification: Notification { event: Some(id(C)), ..row },
        event: Some((ActionType::ComAdd, EventStatus::Received)),
    };
    assert_eq!(
        written(&notification(&event, false)),
        format!("{head}\"eventId\":\"{C}\",{date}\"eventStatus\":\"RECEIVED\"}}")
    );
    assert_eq!(
        written(&notification(&event, true)),
        format!("{head}\"eventId\":\"{C}\",{date}\"eventStatus\":\"RECEIVED\",\"eventActionType\":\"COM_ADD\"}}")
    );
}

#[test]
fn an_organization_has_every_property_in_its_spelling() {
    let organization = Organization {
        key: si(),
        name: "Commune".to_owned(),
        code: None,
        country: Some("France".to_owned()),
        postal_code: "77000".to_owned(),
        territory: "Seine-et-Marne".to_owned(),
        email: None,
        phone_number: None,
        status: "Actif".to_owned(),
        created_at: T,
        updated_at: None,
    };
    let expected = concat!(
        r#"{"type":"SI","companyRegister":"22770001000019","branchCode":"77372","name":"Commune","code":null,"#,
        r#""country":"France","postalCode":"77000","territory":"Seine-et-Marne","email":null,"phoneNumber":null,"#,
        r#""status":"Actif","createDateTime":"2026-01-05T08:00:00.000+00:00","updateDateTime":null}"#,
    );
    assert_eq!(written(&OrganizationAnswer::from(&organization)), expected);
}

#[test]
fn a_process_has_every_property_in_its_spelling() {
    let process = Process {
        code: code(),
        name: "Certificat".to_owned(),
        description: None,
        is_activated: true,
        osl: osl(),
        attachment_formats: vec!["application/pdf".to_owned()],
        si_attachment_formats: Vec::new(),
        attachment_types: vec!["FLUX".to_owned()],
        attachment_max_bytes: 1_024,
        attachments_max: None,
        required_statuses: Vec::new(),
        priority: Priority::Normal,
        status_before_file_deletion: Status::Done,
        days_before_file_deletion: 1,
        days_before_archiving: 2,
        days_before_folder_deletion: 3,
        messages_allowed: false,
        subscription_validation: SubscriptionValidation::Auto,
        legal_justification: None,
        created_at: T,
        updated_at: None,
    };
    let expected = concat!(
        r#"{"code":"CERTDC","name":"Certificat","description":null,"isActivated":true,"#,
        r#""osl":{"type":"OSL","companyRegister":"10000000000001","branchCode":"DEPOT"},"#,
        r#""attachmentFormatsEnabled":["application/pdf"],"siAttachmentFormatsEnabled":[],"#,
        r#""attachmentTypesEnabled":["FLUX"],"attachmentMaxSizeEnabled":1024,"attachmentsMaxEnabled":null,"requiredStatuses":[],"priority":"NORMAL","statusBeforeFileDeletion":"DONE","#,
        r#""timeBeforeFileDeletion":1,"timeBeforeArchiving":2,"timeBeforeFolderDeletion":3,"#,
        r#""messageToTransmitter":false,"subscriptionValidation":"Auto","#,
        r#""creationDateTime":"2026-01-05T08:00:00.000+00:00","updateDateTime":null,"legalJustification":null}"#,
    );
    assert_eq!(written(&ProcessAnswer::from(&process)), expected);
}

#[test]
fn a_subscription_has_every_property_in_its_spelling() {
    let contact = Contact {
        first_name: None,
        last_name: None,
        email: Some("agent@example.fr".to_owned()),
        function: None,
        phone_number: None,
        mobile_number: None,
    };
    let subscription = Subscription {
        id: id(A),
        datapass_id: 14_632,
        process: code(),
        subscriber: si(),
        access_mode: Some(AccessMode::Api),
        notification_frequency: "Unitaire".to_owned(),
        email: None,
        status: SubscriptionStatus::Rejected,
        activated_at: Some(T),
        validated_at: None,
        rejected_at: None,
        ends_at: None,
        rejection_reason: None,
        local_administrator: contact,
        delegation_actor: None,
        created_at: T,
        updated_at: None,
        endpoint: None,
    };
    let expected = concat!(
        r#"{"id":"018f0000-0000-7000-8000-00000000000a","datapassId":14632,"processCode":"CERTDC","#,
        r#""subscriber":{"type":"SI","companyRegister":"22770001000019","branchCode":"77372"},"accessMode":"API","#,
        r#""notificationFrequency":"Unitaire","activateDateTime":"2026-01-05T08:00:00.000+00:00","#,
        r#""validateDateTime":null,"rejectDateTime":null,"endDateTime":null,"#,
        r#""creationDateTime":"2026-01-05T08:00:00.000+00:00","updateDateTime":null,"delegationActor":null,"#,
        r#""rejectionReason":null,"status":"Refusé","email":null,"localAdministrator":{"firstName":null,"#,
        r#""lastName":null,"email":"agent@example.fr","function":null,"phoneNumber":null,"mobileNumber":null}}"#,
    );
    assert_eq!(written(&SubscriptionAnswer::from(&subscription)), expected);
}

#[test]
fn a_credential_shows_its_secret_and_never_the_hash_of_it() {
    let issued = Credential {
        client_id: ClientId::new("client-1").expect("an identifier"),
        scope: navette_router::Scope::Si,
        organization: Some(si()),
        process: Some(code()),
        secret_hash: SecretHash([7; 32]),
        issued_at: T,
        revoked_at: None,
        expires_at: None,
        used_at: None,
    };
    let expected = concat!(
        r#"{"client_id":"client-1","client_secret":"s3cret","scope":"SI","#,
        r#""organization":"SI-22770001000019-77372","process":"CERTDC"}"#,
    );
    assert_eq!(written(&credential(&issued, "s3cret")), expected);
}
