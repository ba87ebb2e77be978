//! Credentials.

use navette_router::Faults;
use navette_router::hub::CredentialDraft;

use super::Draft;
use super::reader::Reader;
use crate::json::object;
use crate::openapi::facet::{any, between, word};

object!(CredentialBody {
    /// Of what kind its holder is.
    scope: String = "scope" => word(["OSL", "SI", "ADMIN", "DATAPASS"]).required(),
    /// Whose it is, as `SI-22770001000019-77372`.
    organization: String = "organization" => any(),
    /// For which process, of an SI.
    process: String = "process" => any(),
});

object!(RotationBody {
    /// How long the other stays in force, in hours.
    overlap_hours: i64 = "overlap_hours" => between(0, 2_160),
});

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
