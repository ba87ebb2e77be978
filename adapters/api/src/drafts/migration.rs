//! The move of all cases of an organization.

use navette_router::Faults;
use navette_router::hub::MigrationDraft;

use super::reader::Reader;
use super::{Draft, KeyBody};
use crate::json::object;
use crate::openapi::facet::any;

object!(MigrationBody {
    /// Whose cases move.
    source: KeyBody = "organizationSource" => any().required(),
    /// Whose they become.
    target: KeyBody = "organizationTarget" => any().required(),
});

impl Draft for MigrationDraft {
    type Body = MigrationBody;

    fn from_body(body: MigrationBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self {
            source: reader.key("organizationSource", body.source),
            target: reader.key("organizationTarget", body.target),
        }
    }
}
