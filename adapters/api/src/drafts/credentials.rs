//! Credentials.

use navette_router::Faults;
use navette_router::hub::CredentialDraft;

use super::Draft;
use super::reader::Reader;
use crate::json::object;

object!(CredentialBody { scope: String = "scope", organization: String = "organization", process: String = "process" });

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
