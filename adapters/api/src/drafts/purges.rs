//! Copies that a portal has deleted.

use std::str::FromStr;

use navette_router::Faults;
use navette_router::model::{AttachmentId, CaseId, Check};

use super::Draft;
use super::reader::Reader;
use crate::json::{Field, object};
use crate::openapi::facet::format;

object!(PurgeBody {
    /// The attachment.
    attachment: String = "folder_attachment_id" => format("uuid").required(),
    /// The case whose portal held the copy.
    case: String = "case_id" => format("uuid").required(),
});

/// `[{"folder_attachment_id", "case_id"}]`.
#[derive(Debug, Default)]
pub(crate) struct PurgesDraft(pub(crate) Vec<(AttachmentId, CaseId)>);

impl Draft for PurgesDraft {
    type Body = Vec<Field<PurgeBody>>;

    fn from_body(body: Self::Body, faults: &mut Faults) -> Self {
        let rows = Reader::new(faults).rows(body, |reader, row| {
            (reader.take("folder_attachment_id", row.attachment), reader.take("case_id", row.case))
        });
        let mut pairs = Vec::with_capacity(rows.len());
        for (index, row) in rows.into_iter().enumerate() {
            let Some((attachment, case)) = row else { continue };
            let mut check = Check::new(faults, format!("[{index}]"));
            let attachment = identifier(&mut check, "folder_attachment_id", attachment);
            let case = identifier(&mut check, "case_id", case);
            pairs.extend(attachment.zip(case));
        }
        Self(pairs)
    }
}

fn identifier<T: FromStr>(check: &mut Check<'_>, field: &str, text: Option<String>) -> Option<T> {
    let text = check.required(field, text)?;
    let id = text.parse().ok();
    if id.is_none() {
        check.fault(field, "is not a valid UUID; write it as the hub gave it");
    }
    id
}
