//! The texts of e-mails, in French: what waits and where, and nothing about a person.

use crate::model::{About, Mail, Process, Timestamp};

/// How a mail reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The line it is announced with.
    pub subject: String,
    /// What it says.
    pub body: String,
}

/// The text of a mail about `process`; `waiting` is how many notifications wait, for a digest.
pub fn text(mail: &Mail, process: &Process, waiting: u64, portal_url: Option<&str>) -> Text {
    let name = one_line(&process.name);
    let (subject, first) = match mail.about {
        About::Case(case) => (
            format!("Nouveau télédossier : {name}"),
            format!(
                "Un nouveau télédossier de la démarche « {name} » vous attend depuis le {}.\n\nRéférence : {case}",
                date(mail.created_at)
            ),
        ),
        About::Event(case, _) => (
            format!("Télédossier mis à jour : {name}"),
            format!(
                "Un télédossier de la démarche « {name} » a été mis à jour le {} : un message, un complément ou un \
                 changement de statut vous attend.\n\nRéférence : {case}",
                date(mail.created_at)
            ),
        ),
        About::Digest => (
            format!("{waiting} notification{} en attente : {name}", plural(waiting)),
            format!(
                "{waiting} notification{} de la démarche « {name} » {} d'être traitée{}.",
                plural(waiting),
                if waiting > 1 { "attendent" } else { "attend" },
                plural(waiting)
            ),
        ),
        About::FellBack => (
            format!("Télédossiers non remis à votre serveur : {name}"),
            format!(
                "Au moins un télédossier de la démarche « {name} » n'a pas pu être remis à votre serveur dans le délai \
                 choisi. Rien n'est perdu : il vous attend. Ce message est envoyé au plus une fois par jour.\n\nLes causes \
                 sont détaillées dans le suivi des remises (/navette/v1/deliveries)."
            ),
        ),
        About::Suspended => (
            format!("Remises suspendues : {name}"),
            format!(
                "Votre serveur n'accepte plus les télédossiers de la démarche « {name} » depuis plusieurs jours : les \
                 remises y sont suspendues depuis le {}. Rien n'est perdu : les télédossiers attendent. Une fois la cause \
                 corrigée, demandez au support la reprise des remises.\n\nLes causes sont détaillées dans le suivi des \
                 remises (/navette/v1/deliveries).",
                date(mail.created_at)
            ),
        ),
    };
    let place = match portal_url {
        Some(url) => format!("À consulter sur le portail : {url}"),
        None => "À récupérer par votre logiciel métier ou sur votre portail.".to_owned(),
    };
    let why = match mail.about {
        About::Case(_) | About::Event(..) => Some("à chaque notification"),
        About::Digest => Some("une fois par jour"),
        About::FellBack | About::Suspended => None,
    };
    let end = match why {
        Some(why) => format!(
            "votre abonnement à cette démarche demande à être prévenu {why}.\nIl ne contient aucune donnée personnelle. Pour ne \
             plus le recevoir, demandez à l'administrateur local de votre organisme de modifier l'abonnement."
        ),
        None => "il prévient les responsables de l'abonnement d'un incident de remise.\nIl ne contient aucune donnée \
                 personnelle."
            .to_owned(),
    };
    let body = format!("Bonjour,\n\n{first}\n\n{place}\n\n-- \nMessage automatique : {end}\n");
    Text { subject, body }
}

const fn plural(count: u64) -> &'static str {
    if count > 1 { "s" } else { "" }
}

/// `23/11/2026 à 13:28 UTC`, whatever the clocks of the recipients say.
fn date(at: Timestamp) -> String {
    let text = at.to_string();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    format!("{}/{}/{} à {} UTC", part(8..10), part(5..7), part(0..4), part(11..16))
}

/// What stands in a header must not begin another one.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        CaseId, MailId, OrganizationKey, OrganizationType, ProcessCode, Status, SubscriptionId, SubscriptionValidation,
    };

    fn process() -> Process {
        Process {
            code: ProcessCode::new("ETATCIVIL").expect("a code"),
            name: "Demande d'acte\r\nBcc: x".to_owned(),
            description: None,
            is_activated: true,
            osl: OrganizationKey::new(OrganizationType::Osl, "13000918600011", "DILA").expect("a key"),
            attachment_formats: Vec::new(),
            si_attachment_formats: Vec::new(),
            attachment_types: Vec::new(),
            attachment_max_bytes: 1,
            attachments_max: None,
            required_statuses: Vec::new(),
            priority: Default::default(),
            status_before_file_deletion: Status::Done,
            days_before_file_deletion: 1,
            days_before_archiving: 1,
            days_before_folder_deletion: 1,
            messages_allowed: true,
            subscription_validation: SubscriptionValidation::Auto,
            legal_justification: None,
            created_at: Timestamp::from_milliseconds(0),
            updated_at: None,
        }
    }

    fn mail(about: About) -> Mail {
        let at = "2026-11-23T13:28:21.123+00:00".parse().expect("a date");
        Mail {
            id: MailId::generate(),
            subscription: SubscriptionId::generate(),
            recipient: OrganizationKey::new(OrganizationType::Si, "21010004600015", "01004").expect("a key"),
            process: process().code,
            about,
            created_at: at,
            due_at: at,
            attempts: 0,
        }
    }

    #[test]
    fn a_mail_says_what_waits_and_where() {
        let case = CaseId::generate();
        let told = text(&mail(About::Case(case)), &process(), 0, Some("https://portail.example.fr"));
        assert_eq!(told.subject, "Nouveau télédossier : Demande d'acte  Bcc: x");
        for words in
            ["23/11/2026 à 13:28 UTC", &case.to_string(), "https://portail.example.fr", "à chaque notification"]
        {
            assert!(told.body.contains(words), "{words}: {}", told.body);
        }
    }

    #[test]
    fn an_alarm_says_what_is_wrong_and_that_nothing_is_lost() {
        for (about, subject) in [(About::FellBack, "non remis"), (About::Suspended, "suspendues")] {
            let told = text(&mail(about), &process(), 1, None);
            assert!(told.subject.contains(subject), "{}", told.subject);
            assert!(
                told.body.contains("Rien n'est perdu") && told.body.contains("/navette/v1/deliveries"),
                "{}",
                told.body
            );
        }
    }

    #[test]
    fn a_digest_counts_and_agrees_in_number() {
        let told = |waiting| text(&mail(About::Digest), &process(), waiting, None);
        assert!(told(1).subject.starts_with("1 notification en attente"));
        assert!(told(12).body.contains("12 notifications") && told(12).body.contains("attendent d'être traitées"));
        assert!(told(12).body.contains("une fois par jour"));
    }
}
