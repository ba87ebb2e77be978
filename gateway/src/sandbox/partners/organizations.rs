//! Who deposits and who receives.

/// The part an organization plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Operator of online services: deposits.
    Osl,
    /// Processing service: receives.
    Si,
}

/// An organization of the sandbox.
#[derive(Debug)]
pub(crate) struct Organization {
    /// What the other tables call it by.
    pub(crate) id: &'static str,
    /// The part it plays.
    pub(crate) role: Role,
    /// SIRET, 14 digits.
    pub(crate) company_register: &'static str,
    /// Branch code; of a commune, its INSEE code.
    pub(crate) branch_code: &'static str,
    /// Name.
    pub(crate) name: &'static str,
    /// Acronym, at most 10 characters.
    pub(crate) code: Option<&'static str>,
    /// Postal code.
    pub(crate) postal_code: &'static str,
    /// Name of the département.
    pub(crate) territory: &'static str,
}

const fn osl(
    id: &'static str,
    company_register: &'static str,
    branch_code: &'static str,
    name: &'static str,
    postal_code: &'static str,
    territory: &'static str,
) -> Organization {
    Organization {
        id,
        role: Role::Osl,
        company_register,
        branch_code,
        name,
        code: Some(branch_code),
        postal_code,
        territory,
    }
}

const fn si(
    id: &'static str,
    company_register: &'static str,
    branch_code: &'static str,
    name: &'static str,
    code: Option<&'static str>,
    postal_code: &'static str,
    territory: &'static str,
) -> Organization {
    Organization { id, role: Role::Si, company_register, branch_code, name, code, postal_code, territory }
}

/// Every organization, depositors first.
#[rustfmt::skip]
pub(crate) const ORGANIZATIONS: &[Organization] = &[
    osl("DILA", "13999901500015", "DILA", "Direction de l'information légale et administrative", "75007", "Paris"),
    osl("DGS", "11999902700012", "DGS", "Direction générale de la santé", "75007", "Paris"),
    osl("CNAF", "18999903000019", "CNAF", "Caisse nationale des allocations familiales", "75014", "Paris"),
    osl("CCMSA", "18999912100016", "CCMSA", "Caisse centrale de la mutualité sociale agricole", "93000", "Seine-Saint-Denis"),
    osl("SNATED", "18999904800011", "SNATED", "Service national d'accueil téléphonique de l'enfance en danger", "75017", "Paris"),
    si("Rodez", "21129901100018", "12202", "Commune de Rodez", None, "12000", "Aveyron"),
    si("Millau", "21129902900010", "12145", "Commune de Millau", None, "12100", "Aveyron"),
    si("Fontainebleau", "21779903000010", "77186", "Commune de Fontainebleau", None, "77300", "Seine-et-Marne"),
    si("Guichen", "21359904600017", "35126", "Commune de Guichen", None, "35580", "Ille-et-Vilaine"),
    si("Aveyron", "22129905000015", "12", "Département de l'Aveyron", Some("CD12"), "12000", "Aveyron"),
    si("Seine-et-Marne", "22779906100014", "77", "Département de Seine-et-Marne", Some("CD77"), "77000", "Seine-et-Marne"),
    si("ARS Occitanie", "13999907200016", "ARS76", "Agence régionale de santé Occitanie", Some("ARS OCC"), "34000", "Hérault"),
    si("Intérieur", "11999908400013", "MI", "Ministère de l'intérieur", Some("MI"), "75008", "Paris"),
    si("Service national", "11999910000017", "DSNJ", "Direction du service national et de la jeunesse", Some("DSNJ"), "75015", "Paris"),
    si("Opérateur", "55299909600019", "ENERGIE", "Opérateur d'énergie (bac à sable)", None, "93200", "Seine-Saint-Denis"),
];
