//! Letters that are due, handed to the server; what it does not take waits longer.

use std::sync::Arc;
use std::time::Duration;

use navette_adapter_mail::{Options, Protection, Smtp};
use navette_router::Error;
use navette_router::hub::{Failed, MailRules};
use navette_router::model::MailEnd;
use navette_router::ports::{Letter, Mailer as _};
use tokio::task::JoinSet;

use crate::backend::Hub;
use crate::configuration::{Mail, MailProtection};
use crate::metrics::MailMetrics;
use crate::password;

/// How often it is looked whether a mail is due; nothing but memory is touched when none waits.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// How many mails are taken at a time.
const BATCH_MAILS: usize = 50;

/// What the domain is told of mail; nothing when nobody is written to.
pub(crate) fn rules(mail: &Mail) -> Option<MailRules> {
    mail.host.as_ref()?;
    let milliseconds = |period: Duration| i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
    Some(MailRules {
        digest_hour: mail.digest_hour,
        waiting_max: mail.waiting_max.get(),
        retry_first_milliseconds: milliseconds(mail.retry_first.0),
        retry_max_milliseconds: milliseconds(mail.retry_max.0),
        attempts_max: mail.attempts_max.get(),
        portal_url: mail.portal_url.clone(),
    })
}

/// What sends mails; nothing when nobody is written to.
pub(crate) fn mailer(mail: &Mail) -> anyhow::Result<Option<Smtp>> {
    use anyhow::Context as _;
    let Some(host) = mail.host.clone() else { return Ok(None) };
    let login = match (&mail.user, &mail.password_file) {
        (Some(user), Some(path)) => Some((user.clone(), password::read("mail.password_file", path)?)),
        (Some(_), None) | (None, _) => None,
    };
    let options = Options {
        host,
        port: mail.port,
        protection: match mail.protection {
            MailProtection::Starttls => Protection::StartTls,
            MailProtection::Tls => Protection::Tls,
            MailProtection::None => Protection::None,
        },
        authorities: mail.authorities.clone(),
        login,
        from: mail.from.clone(),
        connections_max: mail.connections_max.get(),
        time_limit: mail.timeout.0,
    };
    Ok(Some(Smtp::new(&options).context("mail cannot be sent")?))
}

/// Sends what is due, again and again.
pub(crate) async fn send(hub: Arc<Hub>, mailer: Smtp, connections_max: u32, metrics: MailMetrics) {
    let mailer = Arc::new(mailer);
    loop {
        hub.store().chores_turn().await;
        match send_due(&hub, &mailer, connections_max, &metrics).await {
            // More may be due at once.
            Ok(BATCH_MAILS) => continue,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "mails cannot be taken from where they wait");
            }
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

async fn send_due(
    hub: &Arc<Hub>,
    mailer: &Arc<Smtp>,
    connections_max: u32,
    metrics: &MailMetrics,
) -> Result<usize, Error> {
    let letters = hub.letters(BATCH_MAILS).await?;
    let count = letters.len();
    let mut sending = JoinSet::new();
    let mut letters = letters.into_iter();
    loop {
        while sending.len() < connections_max as usize
            && let Some(letter) = letters.next()
        {
            let mailer = Arc::clone(mailer);
            sending.spawn(async move {
                let outcome = mailer.send(&letter).await;
                (letter, outcome)
            });
        }
        let Some(done) = sending.join_next().await else { break };
        let Ok((letter, outcome)) = done else { continue };
        match outcome {
            Ok(()) => {
                // At once: what was sent and not noted when a crash comes is sent again.
                hub.end_mails(vec![(letter.id, MailEnd::Sent)]).await?;
                metrics.ended(MailEnd::Sent);
            }
            Err(error) => failed(hub, &letter, &error, metrics).await?,
        }
    }
    Ok(count)
}

async fn failed(
    hub: &Hub,
    letter: &Letter,
    error: &navette_router::ports::MailError,
    metrics: &MailMetrics,
) -> Result<(), Error> {
    metrics.failures.inc();
    let mail = letter.id;
    match hub.mail_failed(mail, error.permanent).await? {
        Some(Failed::Postponed(until)) => {
            tracing::info!(%mail, %until, error = error as &dyn std::error::Error, "a mail was not taken; it is tried again");
        }
        Some(Failed::Ended(end)) => {
            metrics.ended(end);
            tracing::warn!(%mail, ?end, error = error as &dyn std::error::Error, "a mail was not taken, and is not tried again");
        }
        None => {}
    }
    Ok(())
}
