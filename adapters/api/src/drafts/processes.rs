//! Processes.

use navette_router::Faults;
use navette_router::model::ProcessDraft;

use super::reader::Reader;
use super::{Draft, KeyBody};
use crate::json::{Field, object};
use crate::openapi::facet::{PROCESS_CODE, any, between, filled, pattern, status, text, word};

object!(ProcessBody {
    /// Code.
    code: String = "code" => pattern(PROCESS_CODE).required(),
    /// Name.
    name: String = "name" => filled(100),
    /// Description.
    description: String = "description" => text(1000),
    /// Whether deposits are accepted.
    is_activated: bool = "isActivated" => any().required(),
    /// Who owns it and deposits.
    osl: KeyBody = "osl" => any().required(),
    /// Media types that a depositor may send.
    attachment_formats: Vec<Field<String>> = "attachmentFormatsEnabled" => any().required().at_least(1),
    /// Media types that a recipient may send; those of the depositor when it is empty.
    si_attachment_formats: Vec<Field<String>> = "siAttachmentFormatsEnabled" => any(),
    /// Codes of the kinds of attachment, with their case.
    attachment_types: Vec<Field<String>> = "attachmentTypesEnabled" => any().required().at_least(1),
    /// Largest attachment, in bytes.
    attachment_max_bytes: i64 = "attachmentMaxSizeEnabled" => between(1, 1 << 30).required(),
    /// How many attachments a folder may hold; as many as the hub takes when nothing is said.
    attachments_max: i64 = "attachmentsMaxEnabled" => between(1, 1_000_000),
    /// The statuses that a recipient is expected to set, in this order.
    required_statuses: Vec<Field<String>> = "requiredStatuses" => any(),
    /// How soon its cases should reach their recipients; `NORMAL` when nothing is said.
    priority: String = "priority" => word(["URGENT", "NORMAL"]),
    /// The status of a case from which its files may be deleted.
    status_before_file_deletion: String = "statusBeforeFileDeletion" => status().required(),
    /// Days between that status and the deletion.
    days_before_file_deletion: i64 = "timeBeforeFileDeletion" => between(0, 36_525).required(),
    /// Days between `CLOSED` and archiving.
    days_before_archiving: i64 = "timeBeforeArchiving" => between(0, 36_525).required(),
    /// Days between archiving and the deletion of the folder.
    days_before_folder_deletion: i64 = "timeBeforeFolderDeletion" => between(0, 36_525).required(),
    /// Whether a recipient may write to the depositor.
    messages_allowed: bool = "messageToTransmitter" => any().required(),
    /// How subscriptions become valid.
    subscription_validation: String = "subscriptionValidation" => word(["Auto", "Manual"]).required(),
    /// The law it rests on.
    legal_justification: String = "legalJustification" => text(1000),
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
            attachments_max: reader.take("attachmentsMaxEnabled", body.attachments_max),
            required_statuses: reader.texts("requiredStatuses", body.required_statuses),
            priority: reader.take("priority", body.priority),
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
