//! Organizations.

use navette_router::Faults;
use navette_router::model::{OrganizationDraft, OrganizationKeyDraft};

use super::Draft;
use super::reader::Reader;
use crate::json::object;
use crate::openapi::facet::{TELEPHONE, filled, format, pattern, text, word};

object!(OrganizationBody {
    /// `OSL`, `SI` or `ADMIN`.
    kind: String = "type" => word(["OSL","SI","ADMIN"]).required(),
    /// SIRET, 14 digits.
    company_register: String = "companyRegister" => pattern("^[0-9]{14}$").required(),
    /// Branch: INSEE code for a commune.
    branch_code: String = "branchCode" => filled(10),
    /// Name.
    name: String = "name" => filled(100),
    /// Code of the territory.
    code: String = "code" => text(10),
    /// Country.
    country: String = "country" => text(100),
    /// Postal code.
    postal_code: String = "postalCode" => filled(100),
    /// Territory.
    territory: String = "territory" => filled(255),
    /// E-mail address.
    email: String = "email" => format("email"),
    /// Telephone number.
    phone_number: String = "phoneNumber" => pattern(TELEPHONE),
    /// Status.
    status: String = "status" => filled(20),
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
