//! The processes whose test files are published, and what each accepts.

use navette_router::model::{Priority, Status};

/// Largest attachment of every process, in bytes: 1 GiB.
pub(crate) const ATTACHMENT_MAX_BYTES: u64 = 1_073_741_824;

/// Media types that every process accepts, from depositors and from recipients.
pub(crate) const MEDIA_TYPES: &[&str] = &[
    "application/pdf",
    "application/xml",
    "text/xml",
    "text/plain",
    "text/csv",
    "application/csv",
    "application/json",
    "application/zip",
    "application/x-zip-compressed",
    "application/gzip",
    "application/octet-stream",
    "application/msword",
    "application/rtf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/pkcs7-mime",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/tiff",
];

/// Kinds of attachment that every process accepts besides its own.
const COMMON_ATTACHMENT_TYPES: &[&str] = &[
    "PIECE_JOINTE",
    "PieceJointe",
    "PJ",
    "FICHIER",
    "DOCUMENT",
    "FLUX",
    "RECAPITULATIF",
    "REPONSE",
    "AUTRE",
    "Autre",
    "XML",
    "PDF",
    "TXT",
    "CSV",
    "JSON",
    "ZIP",
    "DOCX",
    "ODT",
    "IMAGE",
];

/// A process of the sandbox.
#[derive(Debug)]
pub(crate) struct Process {
    /// Its code.
    pub(crate) code: &'static str,
    /// The folder in which its test files are published.
    pub(crate) folder: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// The organization that owns it and deposits.
    pub(crate) osl: &'static str,
    /// Kinds of attachment of its own.
    own_attachment_types: &'static [&'static str],
    /// Whether a recipient may write to the depositor.
    pub(crate) messages_allowed: bool,
    /// The statuses that a recipient is expected to set.
    pub(crate) required_statuses: &'static [Status],
    /// How soon its cases should reach their recipients.
    pub(crate) priority: Priority,
    /// The status of a case from which its files may be deleted.
    pub(crate) status_before_file_deletion: &'static str,
    /// Days between that status and the deletion.
    pub(crate) days_before_file_deletion: u32,
    /// Days between the closing of a case and its archiving.
    pub(crate) days_before_archiving: u32,
    /// Days between the archiving and the deletion of the folder.
    pub(crate) days_before_folder_deletion: u32,
}

impl Process {
    /// Kinds of attachment it accepts: its own, its code, then those that all accept.
    pub(crate) fn attachment_types(&self) -> impl Iterator<Item = &'static str> {
        let own = self.own_attachment_types.iter().copied();
        own.chain([self.code]).chain(COMMON_ATTACHMENT_TYPES.iter().copied())
    }
}

/// A process of citizens' requests: the recipient reads the files, answers, and may ask for more.
const fn request(
    code: &'static str,
    folder: &'static str,
    name: &'static str,
    osl: &'static str,
    own_attachment_types: &'static [&'static str],
) -> Process {
    Process {
        code,
        folder,
        name,
        osl,
        own_attachment_types,
        messages_allowed: true,
        required_statuses: &[Status::SiReceived, Status::Done],
        priority: Priority::Normal,
        status_before_file_deletion: "DONE",
        days_before_file_deletion: 30,
        days_before_archiving: 30,
        days_before_folder_deletion: 90,
    }
}

/// A flow of data between administrations: fetched, then of no more use here.
const fn flow(
    code: &'static str,
    folder: &'static str,
    name: &'static str,
    osl: &'static str,
    own_attachment_types: &'static [&'static str],
) -> Process {
    Process {
        required_statuses: &[],
        days_before_file_deletion: 7,
        days_before_folder_deletion: 30,
        ..request(code, folder, name, osl, own_attachment_types)
    }
}

/// Certificates of death: urgent, and processed at once.
const fn urgent(process: &Process) -> Process {
    Process { required_statuses: &[Status::InProgress, Status::Done], priority: Priority::Urgent, ..*process }
}

const CERTIFICATE: &[&str] = &[
    "DD_CertificatDeDeces",
    "VA_CertificatDeDeces",
    "DD_CertificatdeDeces",
    "VA_CertificatdeDeces",
    "DD_Certificatdedeces",
    "VA_Certificatdedeces",
];
const PACS: &[&str] =
    &["flux-pacs", "recapPDF", "15725-02", "an", "anp", "cp", "CERFA", "ActeNaissance", "PieceIdentite"];
const CIVIL_STATUS: &[&str] = &["ActeEtatCivil-XML", "ActeEtatCivil-PDF", "ActeEtatCivil"];
const ADDRESS: &[&str] = &["flux-siv", "JustificatifDomicile"];
const CENSUS: &[&str] = &["10870-XML", "10870-PDF", "jf", "ji", "PieceIdentite", "JustificatifDomicile"];
const NO_PACS: &[&str] = &["doc-flux", "doc-recapPDF", "doc-12819-PDF", "CERFA"];
const CHILDHOOD: &[&str] = &["IP", "RE", "InformationPreoccupante", "RecueilEntretien"];

/// Every process. A folder named after two codes gives two; some codes are also known in another spelling.
#[rustfmt::skip]
pub(crate) const PROCESSES: &[Process] = &[
    urgent(&request("CERTDC", "CERTDC", "Certificat de décès électronique", "DGS", CERTIFICATE)),
    request("ETATCIVIL", "ETATCIVIL", "Demande d'acte d'état civil", "DILA", CIVIL_STATUS),
    request("EtatCivil", "ETATCIVIL", "Demande d'acte d'état civil (autre code)", "DILA", CIVIL_STATUS),
    request("DEPOTDOSSIERPACS", "DEPOTDOSSIERPACS", "Dépôt d'un dossier de pacs", "DILA", PACS),
    request("depotDossierPACS", "DEPOTDOSSIERPACS", "Dépôt d'un dossier de pacs (autre code)", "DILA", PACS),
    request("certificat-non-pacs", "certificat-non-pacs", "Certificat de non-pacs", "DILA", NO_PACS),
    request("RECENSEMENTCITOYEN", "RECENSEMENTCITOYEN", "Recensement citoyen obligatoire", "DILA", CENSUS),
    request("recensementCitoyen", "RECENSEMENTCITOYEN", "Recensement citoyen obligatoire (autre code)", "DILA", CENSUS),
    flow("JECHANGEDECOORDONNEES", "JECHANGEDECOORDONNEES", "Je change de coordonnées", "DILA", ADDRESS),
    request("OTV", "OTV", "Opération tranquillité vacances", "DILA", &["DemandeOTV"]),
    request("RSA", "RSA", "Demande de revenu de solidarité active", "CNAF", &["documents"]),
    flow("CAF-contact", "CAF-contact", "Coordonnées des allocataires", "CNAF", &["coordonnees-allocataire"]),
    flow("DSG", "DSG", "Flux DSG : grossesses", "CNAF", &[]),
    flow("GRO", "GRO", "Flux GRO : suivi des grossesses", "CNAF", &[]),
    flow("SGR", "SGR", "Flux SGR : suivi des grossesses, documents", "CNAF", &[]),
    flow("IRSACG", "IRSACG-IRSDCG", "Flux IRSACG : instruction du RSA", "CNAF", &[]),
    flow("IRSDCG", "IRSACG-IRSDCG", "Flux IRSDCG : instruction du RSA", "CNAF", &[]),
    flow("RSABEI", "RSABEI-RSABAI", "Flux RSABEI : bénéficiaires du RSA", "CNAF", &[]),
    flow("RSABAI", "RSABEI-RSABAI", "Flux RSABAI : bénéficiaires du RSA", "CNAF", &[]),
    flow("RSABEM", "RSABEM-RSABAM", "Flux RSABEM : bénéficiaires du RSA", "CNAF", &[]),
    flow("RSABAM", "RSABEM-RSABAM", "Flux RSABAM : bénéficiaires du RSA", "CNAF", &[]),
    flow("RSABEX", "RSABEX-RSABAX", "Flux RSABEX : bénéficiaires du RSA", "CNAF", &[]),
    flow("RSABAX", "RSABEX-RSABAX", "Flux RSABAX : bénéficiaires du RSA", "CNAF", &[]),
    flow("RSACTM", "RSACTM", "Flux RSACTM : contrôles du RSA", "CNAF", &["RSACAM"]),
    flow("RSACAM", "RSACTM", "Flux RSACAM : contrôles du RSA", "CNAF", &[]),
    flow("RSAFIM", "RSAFIM", "Flux RSAFIM : financement du RSA", "CNAF", &["RSAFAM"]),
    flow("RSAFAM", "RSAFIM", "Flux RSAFAM : financement du RSA", "CNAF", &[]),
    flow("RSAFIX", "RSAFIX", "Flux RSAFIX : financement du RSA", "CNAF", &["RSAFAX"]),
    flow("RSAFAX", "RSAFIX", "Flux RSAFAX : financement du RSA", "CNAF", &[]),
    flow("MSABEI", "MSABEI", "Flux MSABEI : bénéficiaires du RSA", "CCMSA", &[]),
    flow("MSABEM", "MSABEM", "Flux MSABEM : bénéficiaires du RSA", "CCMSA", &[]),
    flow("MSAFIM", "MSAFIM", "Flux MSAFIM : financement du RSA", "CCMSA", &[]),
    request("SNATED", "SNATED", "Informations préoccupantes", "SNATED", CHILDHOOD),
];
