//! Folders and events.

use navette_router::Faults;
use navette_router::model::{ApplicantDraft, AttachmentDraft, CaseDraft, EventDraft, FolderDraft};

use super::reader::Reader;
use super::{Draft, KeyBody};
use crate::json::{Field, object};
use crate::openapi::facet::{PROCESS_CODE, action, any, between, filled, format, pattern, status, text};

object!(ApplicantBody {
    /// First name.
    first_name: String = "firstName" => filled(255),
    /// Last name.
    last_name: String = "lastName" => filled(255),
    /// E-mail address.
    email: String = "email" => format("email"),
});

object!(CaseBody {
    /// The depositor's own number of the case.
    external_id: String = "externalId" => filled(100),
    /// Who is to process it.
    recipient: KeyBody = "recipient" => any().required(),
    /// What the two sides' software tells each other.
    partner_attributes: String = "partnerAttributes" => text(1024),
});

object!(AttachmentBody {
    /// Name of the file.
    file_name: String = "fileName" => filled(255),
    /// One of the types of the process.
    kind: String = "type" => filled(100),
    /// Length, in bytes.
    size: i64 = "size" => between(1, 1 << 30).required(),
    /// Media type: one of the formats of the process.
    mime_type: String = "mimeType" => filled(255),
    /// External ids of the cases that may see it; of the attachments of a folder only.
    recipients: Vec<Field<String>> = "recipients" => any(),
});

object!(FolderBody {
    /// Code of the process.
    process_code: String = "processCode" => pattern(PROCESS_CODE).required(),
    /// The depositor's own number of the folder.
    external_id: String = "externalId" => filled(30),
    /// Who asks.
    applicant: ApplicantBody = "applicant" => any().required(),
    /// One for each recipient.
    cases: Vec<Field<CaseBody>> = "cases" => any().required().at_least(1),
    /// The files that will be sent.
    attachments: Vec<Field<AttachmentBody>> = "attachments" => any().required(),
});

object!(EventBody {
    /// What happened.
    action_type: String = "actionType" => action().required(),
    /// Whether the other side is to be told.
    notification: bool = "notification" => any(),
    /// For the other side.
    message: String = "message" => text(1000),
    /// For colleagues of the recipient; a depositor never sees it.
    comment: String = "comment" => text(1000),
    /// Who did it.
    author: String = "author" => text(255),
    /// The status that the author saw: kept, never a condition.
    case_current_status: String = "caseCurrentStatus" => text(15),
    /// The status that the case takes.
    case_new_status: String = "caseNewStatus" => status(),
    /// What the two sides' software tells each other.
    partner_attributes: String = "partnerAttributes" => text(1024),
    /// The files that will be sent; with `ATTACH_DEPOSIT`, and with nothing else.
    attachments: Vec<Field<AttachmentBody>> = "attachments" => any(),
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
