//! The bodies of requests, as the contract spells them, turned into drafts of the domain. Unknown properties are passed over: a
//! client may send back all that it was given.

mod credentials;
mod deliveries;
mod endpoints;
mod migration;
mod organizations;
mod processes;
mod purges;
mod reader;
mod status;
mod subscriptions;
mod teledossiers;
mod texts;

use navette_router::Faults;
use navette_router::model::OrganizationKeyDraft;

use crate::json::{Field, Kind, object};
use crate::openapi::facet::{filled, pattern, word};
use reader::Reader;

pub(crate) use credentials::RotationDraft;
pub(crate) use deliveries::ReplayDraft;
pub(crate) use purges::PurgesDraft;
pub(crate) use status::{CaseStatusDraft, EventStatusDraft, FolderStatusDraft};

/// What a body becomes.
pub(crate) trait Draft: Sized {
    /// The body.
    type Body: Kind;

    /// Reads the draft; faults of type go to `faults`.
    fn from_body(body: Self::Body, faults: &mut Faults) -> Self;
}

object!(KeyBody {
    /// `OSL`, `SI` or `ADMIN`.
    kind: String = "type" => word(["OSL","SI","ADMIN"]).required(),
    /// SIRET, 14 digits.
    company_register: String = "companyRegister" => pattern("^[0-9]{14}$").required(),
    /// Branch: INSEE code for a commune.
    branch_code: String = "branchCode" => filled(10),
});

impl Reader<'_> {
    /// The three properties that name an organization.
    fn key(&mut self, name: &str, field: Field<KeyBody>) -> Option<OrganizationKeyDraft> {
        let body = self.take(name, field)?;
        let mut reader = self.inside(name);
        Some(OrganizationKeyDraft {
            kind: reader.take("type", body.kind),
            company_register: reader.take("companyRegister", body.company_register),
            branch_code: reader.take("branchCode", body.branch_code),
        })
    }
}
