//! Who receives what.

/// How every case of the sandbox reaches its recipient: software comes and fetches it.
pub(crate) const ACCESS_MODE: &str = "API";

/// The processes that one organization receives.
#[derive(Debug)]
pub(crate) struct Subscription {
    /// The recipient.
    pub(crate) subscriber: &'static str,
    /// Codes of the processes.
    pub(crate) processes: &'static [&'static str],
}

/// What communes receive.
const TOWN_HALL: &[&str] = &[
    "CERTDC",
    "ETATCIVIL",
    "EtatCivil",
    "DEPOTDOSSIERPACS",
    "depotDossierPACS",
    "certificat-non-pacs",
    "RECENSEMENTCITOYEN",
    "recensementCitoyen",
    "JECHANGEDECOORDONNEES",
];

/// What départements receive.
const DEPARTEMENT: &[&str] = &[
    "CERTDC",
    "RSA",
    "CAF-contact",
    "DSG",
    "GRO",
    "SGR",
    "IRSACG",
    "IRSDCG",
    "RSABEI",
    "RSABAI",
    "RSABEM",
    "RSABAM",
    "RSABEX",
    "RSABAX",
    "RSACTM",
    "RSACAM",
    "RSAFIM",
    "RSAFAM",
    "RSAFIX",
    "RSAFAX",
    "MSABEI",
    "MSABEM",
    "MSAFIM",
    "SNATED",
    "JECHANGEDECOORDONNEES",
];

/// Every subscription; of a process with several recipients, the first one here is the usual one.
pub(crate) const SUBSCRIPTIONS: &[Subscription] = &[
    Subscription { subscriber: "Rodez", processes: TOWN_HALL },
    Subscription { subscriber: "ARS Occitanie", processes: &["CERTDC"] },
    Subscription { subscriber: "Aveyron", processes: DEPARTEMENT },
    Subscription { subscriber: "Millau", processes: TOWN_HALL },
    Subscription { subscriber: "Fontainebleau", processes: TOWN_HALL },
    Subscription { subscriber: "Guichen", processes: TOWN_HALL },
    Subscription { subscriber: "Seine-et-Marne", processes: DEPARTEMENT },
    Subscription { subscriber: "Intérieur", processes: &["OTV", "JECHANGEDECOORDONNEES"] },
    Subscription { subscriber: "Service national", processes: &["RECENSEMENTCITOYEN", "recensementCitoyen"] },
    Subscription { subscriber: "Opérateur", processes: &["JECHANGEDECOORDONNEES", "OTV"] },
];
