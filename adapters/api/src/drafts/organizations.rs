//! Organizations.

use navette_router::Faults;
use navette_router::model::{OrganizationDraft, OrganizationKeyDraft};

use super::Draft;
use super::reader::Reader;
use crate::json::object;

object!(OrganizationBody {
    kind: String = "type",
    company_register: String = "companyRegister",
    branch_code: String = "branchCode",
    name: String = "name",
    code: String = "code",
    country: String = "country",
    postal_code: String = "postalCode",
    territory: String = "territory",
    email: String = "email",
    phone_number: String = "phoneNumber",
    status: String = "status",
});

impl Draft for OrganizationDraft {
    type Body = OrganizationBody;

    fn from_body(body: OrganizationBody, faults: &mut Faults) -> Self {
        let mut reader = Reader::new(faults);
        Self {
            key: OrganizationKeyDraft {
                kind: reader.take("type", body.kind),
                company_register: reader.take("companyRegister", body.company_register),
                branch_code: reader.take("branchCode", body.branch_code),
            },
            name: reader.take("name", body.name),
            code: reader.take("code", body.code),
            country: reader.take("country", body.country),
            postal_code: reader.take("postalCode", body.postal_code),
            territory: reader.take("territory", body.territory),
            email: reader.take("email", body.email),
            phone_number: reader.take("phoneNumber", body.phone_number),
            status: reader.take("status", body.status),
        }
    }
}
