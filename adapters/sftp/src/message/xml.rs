//! The two XML files of a message, written by template: a type is named with its prefix inside of a value
//! (`xsi:type="ns2:Location_FR"`), and whatever chooses its own prefixes would break that without a word.

use std::borrow::Cow;
use std::fmt::Write as _;

use navette_router::model::{Organization, Timestamp};
use navette_router::ports::Delivery;
use quick_xml::escape::escape;

use super::plan::Named;

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const BUSINESS: &str = "http://finances.gouv.fr/dgme/gf/composants/teledemarchexml/donnee/metier";
const MESSAGE: &str = "http://finances.gouv.fr/dgme/pec/message/v1";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
/// The platform that readers know.
const PLATFORM: &str = "PSL_PART";

/// The two texts.
pub(super) struct Texts {
    /// `message.xml`.
    pub(super) message: String,
    /// The envelope.
    pub(super) envelope: String,
}

/// Both, each on one line.
pub(super) fn texts(delivery: &Delivery, process: &str, files: &[Named<'_>]) -> Texts {
    let content = content(delivery, process, files);
    let header = header(delivery, process);
    Texts {
        message: format!(
            "{DECLARATION}<ns2:Message xmlns=\"{BUSINESS}\" xmlns:ns2=\"{MESSAGE}\">{header}<ns2:Body><ns2:Content>\
             <ns2:Aller>{content}</ns2:Aller></ns2:Content></ns2:Body></ns2:Message>"
        ),
        envelope: format!("{DECLARATION}<EnteteMetierEnveloppe xmlns=\"{BUSINESS}\">{content}</EnteteMetierEnveloppe>"),
    }
}

fn header(delivery: &Delivery, process: &str) -> String {
    let number = &delivery.folder.external_id;
    // "A-9-X3UGO4V7" is called X3UGO4V7 there.
    let short = number.splitn(3, '-').nth(2).filter(|_| number.starts_with("A-")).unwrap_or(number);
    let created = date(delivery.folder.created_at);
    let identifier = text(&format!("{short} {} Principal {created}", delivery.id)).into_owned();
    let sender = party(&delivery.sender, delivery.sender.key.branch_code(), true);
    let recipient = party(&delivery.recipient, process, false);
    let process = text(process);
    format!(
        "<ns2:Header><ns2:Routing><ns2:MessageId>{identifier}</ns2:MessageId><ns2:FlowType>{process}</ns2:FlowType>\
         <ns2:Sender>{sender}</ns2:Sender><ns2:Recipients><ns2:Recipient>{recipient}</ns2:Recipient></ns2:Recipients>\
         <ns2:AckRequired>true</ns2:AckRequired><ns2:AckType>AVL</ns2:AckType><ns2:AckType>ANL</ns2:AckType>\
         <ns2:AckTo>{sender}</ns2:AckTo></ns2:Routing>\
         <ns2:Security><ns2:Horodatage>true</ns2:Horodatage><ns2:DateTime>{created}</ns2:DateTime>\
         <ns2:Rejeu><ns2:NbRejeu>3</ns2:NbRejeu><ns2:Delais>1</ns2:Delais></ns2:Rejeu></ns2:Security>\
         <ns2:Extras><ns2:EmailConfiguration><ns2:From></ns2:From><ns2:Subject></ns2:Subject>\
         <ns2:Body xmlns:xsi=\"{INSTANCE}\" xmlns:xs=\"{SCHEMA}\" xsi:type=\"xs:string\"></ns2:Body>\
         </ns2:EmailConfiguration></ns2:Extras></ns2:Header>"
    )
}

fn party(organization: &Organization, service: &str, has_desk: bool) -> String {
    let desk = if has_desk { "<ns2:Guichet></ns2:Guichet>" } else { "" };
    format!(
        "<ns2:Country>FR</ns2:Country><ns2:Location xmlns:xsi=\"{INSTANCE}\" xsi:type=\"ns2:Location_FR\">\
         <ns2:Siret>{}</ns2:Siret><ns2:Service>{}</ns2:Service>{desk}</ns2:Location>",
        organization.key.company_register(),
        text(service),
    )
}

/// What the message and the envelope have in common.
fn content(delivery: &Delivery, process: &str, files: &[Named<'_>]) -> String {
    let folder = &delivery.folder;
    let mut content = format!(
        "<NumeroDemarche>{}</NumeroDemarche><Teledemarche><NumeroTeledemarche>{}</NumeroTeledemarche>\
         <MotDePasse></MotDePasse><Suivi></Suivi><Date>{}</Date>\
         <IdentifiantPlateforme>{PLATFORM}</IdentifiantPlateforme><Email>{}</Email></Teledemarche>\
         <Routage><Donnee><Id>CodeINSEE</Id><Valeur>{}</Valeur></Donnee></Routage>",
        text(process),
        text(&folder.external_id),
        date(folder.created_at),
        text(folder.applicant.email.as_deref().unwrap_or_default()),
        text(delivery.recipient.key.branch_code()),
    );
    let (documents, others): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.is_document);
    for file in others {
        let (title, code, entry) = (text(&file.attachment.file_name), text(&file.code), text(&file.entry));
        // Writing to a text cannot fail.
        let _written = write!(
            content,
            "<PieceJointe><Intitule>{title}</Intitule><Code>{code}</Code><Fichier>{entry}</Fichier></PieceJointe>"
        );
    }
    for file in documents {
        let (title, code, entry) = (text(&file.attachment.file_name), text(&file.code), text(&file.entry));
        let _written = write!(
            content,
            "<Document><Code>{code}</Code><Nom>{title}</Nom><FichierFormulaire><FichierDonnees>{entry}</FichierDonnees>\
             </FichierFormulaire></Document>"
        );
    }
    content
}

/// With milliseconds and an offset: a reader parses exactly that.
fn date(at: Timestamp) -> String {
    at.to_string()
}

/// `value` as the text of an element. What XML has no way to write is left out.
fn text(value: &str) -> Cow<'_, str> {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if value.chars().all(allowed) {
        return escape(value);
    }
    let value: String = value.chars().filter(|c| allowed(*c)).collect();
    Cow::Owned(escape(&value).into_owned())
}
