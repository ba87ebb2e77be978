//! Credentials.

use navette_router::Faults;
use navette_router::hub::CredentialDraft;

use super::Draft;
use super::reader::Reader;
use crate::json::object;

object!(CredentialBody { scope: String = "scope", organization: String = "organization", process: String = "process" });

object!(RotationBody { overlap_hours: i64 = "overlap_hours" });

/// `{"overlap_hours"}`.
#[derive(Debug, Default)]
pub(crate) struct RotationDraft {
    pub(crate) overlap_hours: Option<i64>,
}

impl Draft for RotationDraft {
    type Body = RotationBody;

    fn from_body(body: RotationBody, faults: &mut Faults) -> Self {
        Self { overlap_hours: Reader::new(faults).take("overlap_hours", body.overlap_hours) }
    }
}

impl Draft for CredentialDraft {
    type Body = CredentialBody;

    fn from_body(body: CredentialBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self {
            scope: reader.take("scope", body.scope),
            organization: reader.take("organization", body.organization),
            process: reader.take("process", body.process),
        }
    }
}
