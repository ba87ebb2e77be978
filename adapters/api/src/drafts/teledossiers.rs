//! Folders and events.

use navette_router::Faults;
use navette_router::model::{ApplicantDraft, AttachmentDraft, CaseDraft, EventDraft, FolderDraft};

use super::reader::Reader;
use super::{Draft, KeyBody};
use crate::json::{Field, object};

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

object!(EventBody {
    action_type: String = "actionType", notification: bool = "notification", message: String = "message", comment: String = "comment",
    author: String = "author", case_current_status: String = "caseCurrentStatus", case_new_status: String = "caseNewStatus",
    partner_attributes: String = "partnerAttributes", attachments: Vec<Field<AttachmentBody>> = "attachments",
});

impl Draft for FolderDraft {
    type Body = FolderBody;

    fn from_body(body: FolderBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self {
            process_code: reader.take("processCode", body.process_code),
            external_id: reader.take("externalId", body.external_id),
            applicant: reader.take("applicant", body.applicant).map(|body| reader.inside("applicant").applicant(body)),
            cases: reader.list("cases", body.cases, |reader, body| CaseDraft {
                external_id: reader.take("externalId", body.external_id),
                recipient: reader.key("recipient", body.recipient),
                partner_attributes: reader.take("partnerAttributes", body.partner_attributes),
            }),
            attachments: reader.list("attachments", body.attachments, |reader, body| reader.attachment(body)),
        }
    }
}

impl Draft for EventDraft {
    type Body = EventBody;

    fn from_body(body: EventBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self {
            action_type: reader.take("actionType", body.action_type),
            notification: reader.take("notification", body.notification),
            message: reader.take("message", body.message),
            comment: reader.take("comment", body.comment),
            author: reader.take("author", body.author),
            case_current_status: reader.take("caseCurrentStatus", body.case_current_status),
            case_new_status: reader.take("caseNewStatus", body.case_new_status),
            partner_attributes: reader.take("partnerAttributes", body.partner_attributes),
            attachments: reader.list("attachments", body.attachments, |reader, body| reader.attachment(body)),
        }
    }
}

impl Reader<'_> {
    fn applicant(&mut self, body: ApplicantBody) -> ApplicantDraft {
        ApplicantDraft {
            first_name: self.take("firstName", body.first_name),
            last_name: self.take("lastName", body.last_name),
            email: self.take("email", body.email),
        }
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
}
