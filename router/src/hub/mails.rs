//! E-mails to subscribers: called for by the entry that notifies, sent later, tried again, ended once.

use crate::dispatch;
use crate::entry::{Entry, Fact};
use crate::error::Error;
use crate::letters;
use crate::model::{
    About, Frequency, Mail, MailEnd, MailId, Notification, OrganizationType, Subscription, SubscriptionId, Timestamp,
};
use crate::ports::{Attachments, Clock, InboxQuery, Letter, Store, Subject};

use super::Hub;
use super::again::again;

const HOUR_MILLISECONDS: i64 = 60 * 60 * 1_000;
const DAY_MILLISECONDS: i64 = 24 * HOUR_MILLISECONDS;

/// How subscribers are written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRules {
    /// The hour of the day, UTC, at which digests are due.
    pub digest_hour: u8,
    /// Mails that may wait; beyond, no more are called for: who is notified finds its notification all the same.
    pub waiting_max: usize,
    /// How long after a failure it is tried again; twice as long after the next one.
    pub retry_first_milliseconds: i64,
    /// No longer than this.
    pub retry_max_milliseconds: i64,
    /// How often a mail is tried.
    pub attempts_max: u32,
    /// Where agents read; named in mails.
    pub portal_url: Option<String>,
}

/// What became of a mail that a server did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It is tried again at this time.
    Postponed(Timestamp),
    /// It is not.
    Ended(MailEnd),
}

impl<S: Store, A: Attachments, C: Clock> Hub<S, A, C> {
    /// The same hub, which writes to subscribers that ask for it.
    pub fn with_mail(self, rules: MailRules) -> Self {
        Self { mail: Some(rules), ..self }
    }

    /// The mails that an entry calls for.
    pub(super) fn mails(&self, entry: &Entry) -> Option<Fact> {
        let rules = self.mail.as_ref()?;
        // That its own event was received is nothing to write to anybody about.
        let acknowledges = |row: &Notification| {
            let received = |fact: &Fact| matches!(fact, Fact::EventReceived { event, .. } if row.event == Some(*event));
            entry.facts.iter().any(received)
        };
        let mut notified = dispatch::notifications(entry);
        notified.retain(|row| row.recipient.kind() == OrganizationType::Si && !acknowledges(row));
        if notified.is_empty() {
            return None;
        }
        let mut room = rules.waiting_max.saturating_sub(self.store.mails_waiting());
        let mut mails = Vec::new();
        self.store.referential(|known| {
            for notification in &notified {
                let subscription = known.subscription_of(&notification.recipient, &notification.process);
                let Some(subscription) = subscription.filter(|subscription| address(subscription).is_some()) else {
                    continue;
                };
                let (id, about, due_at) = match Frequency::of(&subscription.notification_frequency) {
                    Frequency::Never => continue,
                    Frequency::Each => {
                        let event = notification.event.map(|event| About::Event(notification.case, event));
                        (MailId::generate(), event.unwrap_or(About::Case(notification.case)), entry.at)
                    }
                    Frequency::Daily => {
                        let due_at = next_digest(entry.at, rules.digest_hour);
                        let day = u32::try_from(due_at.milliseconds() / DAY_MILLISECONDS).unwrap_or_default();
                        (MailId::digest(subscription.id, day), About::Digest, due_at)
                    }
                };
                if room == 0 {
                    return;
                }
                room -= 1;
                mails.push(Mail {
                    id,
                    subscription: subscription.id,
                    recipient: notification.recipient.clone(),
                    process: notification.process.clone(),
                    about,
                    created_at: entry.at,
                    due_at,
                    attempts: 0,
                });
            }
        });
        (!mails.is_empty()).then_some(Fact::MailsQueued(mails))
    }

    /// The mail that tells a subscription's people that something is wrong with the way to them; at most one of each kind a day. None when
    /// the hub writes to nobody, or nobody's address is known.
    pub(super) fn alarm(&self, id: SubscriptionId, about: About, now: Timestamp) -> Option<Fact> {
        let rules = self.mail.as_ref()?;
        if self.store.mails_waiting() >= rules.waiting_max {
            return None;
        }
        let day = u32::try_from(now.milliseconds() / DAY_MILLISECONDS).unwrap_or_default();
        self.store.referential(|known| {
            let subscription = known.subscription(id)?;
            address(subscription)?;
            Some(Fact::MailsQueued(vec![Mail {
                id: MailId::alarm(id, day, about),
                subscription: id,
                recipient: subscription.subscriber.clone(),
                process: subscription.process.clone(),
                about,
                created_at: now,
                due_at: now,
                attempts: 0,
            }]))
        })
    }

    /// Letters that are due, the longest due first. Mails that nobody is to have any more end here.
    pub async fn letters(&self, limit: usize) -> Result<Vec<Letter>, Error> {
        let mut letters = Vec::new();
        let mut needless = Vec::new();
        for mail in self.store.mails_due(self.now(), limit).await? {
            match self.letter(&mail).await? {
                Some(letter) => letters.push(letter),
                None => needless.push((mail.id, MailEnd::Needless)),
            }
        }
        self.end_mails(needless).await?;
        Ok(letters)
    }

    /// These ended so.
    pub async fn end_mails(&self, ended: Vec<(MailId, MailEnd)>) -> Result<(), Error> {
        again(|| self.end_mails_once(ended.clone())).await
    }

    async fn end_mails_once(&self, ended: Vec<(MailId, MailEnd)>) -> Result<(), Error> {
        if ended.is_empty() {
            return Ok(());
        }
        let writer = self.store.writer(Subject::Mails).await?;
        Ok(self.store.commit(writer, Entry::new(self.now(), None, vec![Fact::MailsEnded(ended)])).await?)
    }

    /// A server did not take a mail: it is tried again later, unless that is pointless or was done often enough.
    pub async fn mail_failed(&self, id: MailId, permanent: bool) -> Result<Option<Failed>, Error> {
        again(|| self.mail_failed_once(id, permanent)).await
    }

    async fn mail_failed_once(&self, id: MailId, permanent: bool) -> Result<Option<Failed>, Error> {
        let Some(rules) = &self.mail else { return Ok(None) };
        let Some(mail) = self.store.mail(id).await? else { return Ok(None) };
        let attempts = mail.attempts.saturating_add(1);
        let end = match permanent {
            true => Some(MailEnd::Refused),
            false if attempts >= rules.attempts_max => Some(MailEnd::GivenUp),
            false => None,
        };
        if let Some(end) = end {
            self.end_mails(vec![(id, end)]).await?;
            return Ok(Some(Failed::Ended(end)));
        }
        let pause = backoff(rules, attempts, id);
        let due_at = Timestamp::from_milliseconds(self.now().milliseconds().saturating_add(pause));
        let writer = self.store.writer(Subject::Mails).await?;
        let fact = Fact::MailPostponed { mail: id, attempts, due_at };
        self.store.commit(writer, Entry::new(self.now(), None, vec![fact])).await?;
        Ok(Some(Failed::Postponed(due_at)))
    }

    async fn letter(&self, mail: &Mail) -> Result<Option<Letter>, Error> {
        let found = self.store.referential(|known| {
            let subscription = known.subscription(mail.subscription)?;
            let wanted = match mail.about {
                About::Digest => Some(Frequency::Daily),
                About::Case(_) | About::Event(..) => Some(Frequency::Each),
                // An alarm is for whoever is responsible, whatever they asked for.
                About::FellBack | About::Suspended => None,
            };
            // Whoever asked not to be written to since then is not.
            if wanted.is_some_and(|wanted| Frequency::of(&subscription.notification_frequency) != wanted) {
                return None;
            }
            Some((address(subscription)?.to_owned(), known.process(&mail.process)?.clone()))
        });
        let Some((to, process)) = found else { return Ok(None) };
        let waiting = match mail.about {
            About::Digest => self.waiting_for(mail).await?,
            About::Case(_) | About::Event(..) | About::FellBack | About::Suspended => 1,
        };
        if waiting == 0 {
            return Ok(None);
        }
        let portal_url = self.mail.as_ref().and_then(|rules| rules.portal_url.as_deref());
        let text = letters::text(mail, &process, waiting, portal_url);
        Ok(Some(Letter { id: mail.id, to, subject: text.subject, text: text.body }))
    }

    async fn waiting_for(&self, mail: &Mail) -> Result<u64, Error> {
        let query = InboxQuery {
            recipient: Some(mail.recipient.clone()),
            processes: vec![mail.process.clone()],
            priority: Vec::new(),
            offset: 0,
            limit: 0,
        };
        Ok(self.store.inbox(&query).await?.total)
    }
}

/// Where a subscriber is written to.
fn address(subscription: &Subscription) -> Option<&str> {
    subscription.email.as_deref().or(subscription.local_administrator.email.as_deref())
}

/// The next time at which digests are due, after `now`.
fn next_digest(now: Timestamp, hour: u8) -> Timestamp {
    let now = now.milliseconds();
    let today = now - now.rem_euclid(DAY_MILLISECONDS) + i64::from(hour) * HOUR_MILLISECONDS;
    Timestamp::from_milliseconds(if today > now { today } else { today + DAY_MILLISECONDS })
}

/// Twice as long each time, and up to a quarter more, so that those that failed together are not tried together.
fn backoff(rules: &MailRules, attempts: u32, id: MailId) -> i64 {
    let doubled = rules.retry_first_milliseconds.saturating_mul(1_i64 << attempts.saturating_sub(1).min(32));
    let pause = doubled.min(rules.retry_max_milliseconds);
    let share = i64::from(id.as_bytes().last().copied().unwrap_or_default());
    pause.saturating_add(pause / 4 * share / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_due_at_the_next_such_hour() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a date");
        assert_eq!(next_digest(at("2026-11-23T04:59:59+00:00"), 5), at("2026-11-23T05:00:00+00:00"));
        assert_eq!(next_digest(at("2026-11-23T05:00:00+00:00"), 5), at("2026-11-24T05:00:00+00:00"));
        assert_eq!(next_digest(at("2026-12-31T23:00:00+00:00"), 0), at("2027-01-01T00:00:00+00:00"));
    }

    #[test]
    fn each_pause_is_longer_until_the_longest() {
        let rules = MailRules {
            digest_hour: 5,
            waiting_max: 1,
            retry_first_milliseconds: 1_000,
            retry_max_milliseconds: 10_000,
            attempts_max: 9,
            portal_url: None,
        };
        let id = MailId::generate();
        let pauses: Vec<_> = (1..=6).map(|attempts| backoff(&rules, attempts, id)).collect();
        for (pause, least) in pauses.iter().zip([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
            assert!((least..=least + least / 4).contains(pause), "{pauses:?}");
        }
    }
}
