//! Processes.

use navette_router::Faults;
use navette_router::model::ProcessDraft;

use super::reader::Reader;
use super::{Draft, KeyBody};
use crate::json::{Field, object};

object!(ProcessBody {
    code: String = "code", name: String = "name", description: String = "description", is_activated: bool = "isActivated",
    osl: KeyBody = "osl", attachment_formats: Vec<Field<String>> = "attachmentFormatsEnabled",
    si_attachment_formats: Vec<Field<String>> = "siAttachmentFormatsEnabled", attachment_types: Vec<Field<String>> = "attachmentTypesEnabled",
    attachment_max_bytes: i64 = "attachmentMaxSizeEnabled", status_before_file_deletion: String = "statusBeforeFileDeletion",
    days_before_file_deletion: i64 = "timeBeforeFileDeletion", days_before_archiving: i64 = "timeBeforeArchiving",
    days_before_folder_deletion: i64 = "timeBeforeFolderDeletion", messages_allowed: bool = "messageToTransmitter",
    subscription_validation: String = "subscriptionValidation", legal_justification: String = "legalJustification",
});

impl Draft for ProcessDraft {
    type Body = ProcessBody;

    fn from_body(body: ProcessBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self {
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
        }
    }
}
