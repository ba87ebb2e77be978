//! The synthetic certificate of death.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    SampleFile, kind_of,
    pdf::{Page, document},
    scan::{Noise, Scan},
};

/// Year, département and number of the certificate, then date and hour of the deposit.
const STEM: &str = "ER20260120001_20260512_0905";

/// A certificate of death as its depositor sends it: declaration (`_DD`) and administrative part (`_VA`), each as XML
/// (about 1 kB and 7 kB) and as PDF (about 96 kB and 220 kB). The same bytes at every call.
pub fn certificate_of_death() -> Vec<SampleFile> {
    [
        ("DD.xml", "application/xml", latin1(&declaration_xml())),
        ("DD.pdf", "application/pdf", declaration_pdf()),
        ("VA.xml", "application/xml", latin1(&administrative_xml())),
        ("VA.pdf", "application/pdf", administrative_pdf()),
    ]
    .into_iter()
    .map(|(suffix, media_type, bytes)| {
        let name = format!("{STEM}_{suffix}");
        SampleFile { kind: kind_of(&name), name, media_type, bytes }
    })
    .collect()
}

/// Text in ISO-8859-1, the encoding that the XML declares: bytes that are not UTF-8 must come through as they are.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}

const XML_HEAD: &str = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\r\n";

fn element(xml: &mut String, depth: usize, name: &str, value: &str) {
    let indent = "\t".repeat(depth);
    // Writing to a String cannot fail.
    _ = write!(xml, "{indent}<{name}>{value}</{name}>\r\n");
}

fn group(xml: &mut String, depth: usize, name: &str, elements: &[(&str, &str)]) {
    let indent = "\t".repeat(depth);
    _ = write!(xml, "{indent}<{name}>\r\n");
    for (name, value) in elements {
        element(xml, depth + 1, name, value);
    }
    _ = write!(xml, "{indent}</{name}>\r\n");
}

fn declaration_xml() -> String {
    let mut xml = format!("{XML_HEAD}<SpecimenDeclarationDeces version=\"1.0\">\r\n");
    element(&mut xml, 1, "Avertissement", "SPECIMEN - document fictif, sans valeur légale");
    element(&mut xml, 1, "Exercice", "2026");
    element(&mut xml, 1, "LieuDeclaration", "SPECIMEN-SUR-AVEYRON");
    element(&mut xml, 1, "Structure", "Établissement SPECIMEN");
    element(&mut xml, 1, "Finess", "000000000");
    group(&mut xml, 1, "Survenue", &[("Jour", "12/05/2026"), ("Heure", "08:40")]);
    group(&mut xml, 1, "Redaction", &[("Jour", "12/05/2026"), ("Mode", "Certification électronique")]);
    let person = [
        ("NomUsuel", "SPECIMEN"),
        ("NomNaissance", "SPECIMEN"),
        ("Prenom", "SPECIMEN"),
        ("Naissance", "01/01/1900"),
        ("Voie", "1 rue du Spécimen"),
        ("Localite", "SPECIMEN-SUR-AVEYRON"),
        ("CodePostal", "12000"),
    ];
    group(&mut xml, 1, "Personne", &person);
    let signatories = [("Declarant", "SPECIMEN"), ("OfficierEtatCivil", "SPECIMEN"), ("Medecin", "SPECIMEN")];
    group(&mut xml, 1, "Signataires", &signatories);
    xml.push_str("</SpecimenDeclarationDeces>\r\n");
    xml
}

fn administrative_xml() -> String {
    let mut xml = format!("{XML_HEAD}<SpecimenVoletAdministratif version=\"1.0\">\r\n");
    element(&mut xml, 1, "Avertissement", "SPECIMEN - document fictif, sans valeur légale");
    group(&mut xml, 1, "Survenue", &[("Jour", "12/05/2026"), ("Heure", "08:40"), ("Localite", "SPECIMEN-SUR-AVEYRON")]);
    let person = [("NomUsuel", "SPECIMEN"), ("Prenom", "SPECIMEN"), ("Naissance", "01/01/1900"), ("Sexe", "X")];
    group(&mut xml, 1, "Personne", &person);
    let funeral = [
        ("ObstacleMedicoLegal", "non"),
        ("MiseEnBiereImmediate", "non"),
        ("ObstacleSoinsDeConservation", "non"),
        ("ObstacleDonDuCorps", "non"),
        ("RechercheDeLaCause", "non"),
        ("ProtheseAPile", "non"),
    ];
    group(&mut xml, 1, "Operations", &funeral);
    group(&mut xml, 1, "Validation", &[("Numero", "20260120001"), ("Medecin", "SPECIMEN"), ("Jour", "12/05/2026")]);
    // A real one carries an enveloped signature and its certificate on one very long line; so does this one, of noise.
    let mut noise = Noise::new(12);
    let mut filler = |length: usize| STANDARD.encode((0..length).map(|_| noise.byte()).collect::<Vec<u8>>());
    _ = write!(
        xml,
        "\t<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"specimen\"><ds:SignatureValue>{}</ds:SignatureValue>\
         <ds:KeyInfo><ds:KeyName>SPECIMEN</ds:KeyName><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
         <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>\r\n",
        filler(256),
        filler(2_200),
        filler(1_700),
    );
    xml.push_str("</SpecimenVoletAdministratif>\r\n");
    xml
}

fn declaration_pdf() -> Vec<u8> {
    let lines = [
        "Commune de déclaration : SPECIMEN-SUR-AVEYRON (12)",
        "Date et heure du décès : 12/05/2026 à 08 h 40",
        "Nom et prénom : SPECIMEN Specimen",
        "Établissement : Établissement SPECIMEN",
        "Déclarant, officier de l'état civil, médecin : SPECIMEN",
    ];
    document(&[Page { title: "DÉCLARATION DE DÉCÈS", lines: &lines, scan: Scan::new(344, 270, 1) }])
}

fn administrative_pdf() -> Vec<u8> {
    let first = [
        "Certificat numéro 20260120001",
        "Commune du décès : SPECIMEN-SUR-AVEYRON (12)",
        "Nom et prénom : SPECIMEN Specimen",
        "Obstacle médico-légal : non",
        "Mise en bière immédiate : non",
        "Prothèse à pile : non",
    ];
    let second =
        ["À l'attention de la mairie du lieu de décès et de l'agence régionale de santé.", "Fait par : SPECIMEN"];
    document(&[
        Page { title: "CERTIFICAT DE DÉCÈS - VOLET ADMINISTRATIF", lines: &first, scan: Scan::new(380, 284, 2) },
        Page {
            title: "CERTIFICAT DE DÉCÈS - EXEMPLAIRE DE TRANSMISSION",
            lines: &second,
            scan: Scan::new(380, 284, 3),
        },
    ])
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write as _,
        process::{Command, Stdio},
    };

    use super::*;

    #[test]
    fn a_certificate_has_the_four_files_of_the_real_thing_in_kind_name_and_size() {
        let files = certificate_of_death();
        let shape: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.kind, file.media_type)).collect();
        assert_eq!(
            shape,
            [
                ("ER20260120001_20260512_0905_DD.xml", "DD_CertificatDeDeces", "application/xml"),
                ("ER20260120001_20260512_0905_DD.pdf", "DD_CertificatDeDeces", "application/pdf"),
                ("ER20260120001_20260512_0905_VA.xml", "VA_CertificatDeDeces", "application/xml"),
                ("ER20260120001_20260512_0905_VA.pdf", "VA_CertificatDeDeces", "application/pdf"),
            ]
        );
        let expected_bytes = [900..1_200, 94_000..98_000, 6_500..7_500, 216_000..224_000];
        for (file, expected) in files.iter().zip(expected_bytes) {
            assert!(expected.contains(&file.bytes.len()), "{}: {} bytes", file.name, file.bytes.len());
        }
    }

    #[test]
    fn a_certificate_is_the_same_at_every_call() {
        assert_eq!(certificate_of_death(), certificate_of_death());
    }

    #[test]
    fn the_name_and_the_content_of_each_file_agree_with_its_media_type() {
        for file in certificate_of_death() {
            assert_eq!(super::super::media_type(&file.name, &file.bytes), file.media_type, "{}", file.name);
        }
    }

    #[test]
    fn the_xml_is_balanced_and_encoded_as_it_declares() {
        for file in certificate_of_death().iter().filter(|file| file.media_type == "application/xml") {
            assert!(std::str::from_utf8(&file.bytes).is_err(), "{}: accents in ISO-8859-1 are not UTF-8", file.name);
            let text: String = file.bytes.iter().copied().map(char::from).collect();
            let mut open = Vec::new();
            for tag in text.split('<').skip(2).filter_map(|part| part.split_once('>').map(|(tag, _)| tag)) {
                match tag.strip_prefix('/') {
                    Some(name) => assert_eq!(open.pop(), Some(name), "{}", file.name),
                    None => open.push(tag.split(' ').next().unwrap_or(tag)),
                }
            }
            assert!(open.is_empty(), "{}: left open: {open:?}", file.name);
        }
    }

    /// The text that poppler finds in a PDF, or nothing where poppler is not installed.
    fn text_by_poppler(pdf: &[u8]) -> Option<String> {
        let mut command = Command::new("pdftotext");
        command.args(["-q", "-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        child.stdin.take()?.write_all(pdf).ok()?;
        let output = child.wait_with_output().ok()?;
        assert!(output.status.success(), "pdftotext refuses the document");
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[test]
    fn the_pdfs_open_in_another_reader_and_say_that_they_are_specimens() {
        for file in certificate_of_death().iter().filter(|file| file.media_type == "application/pdf") {
            let Some(text) = text_by_poppler(&file.bytes) else {
                println!("skipped: pdftotext is not installed");
                return;
            };
            assert!(text.contains("SPECIMEN") && text.contains("DÉCÈS"), "{}: {text}", file.name);
        }
    }
}
