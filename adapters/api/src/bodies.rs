//! The bodies of requests, as the contract spells them, turned into drafts of the domain. Unknown properties are passed over: a
//! client may send back all that it was given.

use navette_router::Faults;
use navette_router::hub::CredentialDraft;
use navette_router::model::{
    ApplicantDraft, AttachmentDraft, CaseDraft, ContactDraft, EventDraft, FolderDraft, OrganizationDraft,
    OrganizationKeyDraft, ProcessDraft, SubscriptionDraft,
};

use crate::field::{Field, object};

object!(KeyBody {
    kind: String = "type",
    company_register: String = "companyRegister",
    branch_code: String = "branchCode"
});
object!(ApplicantBody { first_name: String = "firstName", last_name: String = "lastName", email: String = "email" });
object!(CaseBody {
    external_id: String = "externalId",
    recipient: KeyBody = "recipient",
    partner_attributes: String = "partnerAttributes"
});
object!(AttachmentBody {
    file_name: String = "fileName", kind: String = "type", size: i64 = "size", mime_type: String = "mimeType",
    recipients: Vec<Field<String>> = "recipients",
});
object!(FolderBody {
    process_code: String = "processCode", external_id: String = "externalId", applicant: ApplicantBody = "applicant",
    cases: Vec<Field<CaseBody>> = "cases", attachments: Vec<Field<AttachmentBody>> = "attachments",
});
object!(FolderStatusBody { global_status: String = "globalStatus", close_date_time: String = "closeDateTime" });
object!(StatusBody { status: String = "status" });
object!(EventBody {
    action_type: String = "actionType", notification: bool = "notification", message: String = "message", comment: String = "comment",
    author: String = "author", case_current_status: String = "caseCurrentStatus", case_new_status: String = "caseNewStatus",
    partner_attributes: String = "partnerAttributes", attachments: Vec<Field<AttachmentBody>> = "attachments",
});
object!(OrganizationBody {
    kind: String = "type",
    company_register: String = "companyRegister",
    branch_code: String = "branchCode",
    name: String = "name",
    code: String = "code",
    country: String = "country",
    postal_code: String = "postalCode",
    territory: String = "territory",
    email: String = "email",
    phone_number: String = "phoneNumber",
    status: String = "status",
});
object!(ProcessBody {
    code: String = "code", name: String = "name", description: String = "description", is_activated: bool = "isActivated",
    osl: KeyBody = "osl", attachment_formats: Vec<Field<String>> = "attachmentFormatsEnabled",
    si_attachment_formats: Vec<Field<String>> = "siAttachmentFormatsEnabled", attachment_types: Vec<Field<String>> = "attachmentTypesEnabled",
    attachment_max_bytes: i64 = "attachmentMaxSizeEnabled", status_before_file_deletion: String = "statusBeforeFileDeletion",
    days_before_file_deletion: i64 = "timeBeforeFileDeletion", days_before_archiving: i64 = "timeBeforeArchiving",
    days_before_folder_deletion: i64 = "timeBeforeFolderDeletion", messages_allowed: bool = "messageToTransmitter",
    subscription_validation: String = "subscriptionValidation", legal_justification: String = "legalJustification",
});
object!(ContactBody {
    first_name: String = "firstName",
    last_name: String = "lastName",
    email: String = "email",
    function: String = "function",
    phone_number: String = "phoneNumber",
    mobile_number: String = "mobileNumber",
});
object!(SubscriptionBody {
    datapass_id: i64 = "datapassId",
    process_code: String = "processCode",
    subscriber: KeyBody = "subscriber",
    access_mode: String = "accessMode",
    notification_frequency: String = "notificationFrequency",
    email: String = "email",
    status: String = "status",
    activate_date_time: String = "activateDateTime",
    validate_date_time: String = "validateDateTime",
    reject_date_time: String = "rejectDateTime",
    end_date_time: String = "endDateTime",
    rejection_reason: String = "rejectionReason",
    local_administrator: ContactBody = "localAdministrator",
    delegation_actor: ContactBody = "delegationActor",
});
object!(CredentialBody { scope: String = "scope", organization: String = "organization", process: String = "process" });

/// Takes the fields of a body at a path.
struct Reader<'a> {
    faults: &'a mut Faults,
    prefix: String,
}

impl Reader<'_> {
    fn path(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) }
    }

    fn take<T: crate::field::Kind>(&mut self, name: &str, field: Field<T>) -> Option<T> {
        // The path is only built for a fault: most fields are what they should be.
        match field {
            Field::Value(value) => Some(value),
            Field::Missing | Field::Null => None,
            wrong @ Field::Wrong(_) => {
                let path = self.path(name);
                wrong.take(&path, self.faults)
            }
        }
    }

    fn inside<T>(&mut self, name: &str, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let prefix = self.path(name);
        read(&mut Reader { faults: self.faults, prefix })
    }

    /// The elements of a list. One of a wrong type is a fault and becomes a default, so that ranks stay what they were.
    fn list<T: crate::field::Kind, D: Default>(
        &mut self,
        name: &str,
        field: Field<Vec<Field<T>>>,
        read: impl Fn(&mut Reader<'_>, T) -> D,
    ) -> Option<Vec<D>> {
        let elements = self.take(name, field)?;
        let mut list = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            let path = self.path(&format!("{name}[{index}]"));
            let mut reader = Reader { faults: self.faults, prefix: path.clone() };
            match element {
                Field::Null | Field::Missing => {
                    reader.faults.add(path, "must not be null; give a value or leave it out")
                }
                Field::Wrong(_) => drop(element.take(&path, reader.faults)),
                Field::Value(value) => {
                    list.push(read(&mut reader, value));
                    continue;
                }
            }
            list.push(D::default());
        }
        Some(list)
    }

    fn texts(&mut self, name: &str, field: Field<Vec<Field<String>>>) -> Option<Vec<String>> {
        self.list(name, field, |_, text| text)
    }

    fn key(&mut self, name: &str, field: Field<KeyBody>) -> Option<OrganizationKeyDraft> {
        let body = self.take(name, field)?;
        Some(self.inside(name, |reader| OrganizationKeyDraft {
            kind: reader.take("type", body.kind),
            company_register: reader.take("companyRegister", body.company_register),
            branch_code: reader.take("branchCode", body.branch_code),
        }))
    }

    fn attachment(&mut self, body: AttachmentBody) -> AttachmentDraft {
        AttachmentDraft {
            file_name: self.take("fileName", body.file_name),
            kind: self.take("type", body.kind),
            size: self.take("size", body.size),
            mime_type: self.take("mimeType", body.mime_type),
            recipients: self.texts("recipients", body.recipients),
        }
    }

    fn contact(&mut self, name: &str, field: Field<ContactBody>) -> Option<ContactDraft> {
        let body = self.take(name, field)?;
        Some(self.inside(name, |reader| ContactDraft {
            first_name: reader.take("firstName", body.first_name),
            last_name: reader.take("lastName", body.last_name),
            email: reader.take("email", body.email),
            function: reader.take("function", body.function),
            phone_number: reader.take("phoneNumber", body.phone_number),
            mobile_number: reader.take("mobileNumber", body.mobile_number),
        }))
    }
}

/// A draft that is read from a body.
pub(crate) trait Draft: Sized {
    /// The body.
    type Body: crate::field::Object;

    /// Reads the draft; faults of type go to `faults`.
    fn from_body(body: Self::Body, faults: &mut Faults) -> Self;
}

macro_rules! draft {
    ($draft:ty, $body:ident, |$reader:ident, $value:ident| $read:expr) => {
        impl Draft for $draft {
            type Body = $body;

            fn from_body($value: $body, faults: &mut Faults) -> Self {
                let mut root = Reader { faults, prefix: String::new() };
                let $reader = &mut root;
                $read
            }
        }
    };
}

draft!(FolderDraft, FolderBody, |reader, body| Self {
    process_code: reader.take("processCode", body.process_code),
    external_id: reader.take("externalId", body.external_id),
    applicant: reader.take("applicant", body.applicant).map(|body| reader.inside("applicant", |reader| {
        ApplicantDraft {
            first_name: reader.take("firstName", body.first_name),
            last_name: reader.take("lastName", body.last_name),
            email: reader.take("email", body.email),
        }
    })),
    cases: reader.list("cases", body.cases, |reader, body| CaseDraft {
        external_id: reader.take("externalId", body.external_id),
        recipient: reader.key("recipient", body.recipient),
        partner_attributes: reader.take("partnerAttributes", body.partner_attributes),
    }),
    attachments: reader.list("attachments", body.attachments, |reader, body| reader.attachment(body)),
});

draft!(EventDraft, EventBody, |reader, body| Self {
    action_type: reader.take("actionType", body.action_type),
    notification: reader.take("notification", body.notification),
    message: reader.take("message", body.message),
    comment: reader.take("comment", body.comment),
    author: reader.take("author", body.author),
    case_current_status: reader.take("caseCurrentStatus", body.case_current_status),
    case_new_status: reader.take("caseNewStatus", body.case_new_status),
    partner_attributes: reader.take("partnerAttributes", body.partner_attributes),
    attachments: reader.list("attachments", body.attachments, |reader, body| reader.attachment(body)),
});

draft!(OrganizationDraft, OrganizationBody, |reader, body| Self {
    key: OrganizationKeyDraft {
        kind: reader.take("type", body.kind),
        company_register: reader.take("companyRegister", body.company_register),
        branch_code: reader.take("branchCode", body.branch_code),
    },
    name: reader.take("name", body.name),
    code: reader.take("code", body.code),
    country: reader.take("country", body.country),
    postal_code: reader.take("postalCode", body.postal_code),
    territory: reader.take("territory", body.territory),
    email: reader.take("email", body.email),
    phone_number: reader.take("phoneNumber", body.phone_number),
    status: reader.take("status", body.status),
});

draft!(ProcessDraft, ProcessBody, |reader, body| Self {
    code: reader.take("code", body.code),
    name: reader.take("name", body.name),
    description: reader.take("description", body.description),
    is_activated: reader.take("isActivated", body.is_activated),
    osl: reader.key("osl", body.osl),
    attachment_formats: reader.texts("attachmentFormatsEnabled", body.attachment_formats),
    si_attachment_formats: reader.texts("siAttachmentFormatsEnabled", body.si_attachment_formats),
    attachment_types: reader.texts("attachmentTypesEnabled", body.attachment_types),
    attachment_max_bytes: reader.take("attachmentMaxSizeEnabled", body.attachment_max_bytes),
    status_before_file_deletion: reader.take("statusBeforeFileDeletion", body.status_before_file_deletion),
    days_before_file_deletion: reader.take("timeBeforeFileDeletion", body.days_before_file_deletion),
    days_before_archiving: reader.take("timeBeforeArchiving", body.days_before_archiving),
    days_before_folder_deletion: reader.take("timeBeforeFolderDeletion", body.days_before_folder_deletion),
    messages_allowed: reader.take("messageToTransmitter", body.messages_allowed),
    subscription_validation: reader.take("subscriptionValidation", body.subscription_validation),
    legal_justification: reader.take("legalJustification", body.legal_justification),
});

draft!(SubscriptionDraft, SubscriptionBody, |reader, body| Self {
    datapass_id: reader.take("datapassId", body.datapass_id),
    process_code: reader.take("processCode", body.process_code),
    subscriber: reader.key("subscriber", body.subscriber),
    access_mode: reader.take("accessMode", body.access_mode),
    notification_frequency: reader.take("notificationFrequency", body.notification_frequency),
    email: reader.take("email", body.email),
    status: reader.take("status", body.status),
    activate_date_time: reader.take("activateDateTime", body.activate_date_time),
    validate_date_time: reader.take("validateDateTime", body.validate_date_time),
    reject_date_time: reader.take("rejectDateTime", body.reject_date_time),
    end_date_time: reader.take("endDateTime", body.end_date_time),
    rejection_reason: reader.take("rejectionReason", body.rejection_reason),
    local_administrator: reader.contact("localAdministrator", body.local_administrator),
    delegation_actor: reader.contact("delegationActor", body.delegation_actor),
});

draft!(CredentialDraft, CredentialBody, |reader, body| Self {
    scope: reader.take("scope", body.scope),
    organization: reader.take("organization", body.organization),
    process: reader.take("process", body.process),
});

/// `{"globalStatus", "closeDateTime"}`.
#[derive(Debug, Default)]
pub(crate) struct FolderStatusDraft {
    pub(crate) status: Option<String>,
    pub(crate) closed_at: Option<String>,
}

draft!(FolderStatusDraft, FolderStatusBody, |reader, body| Self {
    status: reader.take("globalStatus", body.global_status),
    closed_at: reader.take("closeDateTime", body.close_date_time),
});

/// `{"status"}`.
#[derive(Debug, Default)]
pub(crate) struct StatusDraft {
    pub(crate) status: Option<String>,
}

draft!(StatusDraft, StatusBody, |reader, body| Self { status: reader.take("status", body.status) });
